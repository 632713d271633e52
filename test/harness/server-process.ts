import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const PROGRAM = join(import.meta.dirname, '../../dist/src/cli/main.js')
const PROBE = join(import.meta.dirname, 'probe.mjs')
const STARTS_WITHIN_MS = 100_000

/** What a server holds when all garbage is collected. */
export interface Held {
  rss: number
  heapUsed: number
  external: number
  arrayBuffers: number
  /** What keeps its event loop busy, by kind, e.g. TCPSocketWrap. */
  handles: string[]
}

/** The built program, as `headwater serve` runs it, in a process of its own. */
export interface ServerProcess extends AsyncDisposable {
  url: string
  pid: number
  /** All that it has written. */
  output(): string
  /** Its code or signal, once it is gone. */
  exited: Promise<number | NodeJS.Signals | null>
  kill(signal: NodeJS.Signals): void
  /** What it holds, garbage aside. Only with `isProbed`. */
  held(): Promise<Held>
}

export interface ServerProcessOptions {
  /** Settings; PORT is one that is free where it is not given. */
  variables: Record<string, string>
  /** Whether `held` can be asked. */
  isProbed?: boolean
  /** What runs node, e.g. `unshare --mount`. */
  runner?: readonly string[]
}

/** Starts the program and waits until it answers. Throws, with what it has written, where it ends before. */
export async function startServerProcess({
  variables,
  isProbed = false,
  runner = [],
}: ServerProcessOptions): Promise<ServerProcess> {
  const node = [process.execPath, ...(isProbed ? ['--expose-gc', '--import', PROBE] : []), PROGRAM, 'serve']
  const [command = '', ...args] = [...runner, ...node]
  const child = spawn(command, args, {
    env: { ...inherited(), HEADWATER_LOG_LEVEL: 'error', PORT: '0', ...variables },
    stdio: ['ignore', 'pipe', 'pipe', ...(isProbed ? (['ipc'] as const) : [])],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-100_000)
    })
  const exited = new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve(signal ?? code))
  })
  let isGone = false
  exited.then(
    () => {
      isGone = true
    },
    () => undefined,
  )
  const url = /Headwater answers on (\S+)/
  const deadline = performance.now() + STARTS_WITHIN_MS
  while (!url.test(output)) {
    const isLate = performance.now() > deadline
    if (isLate) child.kill('SIGKILL')
    if (isLate || isGone) throw new Error(`no server: ${output}`)
    await Promise.race([sleep(10), exited])
  }
  return {
    url: url.exec(output)?.[1] ?? '',
    pid: child.pid ?? 0,
    output: () => output,
    exited,
    kill: (signal) => void child.kill(signal),
    held: () => heldBy(child),
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), 20_000)
      await exited
      clearTimeout(late)
    },
  }
}

/** A port that nobody uses now: for servers that come back under the same address. */
export async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return String(address.port)
}

/** Our own environment, without what would change what the server does. */
function inherited(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(HEADWATER_|DATABASE_URL|PORT$|HOST$|NODE_OPTIONS$)/.test(name),
  )
  return Object.fromEntries(kept)
}

async function heldBy(child: ChildProcess): Promise<Held> {
  child.send('held')
  const [held] = (await once(child, 'message')) as [Held]
  return held
}
