import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The built program. */
export const PROGRAM = join(import.meta.dirname, '../../dist/src/cli/main.js')

/** What the program wrote, and how it ended. */
export interface Run {
  code: number | null
  stdout: string
  stderr: string
}

export interface RunOptions {
  stdin?: string
  /** HEADWATER_URL. */
  url?: string
  /** Stops reading standard output after the first that comes. */
  readsLittle?: boolean
  /** The program is killed (SIGKILL) when this settles. */
  killedBy?: Promise<unknown>
  /** More of the environment. */
  variables?: Record<string, string>
}

/** Runs the built program, as a shell would. */
export function headwater(
  args: readonly string[],
  { stdin = '', url, readsLittle = false, killedBy, variables = {} }: RunOptions = {},
): Promise<Run> {
  const { HEADWATER_URL: _, ...inherited } = process.env
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: { ...inherited, ...variables, ...(url === undefined ? {} : { HEADWATER_URL: url }) },
  })
  killedBy?.then(() => child.kill('SIGKILL'))
  const run: Run = { code: null, stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => {
    run.stdout += chunk
    if (readsLittle) child.stdout.destroy()
  })
  child.stderr.on('data', (chunk) => {
    run.stderr += chunk
  })
  // A program that fails early does not read all that it is given.
  child.stdin.on('error', () => undefined)
  child.stdin.end(stdin)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ ...run, code }))
  })
}

/** A folder of a test's own. */
export interface Folder extends AsyncDisposable {
  path: string
  /** Writes a file and answers with its path. */
  put(name: string, content: string | Buffer): Promise<string>
}

export async function createFolder(): Promise<Folder> {
  const folder = await mkdtemp(join(tmpdir(), 'headwater-cli-test-'))
  return {
    path: folder,
    put: async (name, content) => {
      await writeFile(join(folder, name), content)
      return join(folder, name)
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

/** Recordings as NDJSON. */
export function ndjson(...recordings: unknown[]): string {
  return recordings.map((recording) => `${JSON.stringify(recording)}\n`).join('')
}
