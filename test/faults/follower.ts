import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from '@jest/globals'
import { type Subscription, subscribe, type Transport } from '../harness/subscriber.js'

const PAUSE_MS = 50
/** Longer than whatever holds up what was committed. */
const NOTHING_MS = 30_000

interface Event {
  materializationRecorded: { materialization: { id: string }; watermark: string }
}

const FOLLOW =
  'subscription ($after: String) { materializationRecorded(after: $after) { materialization { id } watermark } }'

/** Follows what is recorded on whatever server answers, from where it has got to. */
export class Follower {
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

/** What is committed, in the order in which it is told. */
export const COMMITTED = 'SELECT id FROM materialization ORDER BY transaction_id, id, asset_id'

/** Waits until all have been told of as much as was committed, ends them, and compares. */
export async function expectTold(
  followers: readonly Follower[],
  committed: readonly string[],
): Promise<void> {
  await Promise.all(followers.map((one) => one.reach(committed.length)))
  await Promise.all(followers.map((one) => one.stop()))
  for (const { ids } of followers) {
    expect(ids.length).toBe(committed.length)
    const at = ids.findIndex((id, place) => materializationIdOf(id) !== committed[place])
    expect({ at, got: ids[at] }).toEqual({ at: -1, got: undefined })
  }
}
