import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { createTestDatabase } from '../harness/database.js'
import { post } from '../harness/ledger.js'
import { freePort, type ServerProcess, startServerProcess } from '../harness/server-process.js'
import { type Subscription, subscribe, TRANSPORTS, type Transport } from '../harness/subscriber.js'
import { note } from './note.js'

const SUBSCRIBERS = 20
const WRITERS = 8
const RECORDINGS = 10_000
const KILLS = 6

const PAUSE_MS = 50
/** Longer than whatever holds up what was committed. */
const NOTHING_MS = 30_000

interface Event {
  materializationRecorded: { materialization: { id: string }; watermark: string }
}

const FOLLOW =
  'subscription ($after: String) { materializationRecorded(after: $after) { materialization { id } watermark } }'
const RECORD =
  'mutation ($input: RecordMaterializationsInput!) { recordMaterializations(input: $input) { watermark } }'

/** Follows what is recorded on whatever server answers, from where it has got to. */
class Follower {
  readonly ids: string[] = []
  cuts = 0
  /** Why its last connection ended. */
  last = ''
  #after: string
  #isDone = false
  #current: Subscription<Event> | null = null
  #running: Promise<void>

  constructor(
    private readonly urls: readonly string[],
    private readonly transport: Transport,
    after: string,
  ) {
    this.#after = after
    this.#running = this.#run()
  }

  async #run(): Promise<void> {
    while (!this.#isDone) {
      const url = this.urls[Math.floor(Math.random() * this.urls.length)] ?? ''
      const subscription = subscribe<Event>(url, FOLLOW, {
        transport: this.transport,
        variables: { after: this.#after },
      })
      this.#current = subscription
      // Each connection is cut somewhere, or by a server that is killed.
      let left = 100 + Math.random() * 3_000
      try {
        for (; left > 0 && !this.#isDone; left--) {
          const { materializationRecorded: event } = await subscription.next()
          this.ids.push(event.materialization.id)
          this.#after = event.watermark
        }
      } catch (error) {
        this.last = String(error)
        await sleep(PAUSE_MS)
      }
      await subscription[Symbol.asyncDispose]()
      this.cuts++
    }
  }

  /** Resolves when it has been told of so many; throws where nothing more comes. */
  async reach(count: number): Promise<void> {
    for (let [length, waits] = [0, 0]; this.ids.length < count; waits++) {
      if (this.ids.length > length) waits = 0
      if (waits * PAUSE_MS > NOTHING_MS)
        throw new Error(
          `a follower over a ${this.transport} has stopped at ${this.ids.length} of ${count}: ${this.last}`,
        )
      length = this.ids.length
      await sleep(PAUSE_MS)
    }
  }

  async stop(): Promise<void> {
    this.#isDone = true
    await this.#current?.[Symbol.asyncDispose]()
    await this.#running
  }
}

/** The second of the two UUIDs behind a global id's first byte. */
function materializationIdOf(globalId: string): string {
  const hex = Buffer.from(globalId, 'base64url').subarray(17).toString('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

test(`${SUBSCRIBERS} subscribers, ${RECORDINGS} recordings by ${WRITERS} writers, servers killed and restarted, connections cut: each subscriber's history is the committed sequence`, async () => {
  await using database = await createTestDatabase()
  const ports = [await freePort(), await freePort()]
  const urls = ports.map((port) => `http://127.0.0.1:${port}`)
  const start = (PORT = '') => startServerProcess({ variables: { DATABASE_URL: database.url, PORT } })
  const servers: ServerProcess[] = await Promise.all(ports.map(start))
  try {
    let sent = 0
    const recordOne = async (): Promise<string> => {
      const at = sent++
      const body = JSON.stringify({
        query: RECORD,
        variables: {
          input: {
            jobId: 'job',
            idempotencyKey: randomUUID(),
            assets: [{ key: `made/${at % 200}`, upstream: [{ key: `raw/${at % 10}` }] }],
          },
        },
      })
      for (let attempt = at; ; attempt++) {
        const { status, text } = await post(`${urls[attempt % urls.length]}/graphql`, body)
        if (status === 200) return JSON.parse(text).data.recordMaterializations.watermark
        await sleep(20)
      }
    }
    const watermark = await recordOne()
    const followers = Array.from(
      { length: SUBSCRIBERS },
      (_, at) => new Follower(urls, TRANSPORTS[at % TRANSPORTS.length] ?? 'websocket', watermark),
    )
    const writing = Promise.all(
      Array.from({ length: WRITERS }, async () => {
        while (sent < RECORDINGS) await recordOne()
      }),
    )
    for (let kill = 0; kill < KILLS; kill++) {
      const until = ((kill + 1) * RECORDINGS) / (KILLS + 1)
      while (sent < until) await sleep(10)
      const at = kill % servers.length
      servers[at]?.kill('SIGKILL')
      await servers[at]?.exited
      servers[at] = await start(ports[at])
    }
    await writing
    const committed = await database.sql<{ id: string }>(
      'SELECT id FROM materialization ORDER BY transaction_id, id, asset_id',
    )
    expect(committed.length).toBe(sent)
    const expected = committed.slice(1).map(({ id }) => id)
    await Promise.all(followers.map((one) => one.reach(expected.length)))
    await Promise.all(followers.map((one) => one.stop()))
    note(
      `subscriptions: ${followers.length} followers of ${expected.length} materializations, ${KILLS} kills, ${followers.reduce((sum, { cuts }) => sum + cuts, 0)} cuts`,
    )
    for (const { ids } of followers) {
      expect(ids.length).toBe(expected.length)
      const at = ids.findIndex((id, place) => materializationIdOf(id) !== expected[place])
      expect({ at, got: ids[at] }).toEqual({ at: -1, got: undefined })
    }
  } finally {
    for (const server of servers) await server[Symbol.asyncDispose]()
  }
}, 300_000)
