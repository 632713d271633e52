import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/embedded-postgres/embedded-postgres.js'

/** A PostgreSQL of one test's own, that can be killed, frozen and started again. Its address stays. */
export interface OwnPostgres extends AsyncDisposable {
  url: string
  /** kill -9 of the postmaster: its other processes follow when they notice. */
  crash(): Promise<void>
  /** As an administrator stops it: connections are ended, and all is written. */
  stop(): Promise<void>
  /** Resolves when it accepts connections, after recovery where it has to. */
  start(): Promise<void>
  /** Stops every process of it where it is, with SIGSTOP; `thaw` lets them go on. */
  freeze(): Promise<void>
  thaw(): void
}

export async function createOwnPostgres(settings: Record<string, string> = {}): Promise<OwnPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'headwater-own-'))
  const dataFolder = join(folder, 'data')
  const start = () => startEmbeddedPostgres({ dataFolder, settings })
  let running: EmbeddedPostgres | null = await start()
  let frozen: number[] = []
  const postmaster = async () =>
    Number((await readFile(join(dataFolder, 'cluster/postmaster.pid'), 'utf8')).split('\n')[0])
  const thaw = () => {
    for (const pid of frozen.splice(0)) signal(pid, 'SIGCONT')
  }
  const stop = async () => {
    await running?.stop()
    running = null
  }
  return {
    url: running.url,
    crash: async () => {
      const gone = new Promise((resolve) => running?.onUnexpectedExit(resolve))
      signal(await postmaster(), 'SIGKILL')
      await gone
      await stop()
    },
    stop,
    start: async () => {
      running = await start()
    },
    freeze: async () => {
      const pid = await postmaster()
      // The postmaster first: it would start others.
      signal(pid, 'SIGSTOP')
      frozen = [pid, ...(await childrenOf(pid))]
      for (const one of frozen) signal(one, 'SIGSTOP')
    },
    thaw,
    [Symbol.asyncDispose]: async () => {
      thaw()
      await stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended by itself.
  }
}

async function childrenOf(pid: number): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid='])
  const rows = stdout.split('\n').map((line) => line.trim().split(/\s+/).map(Number))
  return rows.flatMap(([child, parent]) => (parent === pid && child !== undefined ? [child] : []))
}
