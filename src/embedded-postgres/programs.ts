import { type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { programError, spawnError } from './program-error.js'
import type { ServiceAccount } from './service-account.js'

/** PostgreSQL's programs, and the user to run them as. */
export interface Programs {
  /** folder with bin, lib and share */
  readonly folder: string
  readonly account: ServiceAccount | undefined
}

/** The full path of one of the programs. */
export const programIn = (folder: string, name: 'initdb' | 'postgres'): string => join(folder, 'bin', name)

/**
 * The name by which a program that starts inside the cluster calls it. The user that root runs postgres as
 * may be unable to walk down to the cluster, say below /root; /proc/self/cwd leads there without the walk,
 * because node enters the folder before it gives up root's rights.
 */
export function clusterAsSeenInside(cluster: string, account: ServiceAccount | undefined): string {
  return account !== undefined && existsSync('/proc/self/cwd') ? '/proc/self/cwd' : cluster
}

/** How all programs are started: in `cwd`, in a session of their own so that Ctrl+C does not reach them. */
export function spawnOptions({ folder, account }: Programs, cwd: string): SpawnOptions {
  const libraries = join(folder, 'lib')
  return {
    cwd,
    detached: true,
    // Nothing else of our environment: PGDATA, PGPORT, PGOPTIONS and the like are meant for other clusters.
    env: {
      PATH: process.env.PATH ?? '/usr/bin:/bin',
      LC_ALL: 'C',
      TZ: 'UTC',
      LD_LIBRARY_PATH: libraries,
      DYLD_LIBRARY_PATH: libraries,
    },
    // spawn wants signed ids: macOS's nobody is -2.
    ...(account === undefined ? {} : { uid: account.uid | 0, gid: account.gid | 0 }),
  }
}

/** Runs a program to its end; fails with its own words when it fails. */
export async function runProgram(
  programs: Programs,
  cwd: string,
  name: 'initdb' | 'postgres',
  options: readonly string[],
  input = '',
): Promise<void> {
  const program = programIn(programs.folder, name)
  const child = spawn(program, options, { ...spawnOptions(programs, cwd), stdio: ['pipe', 'pipe', 'pipe'] })
  // A program that fails early does not read its input; its exit says so.
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  try {
    const [[status], output, complaints] = await Promise.all([
      once(child, 'close'),
      text(child.stdout),
      text(child.stderr),
    ])
    const failed = status !== 0 || /\b(ERROR|FATAL|PANIC): /.test(complaints)
    if (failed) throw programError(name, `${output}\n${complaints}`.split('\n'))
  } catch (error) {
    throw spawnError(error, program)
  }
}
