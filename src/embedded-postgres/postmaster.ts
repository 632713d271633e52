import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { EmbeddedPostgresError } from './embedded-postgres-error.js'
import { readPostmasterFile } from './postmaster-file.js'
import { endPostmaster } from './process-identity.js'
import { programError, spawnError } from './program-error.js'
import { clusterAsSeenInside, type Programs, programIn, spawnOptions } from './programs.js'

/** A running postgres that is our child. */
export interface Postmaster {
  readonly pid: number
  /** resolves, with the reason, when it has exited */
  readonly exited: Promise<string>
  stop(): Promise<void>
}

const keptLines = 50

/** Starts postgres in its cluster and resolves when it accepts connections, after crash recovery if need be. */
export async function startPostmaster(
  programs: Programs,
  cluster: string,
  settings: Readonly<Record<string, string>>,
  log: (line: string) => void,
): Promise<Postmaster> {
  const program = programIn(programs.folder, 'postgres')
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const child = spawn(program, ['-D', clusterAsSeenInside(cluster, programs.account), ...options], {
    ...spawnOptions(programs, cluster),
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const lastLines = collectLines(child, log)
  const failure = new Promise<never>((_, reject) =>
    child.once('error', (e) => reject(spawnError(e, program))),
  )
  failure.catch(() => undefined)
  const exited = new Promise<string>((resolve) =>
    child.once('exit', (code, signal) => resolve(`PostgreSQL exited with ${signal ?? `code ${code}`}`)),
  )
  const { pid } = child
  if (pid === undefined) return failure

  while (!(await isReady(cluster, pid))) {
    const over = await Promise.race([exited.then(() => true), failure, sleep(10, false)])
    if (!over) continue
    // Its last words may still be on their way; but its children could hold the pipe open for long.
    await Promise.race([new Promise((resolve) => child.once('close', resolve)), sleep(500)])
    throw programError('postgres', lastLines)
  }
  return { pid, exited, stop: () => endPostmaster(pid, (within) => endsWithin(exited, within)) }
}

async function isReady(cluster: string, pid: number): Promise<boolean> {
  const file = await readPostmasterFile(cluster)
  return file?.pid === pid && file.isReady
}

async function endsWithin(exited: Promise<string>, within: number): Promise<boolean> {
  return Promise.race([exited.then(() => true), sleep(within, false, { ref: false })])
}

function collectLines(child: ChildProcess, log: (line: string) => void): string[] {
  const lines: string[] = []
  if (child.stderr === null) throw new EmbeddedPostgresError('PostgreSQL has no error stream')
  createInterface({ input: child.stderr }).on('line', (line) => {
    lines.push(line)
    if (lines.length > keptLines) lines.shift()
    log(line)
  })
  return lines
}
