import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const ROOT = dirname(dirname(import.meta.dirname))
const STARTS_WITHIN_MS = 30_000

/** What `npm pack` says of the package. */
export interface Packed {
  filename: string
  size: number
  unpackedSize: number
  files: { path: string; size: number }[]
}

/** The package, as `npm install` puts it into an empty project. */
export interface InstalledPackage extends AsyncDisposable {
  packed: Packed
  /** The project, closed to other users. */
  folder: string
  bin: string
}

/**
 * Our own npm's settings stay, what it says of the script that it is running goes: to the npm started from here
 * this project is nothing.
 */
export function environment(variables: Record<string, string>): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      !/^(npm_package_|npm_lifecycle_|npm_command|npm_config_local_prefix|INIT_CWD|HEADWATER_|DATABASE_URL|PORT$|HOST$)/.test(
        name,
      ),
  )
  return { ...Object.fromEntries(kept), ...variables }
}

/** Packs this project and installs the tarball elsewhere: below root's home where root runs the tests. */
export async function installPackage(): Promise<InstalledPackage> {
  const home = process.geteuid?.() === 0 ? homedir() : tmpdir()
  const folder = await realpath(await mkdtemp(join(home, '.headwater-package-')))
  const npm = (cwd: string, ...args: string[]) =>
    promisify(execFile)('npm', args, { cwd, env: environment({}), maxBuffer: 64 * 1024 * 1024 })
  const pack = await npm(ROOT, 'pack', '--json', '--pack-destination', folder)
  const [packed] = JSON.parse(pack.stdout.slice(pack.stdout.indexOf('['))) as Packed[]
  if (packed === undefined) throw new Error(`npm pack said nothing: ${pack.stdout}`)
  const project = join(folder, 'project')
  await mkdir(project)
  await writeFile(join(project, 'package.json'), '{ "private": true }')
  await npm(project, 'install', '--no-audit', '--no-fund', '--prefer-offline', join(folder, packed.filename))
  return {
    packed,
    folder: project,
    bin: join(project, 'node_modules/.bin/headwater'),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

/** A started program of the package, in a process group of its own as a terminal makes it. */
export interface StartedServer {
  url: string
  greeting: string
  /** Presses Ctrl-C: every process of the group gets SIGINT. Answers with what became of the one started. */
  interrupt(): Promise<{ code: number | null; signal: string | null }>
}

/** Starts a server with this command and waits for its greeting. */
export async function startServer(
  folder: string,
  command: readonly string[],
  variables: Record<string, string>,
): Promise<StartedServer> {
  const child = start(folder, command, variables)
  const url = /Headwater answers on (\S+)/
  const deadline = AbortSignal.timeout(STARTS_WITHIN_MS)
  while (!url.test(child.output.stdout)) {
    const over = await Promise.race([
      once(child.process.stdout ?? child.process, 'data', { signal: deadline }).then(() => false),
      child.exited.then(() => true),
    ]).catch(() => true)
    if (over) {
      kill(child.process)
      throw new Error(`no server: ${child.output.stdout}${child.output.stderr}`)
    }
  }
  return {
    url: url.exec(child.output.stdout)?.[1] ?? '',
    greeting: child.output.stdout,
    interrupt: () => {
      process.kill(-(child.process.pid ?? 0), 'SIGINT')
      return child.exited
    },
  }
}

/** Runs a command that ends by itself. */
export async function runToEnd(
  folder: string,
  command: readonly string[],
  variables: Record<string, string>,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = start(folder, command, variables)
  const late = setTimeout(() => kill(child.process), STARTS_WITHIN_MS)
  const { code } = await child.exited
  clearTimeout(late)
  return { code, ...child.output }
}

function start(
  folder: string,
  [program = '', ...args]: readonly string[],
  variables: Record<string, string>,
) {
  const env = environment({ HEADWATER_LOG_LEVEL: 'fatal', ...variables })
  const child = spawn(program, args, { cwd: folder, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text
  })
  const exited = new Promise<{ code: number | null; signal: string | null }>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal }))
  })
  return { process: child, output, exited }
}

/** Ends the whole group of a process. */
function kill({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // It is gone already.
  }
}

/** The process id of the PostgreSQL that serves a data folder; undefined where none does. */
export async function postgresOf(dataFolder: string): Promise<number | undefined> {
  const text = await readFile(join(dataFolder, 'cluster/postmaster.pid'), 'utf8').catch(() => '')
  const pid = Number(text.split('\n')[0])
  return pid > 0 ? pid : undefined
}

/** Whether there is a process of this id. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
