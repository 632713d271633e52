import { setTimeout as sleep } from 'node:timers/promises'
import { HeadwaterError } from '../../errors/headwater-error.js'
import type { Asset } from '../../lineage/entities.js'
import { holds, mergedWatermark, type Watermark } from '../../lineage/live/watermark.js'
import type { OtherNames } from '../../lineage/names/asset-names.js'
import { isEqual } from '../../util/is-equal.js'
import { withResolvers } from '../../util/with-resolvers.js'
import { findAssets } from './asset-queries.js'
import type { Database, Session } from './database.js'
import type { LiveGraph } from './live-graph.js'
import { findOtherNames } from './other-names.js'
import { findLastRecorded, type Recorded, readRecorded, type Until } from './recorded-feed.js'
import { readSnapshot, type Snapshot, underWayIn, xmaxOf } from './watermark.js'

/** How a log is kept. */
export interface RecordedLogOptions {
  /** How often to look for what other servers have recorded, in ms. */
  pollMs: number
  /** Told of the first of several failures: it is tried again. */
  onFailure: (error: unknown) => void
}

/** Something that was recorded, with its asset as that was when it was read. */
export interface RecordedOfAsset extends Recorded {
  asset: Asset
  otherNames: OtherNames
}

interface Page {
  recorded: RecordedOfAsset[]
  watermark: Watermark
  isFull: boolean
}

/** The most that is read at once. */
const PAGE = 100
/** How much of what was recorded last is kept for all who follow; who is further behind reads for itself. */
const MOST_KEPT = 2_000
const MOST_KEPT_CHARACTERS = 16 * 1024 * 1024
/** How much of it, in characters of metadata, waits for each of them: there may be thousands who read slowly. */
const MOST_AHEAD = 64 * 1024
/** How long others wait for a transaction, in ms: what ends later comes out of order. */
const PATIENCE_MS = 5_000
/** The least time between two looks, in ms. */
const BREATH_MS = 5
/** How long to wait after a failure, in ms. */
const AFTER_FAILURE_MS = 500

/**
 * What is recorded, by whatever server, for those who follow it: one looks for all, while there are any. In the order of
 * transactions, which is the same on all servers; nothing is passed over that commits late, for what has a greater id
 * waits for it.
 */
export class RecordedLog {
  readonly #kept: { one: RecordedOfAsset; characters: number }[] = []
  #characters = 0
  /** How many have been let go of. */
  #gone = 0
  /** Of all that has been told of. */
  #watermark: Watermark = { next: 0n, open: [], within: null }
  #followers = 0
  /** Settles when somebody looks; null while nobody does. */
  #awake: Promise<void> | null = null
  #running: Promise<void> = Promise.resolve()
  readonly #stopping = new AbortController()
  #alarm = new AbortController()
  /** Settles when there is more. */
  #news = withResolvers()
  /** When each transaction that is under way was first seen to be. */
  #seenAt = new Map<bigint, number>()
  /** Those who read for themselves take turns: so what is in memory for them does not depend on how many they are. */
  #queue: Promise<unknown> = Promise.resolve()

  constructor(
    private readonly database: Database,
    private readonly graph: LiveGraph,
    private readonly options: RecordedLogOptions,
  ) {}

  /** How many follow. */
  get followers(): number {
    return this.#followers
  }

  /** Something has been committed here: there is no need to wait. */
  look(): void {
    this.#alarm.abort()
  }

  async close(): Promise<void> {
    this.#stopping.abort()
    this.#alarm.abort()
    this.#tell()
    await this.#running
  }

  /**
   * All that has been recorded since a watermark, and is from now on, each once, until `signal` says so; null: from now
   * on. Throws BAD_USER_INPUT for a watermark that this database has not come to.
   */
  async follow(
    since: Watermark | null,
    signal: AbortSignal,
  ): Promise<{ since: Watermark; pages: AsyncGenerator<RecordedOfAsset[]> }> {
    const ending = AbortSignal.any([signal, this.#stopping.signal])
    ending.throwIfAborted()
    this.#followers++
    ending.addEventListener('abort', () => this.#leave(), { once: true })
    this.#awake ??= this.#wake()
    await this.#awake
    const at = this.#gone + this.#kept.length
    const watermark = await this.database.snapshot((session) => begin(session, since))
    return { since: watermark, pages: this.#recordedFrom(watermark, since === null ? at : null, ending) }
  }

  /** `at`: how many have been told of that come before; null where that is not known. */
  async *#recordedFrom(
    watermark: Watermark,
    at: number | null,
    ending: AbortSignal,
  ): AsyncGenerator<RecordedOfAsset[]> {
    let most = PAGE
    while (!ending.aborted) {
      const end = this.#gone + this.#kept.length
      if (at === null || at < this.#gone) {
        const page = cut(await this.#readAlone(watermark, most))
        watermark = page.watermark
        at = page.isFull ? null : end
        // Of what is large no more is read than is told of.
        most = Math.min(PAGE, 1 + 2 * page.recorded.length)
        if (page.recorded.length > 0) yield page.recorded
      } else if (at < end) {
        const recorded: RecordedOfAsset[] = []
        let characters = 0
        for (const kept of this.#kept.slice(at - this.#gone, at - this.#gone + PAGE)) {
          characters += kept.characters
          if (recorded.length > 0 && characters > MOST_AHEAD) break
          at++
          const { one } = kept
          if (holds(watermark, one.place)) continue
          watermark = mergedWatermark(watermark, one.watermark)
          // What is the same for all stays one object: so it is answered once.
          recorded.push(isEqual(watermark, one.watermark) ? one : { ...one, watermark })
        }
        if (recorded.length > 0) yield recorded
      } else await until(this.#news.promise, ending)
    }
  }

  #leave(): void {
    this.#followers--
    if (this.#followers === 0) this.#alarm.abort()
  }

  /** Looks from now on, for as long as anybody follows. */
  async #wake(): Promise<void> {
    await this.#running
    try {
      this.#watermark = await this.database.snapshot(findLastRecorded)
      this.#running = this.#run()
    } catch (error) {
      this.#awake = null
      throw error
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    let hasFailed = false
    while (this.#followers > 0 && !signal.aborted) {
      this.#alarm = new AbortController()
      let pause = this.options.pollMs
      try {
        const page = await this.database.snapshot((session) =>
          this.#read(session, this.#watermark, this.#inOrder),
        )
        hasFailed = false
        await this.#showIn(this.graph, page)
        this.#keep(page)
        if (page.isFull) continue
        await sleep(BREATH_MS)
      } catch (error) {
        if (!hasFailed) this.options.onFailure(error)
        hasFailed = true
        pause = AFTER_FAILURE_MS
      }
      await sleep(pause, undefined, { signal: this.#alarm.signal, ref: false }).catch(() => undefined)
    }
    this.#awake = null
    this.#seenAt.clear()
    this.#letGo(this.#kept.length)
  }

  /** Who is told of something finds it wherever it looks: in the graph of this process too. */
  async #showIn(graph: LiveGraph, { recorded }: Page): Promise<void> {
    if (!graph.holdsAll(recorded.map(({ place }) => place.transactionId))) await graph.catchUp()
  }

  async #read(session: Session, since: Watermark, bound: Until, most = PAGE): Promise<Page> {
    const { recorded, watermark, isFull } = await readRecorded(session, since, bound, most)
    const assetIds = [...new Set(recorded.map(({ materialization }) => materialization.assetId))]
    if (assetIds.length === 0) return { recorded: [], watermark, isFull }
    const [assets, others] = await Promise.all([
      findAssets(session, assetIds),
      findOtherNames(session, assetIds, null),
    ])
    const placeOf = new Map(assetIds.map((id, at) => [id, at]))
    return {
      recorded: recorded.flatMap((one) => {
        const at = placeOf.get(one.materialization.assetId) ?? -1
        const [asset, otherNames] = [assets[at], others[at]]
        return asset == null || otherNames === undefined ? [] : [{ ...one, asset, otherNames }]
      }),
      watermark,
      isFull,
    }
  }

  /** As far as has been told of, and to the end of that transaction: what is behind that is kept. */
  #readAlone(since: Watermark, most: number): Promise<Page> {
    const { next, within } = this.#watermark
    const bound = within === null ? next : next + 1n
    const page = this.#queue.then(() =>
      this.database.snapshot((session) => this.#read(session, since, () => bound, most)),
    )
    this.#queue = page.catch(() => undefined)
    return page
  }

  /** Up to the first transaction that is under way, but for those that have been for long. */
  readonly #inOrder: Until = (snapshot: Snapshot) => {
    const now = performance.now()
    const underWay = underWayIn(snapshot)
    this.#seenAt = new Map(underWay.map((id) => [id, this.#seenAt.get(id) ?? now]))
    const isAwaited = (id: bigint) => now - (this.#seenAt.get(id) ?? now) < PATIENCE_MS
    return underWay.find((id) => id >= this.#watermark.next && isAwaited(id)) ?? xmaxOf(snapshot)
  }

  #keep({ recorded, watermark }: Page): void {
    this.#watermark = watermark
    if (recorded.length === 0) return
    for (const one of recorded) {
      const characters = charactersOf(one)
      this.#kept.push({ one, characters })
      this.#characters += characters
    }
    let tooMany = Math.max(0, this.#kept.length - MOST_KEPT)
    for (let left = this.#characters, at = 0; left > MOST_KEPT_CHARACTERS; at++) {
      left -= this.#kept[at]?.characters ?? left
      tooMany = Math.max(tooMany, at + 1)
    }
    this.#letGo(tooMany)
    this.#tell()
  }

  #letGo(count: number): void {
    for (const { characters } of this.#kept.splice(0, count)) this.#characters -= characters
    this.#gone += count
  }

  #tell(): void {
    this.#news.resolve()
    this.#news = withResolvers()
  }
}

/** What of a page may wait in memory for somebody who reads slowly: one event at least. */
function cut({ recorded, watermark, isFull }: Page): Page {
  let characters = 0
  const count = recorded.findIndex((one, at) => {
    characters += charactersOf(one)
    return at > 0 && characters > MOST_AHEAD
  })
  if (count < 0) return { recorded, watermark, isFull }
  const kept = recorded.slice(0, count)
  return { recorded: kept, watermark: kept.at(-1)?.watermark ?? watermark, isFull: true }
}

function charactersOf({ materialization }: Recorded): number {
  return JSON.stringify(materialization.metadata).length
}

/** Where to begin. */
async function begin(session: Session, since: Watermark | null): Promise<Watermark> {
  if (since === null) return findLastRecorded(session)
  const snapshot = await readSnapshot(session)
  if (since.next <= xmaxOf(snapshot)) return since
  throw new HeadwaterError(
    'BAD_USER_INPUT',
    'after: expected a watermark of this database, got one that is ahead of it, e.g. of one that was restored from a backup since: begin without `after`, and read what is there',
    { field: 'after' },
  )
}

async function until(news: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = withResolvers()
  const end = () => resolve()
  signal.addEventListener('abort', end, { once: true })
  await Promise.race([news, promise])
  signal.removeEventListener('abort', end)
}
