import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { join } from 'node:path'

/** Where the Python client is. */
export const PYTHON_CLIENT = join(import.meta.dirname, '../../clients/python')

/** The first of these that is Python 3.9 or newer. */
export const PYTHON_CANDIDATES = ['python3', 'python']

export interface Run {
  code: number | null
  output: string
}

/** Starts a command beside the client. */
export function start(
  command: string,
  args: readonly string[],
  environment: Record<string, string> = {},
): ChildProcessWithoutNullStreams {
  return spawn(command, args, { cwd: PYTHON_CLIENT, env: { ...process.env, ...environment } })
}

/** Runs a command beside the client, to its end. */
export function run(
  command: string,
  args: readonly string[],
  environment: Record<string, string> = {},
  stdin = '',
): Promise<Run> {
  const child = start(command, args, environment)
  let output = ''
  child.stdin.end(stdin)
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  child.stderr.on('data', (chunk) => {
    output += chunk
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, output }))
  })
}

/** The command, where there is one. */
export async function findPython(): Promise<string | undefined> {
  for (const command of PYTHON_CANDIDATES) {
    const isNewEnough = 'import sys; sys.exit(sys.version_info < (3, 9))'
    // One that cannot be started is one that is not there.
    const { code } = await run(command, ['-c', isNewEnough]).catch(() => ({ code: null }))
    if (code === 0) return command
  }
  return undefined
}
