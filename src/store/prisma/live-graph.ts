import { setTimeout as sleep } from 'node:timers/promises'
import { MOST_NODES } from '../../lineage/graph/adjacency.js'
import { type GraphChange, MemoryGraph, NO_CHANGE } from '../../lineage/graph/memory-graph.js'
import { GraphMoved, type GraphRows, MemoryGraphReader } from '../../lineage/graph/memory-graph-reader.js'
import { encodeWatermark, parseWatermark } from '../../lineage/live/watermark.js'
import { nextTurn } from '../../util/next-turn.js'
import { withResolvers } from '../../util/with-resolvers.js'
import { findCanonicalIds, findNames } from './asset-names.js'
import { AssetRowCache } from './asset-row-cache.js'
import type { DatabaseOptions, Session } from './database.js'
import { GraphFeed, type News } from './graph-feed.js'
import { findOtherNames } from './other-names.js'
import { findSightings, tallyAssets } from './walk-rows.js'
import { notReached, type Snapshot, sees, watermarkOf, xmaxOf, xminOf } from './watermark.js'

/** How the graph in this process is kept. */
export interface LiveGraphOptions {
  /** Beyond this many edges there is none, and PostgreSQL is walked. 0 for never. */
  mostEdges: number
  /** How often to look for what other servers have recorded, in ms. */
  pollMs: number
  /** Told of what becomes of it. */
  onEvent?: (event: LiveGraphEvent) => void
}

/** What becomes of a graph in the process. */
export type LiveGraphEvent =
  | { what: 'loaded' | 'compacted'; assets: number; edges: number; bytes: number; ms: number }
  | { what: 'too large'; mostEdges: number }
  | { what: 'behind'; error: unknown }

/** What a reading asks for could not be found out, or not in time, or is not what the graph knows. */
class GraphUnsettled extends Error {
  override readonly name = 'GraphUnsettled'
}

/** How often a reading begins again where the graph moves on under it, before PostgreSQL is walked instead. */
const MOST_READINGS = 4

/** A graph that has not been looked after for so long, in ms, is brought up to date before it is read. */
const LONGEST_SILENCE_MS = 5_000

const NOTHING_SEEN: Snapshot = '0:0:'

/** How long to wait after a failure, in ms. */
const AFTER_FAILURE_MS = 1_000

/**
 * The graph in this process, kept current: by this server's own commits at once, by those of others at the latest
 * `pollMs` after they are committed, and on demand. Has a connection of its own, so that it never waits for others.
 */
export class LiveGraph {
  #feed: GraphFeed | null = null
  #graph: MemoryGraph | null = null
  #rows: AssetRowCache | null = null
  /** Whether the graph holds all that was committed before it was loaded, and since. */
  #isServing = false
  #caughtUpAt = 0
  /** One more than the greatest transaction id that the graph may hold something of. */
  #reaches = 0n
  /** What PostgreSQL had told of when the graph took that in. */
  #snapshot: Snapshot = NOTHING_SEEN
  /** Transactions of this server that the graph holds, and PostgreSQL has not told of yet. */
  #own: bigint[] = []
  /** Of what the graph holds; null where that has changed. */
  #watermark: string | null = null
  readonly #settled = withResolvers()
  readonly #stopping = new AbortController()
  /** Ends the pause between two polls. */
  #alarm = new AbortController()
  #running: Promise<void> = Promise.resolve()
  /** What changes the graph by what PostgreSQL says comes one after the other, so that no older news follows newer. */
  #queue: Promise<unknown> = Promise.resolve()
  /** The catching up that has not begun: all who ask meanwhile share it. */
  #nextCatchUp: Promise<void> | null = null
  #isCompacting = false
  /** For good: it will not become smaller. */
  #isTooLarge = false

  constructor(
    private readonly databaseOptions: DatabaseOptions,
    private readonly options: LiveGraphOptions,
    /** Called where the database may be another than it was. */
    private readonly onUnknown: () => void = () => undefined,
  ) {}

  /** Whether walks are answered from this process. */
  get isServing(): boolean {
    return this.#isServing
  }

  /** How large it is; null where there is none. */
  get size(): ReturnType<typeof sizeOf> | null {
    return this.#graph === null ? null : sizeOf(this.#graph)
  }

  /** Whether an asset is known to have been committed. */
  knows(assetId: string): boolean {
    return this.#graph !== null && this.#graph.assets.numberOf(assetId) >= 0
  }

  /** Whether it holds what some transactions have committed; what there is none of does not show less. */
  holdsAll(transactionIds: readonly bigint[]): boolean {
    if (this.#graph === null) return true
    return transactionIds.every((id) => sees(this.#snapshot, id) || this.#own.includes(id))
  }

  /** Settles when the graph serves for the first time, or never will. */
  get settled(): Promise<void> {
    return this.#settled.promise
  }

  /** Loads the graph, and looks after it until it is closed. */
  start(): void {
    if (this.options.mostEdges > 0) this.#running = this.#run()
    else this.#settled.resolve()
  }

  async close(): Promise<void> {
    this.#stopping.abort()
    this.#alarm.abort()
    this.#settled.resolve()
    // What it waits for is broken off.
    await this.#feed?.close()
    await this.#running
    await this.#queue
    this.#drop()
  }

  /** Takes in what this server has committed; to be called before it is answered. */
  committed(change: GraphChange, watermark: string): void {
    if (this.#graph === null) return
    this.#graph.apply(change)
    this.#rows?.forget(change.materialized)
    const reached = parseWatermark('watermark', watermark).next
    if (reached > this.#reaches) this.#reaches = reached
    this.#own.push(reached - 1n)
    this.#watermark = null
    this.#tidy(this.#graph)
  }

  /** The rows of assets have been edited, and that is committed; to be called before it is answered. */
  edited(assetIds: Iterable<string>): void {
    this.#rows?.forget(assetIds)
  }

  /** An asset has been retired or restored, and that is committed; to be called before it is answered. */
  retired(assetId: string): void {
    this.#rows?.forget([assetId])
    this.#graph?.apply({ ...NO_CHANGE, retired: [assetId] })
  }

  /**
   * Lets `work` read the graph; null where it does not serve, or has moved on each time. `work` may be run more than
   * once. Throws SERVICE_UNAVAILABLE where `atLeast` is not reached.
   */
  async read<T>(
    work: (reader: MemoryGraphReader) => Promise<T>,
    atLeast: string | null | undefined,
    session: Session,
  ): Promise<{ value: T } | null> {
    if (!this.#isServing || !(await this.#isFresh(atLeast))) return null
    for (let reading = 0; reading < MOST_READINGS; reading++) {
      if (this.#graph === null || this.#rows === null || !this.#isServing) return null
      const graph = this.#graph
      this.#watermark ??= encodeWatermark(watermarkOf(this.#snapshot, this.#own))
      const reader = new MemoryGraphReader(graph, this.#rowsOf(this.#rows, session), this.#watermark)
      try {
        const value = await work(reader)
        reader.check()
        // One that has been given up meanwhile was told of nothing any more.
        if (this.#graph === graph) return { value }
      } catch (error) {
        // PostgreSQL itself may still answer the walk, and says so where it does not.
        if (error instanceof GraphUnsettled) return null
        if (!(error instanceof GraphMoved) && this.#graph === graph) throw error
      }
    }
    return null
  }

  /** Settles when all that was committed before it was called is in the graph. */
  catchUp(): Promise<void> {
    this.#nextCatchUp ??= this.#inTurn(async () => {
      this.#nextCatchUp = null
      await this.#takeChanges()
    })
    return this.#nextCatchUp
  }

  /** What it holds is not so any more, and cannot be mended: it is loaded anew soon. */
  forget(): void {
    if (this.#graph !== null) this.#drop()
  }

  /** Forgets everything and loads it anew. */
  async reload(): Promise<void> {
    this.onUnknown()
    if (this.options.mostEdges > 0) await this.#inTurn(() => this.#load())
  }

  /** Whether the graph shows as much as it has to; brings it up to date where it does not yet. */
  async #isFresh(atLeast: string | null | undefined): Promise<boolean> {
    const wanted = atLeast == null ? 0n : parseWatermark('atLeast', atLeast).next
    const isSilent = performance.now() - this.#caughtUpAt > LONGEST_SILENCE_MS
    if (!isSilent && wanted <= xminOf(this.#snapshot)) return true
    try {
      await this.catchUp()
    } catch {
      // PostgreSQL itself may still answer the walk, and says so where it does not.
      return false
    }
    if (this.#isServing && wanted > this.#reaches) throw notReached()
    return this.#isServing
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(work)
    this.#queue = result.catch(() => undefined)
    return result
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    let isBehind = false
    while (!signal.aborted && !this.#isTooLarge) {
      let pause = this.options.pollMs
      try {
        if (this.#graph === null) await this.#loadMissing()
        else await this.catchUp()
        isBehind = false
      } catch (error) {
        if (signal.aborted) return
        if (!isBehind) this.options.onEvent?.({ what: 'behind', error })
        isBehind = true
        pause = AFTER_FAILURE_MS
      }
      if (signal.aborted) return
      await sleep(pause, undefined, { signal: this.#alarm.signal, ref: false }).catch(() => undefined)
    }
  }

  /** Forgets the graph; it is loaded anew soon. */
  #drop(): void {
    void this.#feed?.close()
    this.#feed = null
    this.#isServing = false
    this.#graph = null
    this.#rows = null
    this.#reaches = 0n
    this.#snapshot = NOTHING_SEEN
    this.#own = []
    this.#watermark = null
    this.#alarm.abort()
    this.#alarm = new AbortController()
  }

  #giveUp(): void {
    this.#drop()
    this.#isTooLarge = true
    this.#settled.resolve()
    this.options.onEvent?.({ what: 'too large', mostEdges: this.options.mostEdges })
  }

  /** Unless somebody else has loaded it by then: those who read it must not lose it again. */
  async #loadMissing(): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#graph === null) await this.#load()
    })
  }

  async #load(): Promise<void> {
    this.#drop()
    const startedAt = performance.now()
    const graph = new MemoryGraph()
    const { signal } = this.#stopping
    const feed = await GraphFeed.open(this.databaseOptions, graph, this.options.mostEdges, signal)
    if (feed === null) return this.#giveUp()
    await this.#inSteps(graph.compact())
    this.#feed = feed
    this.#snapshot = feed.state.snapshot
    // From here on own commits are taken in as they come; those before it are in what follows.
    this.#graph = graph
    this.#rows = new AssetRowCache(graph)
    try {
      await this.#takeChanges()
    } catch (error) {
      this.#drop()
      throw error
    }
    if (this.#graph !== graph) return
    this.#isServing = true
    this.#settled.resolve()
    this.options.onEvent?.({ what: 'loaded', ...sizeOf(graph), ms: performance.now() - startedAt })
  }

  async #takeChanges(settling: readonly string[] = []): Promise<void> {
    const [graph, feed] = [this.#graph, this.#feed]
    if (graph === null || feed === null) return
    const startedAt = performance.now()
    const settle = graph.settling()
    let news: News | null = null
    try {
      news = await feed.news(settling)
    } finally {
      if (news === null) settle([])
    }
    // While this was waiting the graph may have been given up.
    if (this.#graph !== graph) return
    if (news === null) {
      this.onUnknown()
      this.#drop()
      return
    }
    const { change, current, state } = news
    if (Object.values(change).some(({ length }) => length > 0)) {
      // What has been read of currents is of the same state as this, which must not count as later.
      settle(current, () => graph.apply(change))
    } else settle(current)
    this.#rows?.forget(change.assets.map(({ id }) => id))
    this.#rows?.forget(change.materialized)
    this.#caughtUpAt = startedAt
    const reached = xmaxOf(state.snapshot)
    if (reached > this.#reaches) this.#reaches = reached
    this.#snapshot = state.snapshot
    this.#own = this.#own.filter((id) => !sees(state.snapshot, id))
    this.#watermark = null
    this.#tidy(graph)
  }

  /** Gives the graph up where it has grown too large, and sorts it where that pays. */
  #tidy(graph: MemoryGraph): void {
    if (this.#graph !== graph) return
    if (graph.edges.count > this.options.mostEdges || graph.assets.count > MOST_NODES) {
      this.#giveUp()
      return
    }
    if (this.#isCompacting || !graph.isUnsorted) return
    this.#isCompacting = true
    const startedAt = performance.now()
    this.#inSteps(graph.compact())
      .then(() =>
        this.options.onEvent?.({ what: 'compacted', ...sizeOf(graph), ms: performance.now() - startedAt }),
      )
      .catch((error: unknown) => {
        // Half sorted it is of no use.
        this.options.onEvent?.({ what: 'behind', error })
        if (this.#graph === graph) this.#drop()
      })
      .finally(() => {
        this.#isCompacting = false
      })
  }

  /** Lets everything else go on between the steps. */
  async #inSteps(steps: Generator<void>): Promise<void> {
    for (const _ of steps) await nextTurn()
  }

  #rowsOf(rows: AssetRowCache, session: Session): GraphRows {
    return {
      assets: async (nodes) => whole(await rows.find(nodes, session)),
      otherNames: (assetIds, namespaces) => findOtherNames(session, assetIds, namespaces),
      nameOf: async (assetId) => (await findNames(session, [assetId]))[0] ?? null,
      tally: (ids) => tallyAssets(session, ids),
      sightings: async (upstreamIds, downstreamIds) =>
        whole(await findSightings(session, upstreamIds, downstreamIds)),
      settle: (assetIds) =>
        this.#inTurn(() => this.#takeChanges(assetIds)).catch(() => {
          throw new GraphUnsettled()
        }),
      canonicalId: async (assetId) => (await findCanonicalIds(session, [assetId]))[0] ?? assetId,
      catchUp: () => this.catchUp(),
    }
  }
}

/** Rows go only where what they are of comes to be of another asset: then the graph is of a state before that. */
function whole<Row>(rows: (Row | null)[]): (Row | null)[] {
  if (rows.includes(null)) throw new GraphUnsettled()
  return rows
}

function sizeOf(graph: MemoryGraph) {
  return { assets: graph.assets.count, edges: graph.edges.count, bytes: graph.bytes }
}
