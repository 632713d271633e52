import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { brotliCompress, deflate, gzip } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createTestDatabase, type TestDatabase } from '../harness/database.js'
import { Ledger } from '../harness/ledger.js'
import { headOf, nextAnswer, openConnection } from '../harness/raw-http.js'
import { type ServerProcess, startServerProcess } from '../harness/server-process.js'
import { note } from './note.js'

const MIB = 1024 * 1024
const RECEIVE_TIMEOUT_MS = 2_000

/** What may stay of some work in a heap: what is compiled and kept once it has been used. */
const STAYS_BYTES = 16 * MIB

let database: TestDatabase
let server: ServerProcess

beforeAll(async () => {
  database = await createTestDatabase()
  server = await startServerProcess({
    isProbed: true,
    variables: { DATABASE_URL: database.url, HEADWATER_RECEIVE_TIMEOUT_MS: String(RECEIVE_TIMEOUT_MS) },
  })
  const ledger = new Ledger()
  const load = ledger.write(server.url, 4)
  await load.acknowledged(20)
  await load.finish()
}, 200_000)

afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

async function ask(): Promise<void> {
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"query":"{ asset(namespace: \\"lake\\", key: \\"made/1\\") { key } }"}',
  })
  expect([response.status, await response.json()]).toEqual([200, { data: { asset: { key: 'made/1' } } }])
}

/** Runs `work`, and expects that nothing of it stays: no memory, no connection. */
async function leavesNothing(work: () => Promise<unknown>): Promise<void> {
  await ask()
  const before = await server.held()
  await work()
  await ask()
  let after = await server.held()
  // Connections that this end has closed, the other has yet to hear of.
  for (let wait = 0; wait < 50 && sockets(after.handles) > sockets(before.handles); wait++) {
    await sleep(100)
    after = await server.held()
  }
  expect(sockets(after.handles)).toBeLessThanOrEqual(sockets(before.handles))
  const grown = after.heapUsed + after.external - before.heapUsed - before.external
  note(
    `${expect.getState().currentTestName}: ${(grown / MIB).toFixed(1)} MiB more in the heap, ${sockets(after.handles)} connections`,
  )
  expect(grown).toBeLessThan(STAYS_BYTES)
}

const sockets = (handles: readonly string[]) => handles.filter((kind) => kind === 'TCPSocketWrap').length

/** Writes a byte now and then until the server has had enough; resolves then. */
async function dribble(socket: Socket, text: string): Promise<void> {
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.on('error', () => undefined).resume()
  for (const byte of text) {
    if (socket.destroyed) break
    socket.write(byte)
    await sleep(200)
  }
  await closed
}

const SLOW = {
  'nothing at all': '',
  'a head that does not end': headOf('GET /livez', { 'x-slow': 'x'.repeat(1_000) }),
}
const SLOW_BODIES = ['/graphql', '/api/v1/lineage', '/api/v1/lineage/batch'].map((path) =>
  headOf(`POST ${path}`, { 'content-length': 1_000 }),
)

test(
  'slow-loris: 400 connections on which requests do not arrive are closed in time, and others answered meanwhile',
  () =>
    leavesNothing(async () => {
      const startedAt = performance.now()
      const slow = Array.from({ length: 100 }, async (_, at) => {
        for (const text of Object.values(SLOW)) void dribble(await openConnection(server.url), text)
        const body = await openConnection(server.url)
        body.write(SLOW_BODIES[at % SLOW_BODIES.length] ?? '')
        const silent = await openConnection(server.url)
        await Promise.all([dribble(body, '{"query":'.padEnd(1_000)), dribble(silent, '')])
      })
      for (let at = 0; at < 20; at++) {
        await ask()
        await sleep(50)
      }
      await Promise.all(slow)
      note(
        `slow-loris: closed after ${Math.round(performance.now() - startedAt)} ms, of ${RECEIVE_TIMEOUT_MS} allowed`,
      )
      expect(performance.now() - startedAt).toBeLessThan(5 * RECEIVE_TIMEOUT_MS)
    }),
  200_000,
)

test('10,000 idle connections: others are answered, and memory is back when they have gone', async () => {
  const most = await openFiles()
  const count = Math.min(10_000, most - 500)
  if (count < 10_000) note(`only ${count} idle connections: ulimit -n is ${most} here`)
  await leavesNothing(async () => {
    const idle: Socket[] = []
    while (idle.length < count) {
      const some = await Promise.all(
        Array.from({ length: Math.min(250, count - idle.length) }, async () => {
          const socket = await openConnection(server.url)
          socket.on('error', () => undefined)
          socket.write(headOf('GET /livez'))
          await nextAnswer(socket)
          return socket
        }),
      )
      idle.push(...some)
    }
    for (let at = 0; at < 50; at++) await ask()
    const { handles } = await server.held()
    note(`idle connections open while others were answered: ${sockets(handles)}`)
    expect(sockets(handles)).toBeGreaterThanOrEqual(count)
    for (const socket of idle) socket.destroy()
  })
}, 300_000)

const BOMB = Buffer.from(`{"query":"{ __typename }","variables":{"x":"${'x'.repeat(200 * MIB)}"}}`)
const PACKED = { gzip: promisify(gzip), deflate: promisify(deflate), br: promisify(brotliCompress) }

test.each(Object.entries(PACKED))(
  'a bomb of 200 MB in %s is refused on every path, long before it is inflated',
  async (encoding, pack) => {
    const body = await pack(BOMB)
    expect(body.length).toBeLessThan(MIB)
    await leavesNothing(async () => {
      // So that the peak is counted from here on.
      await writeFile(`/proc/${server.pid}/clear_refs`, '5')
      const before = await peakOf(server.pid)
      for (const path of ['/graphql', '/api/v1/lineage', '/api/v1/lineage/batch']) {
        const response = await fetch(server.url + path, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'content-encoding': encoding },
          body,
        })
        expect([path, response.status]).toEqual([path, 413])
        expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] })
      }
      const grown = (await peakOf(server.pid)) - before
      note(`bomb in ${encoding}: at most ${Math.round(grown / MIB)} MiB more, of 200`)
      expect(grown).toBeLessThan(200 * MIB)
    })
  },
  200_000,
)

/** The most memory that a process has had at once. */
async function peakOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024
}

/** How many files a process may have open: node raises its own limit to this at its start. */
async function openFiles(): Promise<number> {
  const { stdout } = await promisify(execFile)('sh', ['-c', 'ulimit -Hn'])
  return stdout.trim() === 'unlimited' ? Number.POSITIVE_INFINITY : Number(stdout)
}
