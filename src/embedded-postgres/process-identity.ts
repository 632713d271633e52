import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { EmbeddedPostgresError, errorCode } from './embedded-postgres-error.js'

/** A process that can be told from a later one with the same pid. */
export interface ProcessIdentity {
  readonly pid: number
  /** boot and start time of the process, comparable on one machine only */
  readonly started: string
}

const unknownStart = 'unknown'

/** Who the process with this pid is now, or undefined if there is none (a zombie counts as none). */
export async function identifyProcess(pid: number): Promise<ProcessIdentity | undefined> {
  if (!exists(pid)) return undefined
  const started = process.platform === 'linux' ? await startOnLinux(pid) : await startByPs(pid)
  return started === undefined ? undefined : { pid, started }
}

/** Whether that very process still runs; when its start time cannot be read, a process with its pid will do. */
export async function isRunning(known: ProcessIdentity): Promise<boolean> {
  const now = await identifyProcess(known.pid)
  return now !== undefined && (now.started === known.started || now.started === unknownStart)
}

/**
 * Ends a postmaster: fast shutdown, after 10 s immediate shutdown, at last SIGKILL.
 * `hasEnded` answers within the given milliseconds, true as soon as the process is gone.
 */
export async function endPostmaster(
  pid: number,
  hasEnded: (within: number) => Promise<boolean>,
): Promise<void> {
  const steps = [
    ['SIGINT', 10_000],
    ['SIGQUIT', 10_000],
    ['SIGKILL', 5_000],
  ] as const
  // A pid that is free may be somebody else's by now.
  if (await hasEnded(0)) return
  for (const [signal, patience] of steps) {
    signalProcess(pid, signal)
    if (await hasEnded(patience)) return
  }
  throw new EmbeddedPostgresError(`PostgreSQL (pid ${pid}) does not end, not even killed: end it by hand`)
}

/** Waits until a process that is not our child is gone; false if it still runs after so many milliseconds. */
export async function waitForEnd(known: ProcessIdentity, within: number): Promise<boolean> {
  const deadline = Date.now() + within
  while (await isRunning(known)) {
    if (Date.now() >= deadline) return false
    await sleep(20)
  }
  return true
}

/** Sends a signal; a process that is gone already is no error. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return errorCode(error) !== 'ESRCH'
  }
}

async function startOnLinux(pid: number): Promise<string | undefined> {
  let status: string
  let boot: string
  try {
    boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()
    status = await readFile(`/proc/${pid}/stat`, 'utf8')
  } catch {
    // Gone this moment, or /proc is hidden from us.
    return exists(pid) ? unknownStart : undefined
  }
  // proc_pid_stat(5): the name in brackets may hold anything; state is field 3, the start time field 22.
  const fields = status.slice(status.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : `${boot} ${fields[19]}`
}

async function startByPs(pid: number): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
    })
    const [, state, started] = /^(\S+)\s+(.*\S)\s*$/.exec(stdout) ?? []
    return state?.startsWith('Z') ? undefined : started
  } catch {
    return exists(pid) ? unknownStart : undefined
  }
}
