import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { MOST_NODES } from '../../lineage/graph/adjacency.js'
import { type GraphChange, MemoryGraph } from '../../lineage/graph/memory-graph.js'
import { GraphMoved, type GraphRows, MemoryGraphReader } from '../../lineage/graph/memory-graph-reader.js'
import { nextTurn } from '../../util/next-turn.js'
import { AssetRowCache } from './asset-row-cache.js'
import { Database, type DatabaseOptions } from './database.js'
import { findChanges, findCurrentUpstreams, loadGraph, type Snapshot } from './graph-queries.js'
import { findSightings } from './walk-rows.js'
import { notReached, parseWatermark, watermarkOf } from './watermark.js'

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

/** How often a reading begins again where the graph moves on under it, before PostgreSQL is walked instead. */
const MOST_READINGS = 4

/** A graph that has not been looked after for so long, in ms, is brought up to date before it is read. */
const LONGEST_SILENCE_MS = 5_000

/** How long to wait after a failure, in ms. */
const AFTER_FAILURE_MS = 1_000

/**
 * The graph in this process, kept current: by this server's own commits at once, by those of others at the latest
 * `pollMs` after they are committed, and on demand. Has a connection of its own, so that it never waits for others.
 */
export class LiveGraph {
  readonly #own: Database
  #graph: MemoryGraph | null = null
  #rows: AssetRowCache | null = null
  /** Whether the graph holds all that was committed before it was loaded, and since. */
  #isServing = false
  #snapshot: Snapshot = ''
  #caughtUpAt = 0
  /** One more than the greatest transaction id that the graph may hold something of. */
  #reaches = 0n
  readonly #settled = withResolvers()
  readonly #stopping = new AbortController()
  #running: Promise<void> = Promise.resolve()
  /** What changes the graph by what PostgreSQL says comes one after the other, so that no older news follows newer. */
  #queue: Promise<unknown> = Promise.resolve()
  /** The catching up that has not begun: all who ask meanwhile share it. */
  #nextCatchUp: Promise<void> | null = null
  #isCompacting = false
  /** For good: it will not become smaller. */
  #isTooLarge = false

  constructor(
    /** For rows. */
    private readonly database: Database,
    private readonly databaseOptions: DatabaseOptions,
    private readonly options: LiveGraphOptions,
  ) {
    const { onStatement: _, ...unobserved } = databaseOptions
    this.#own = new Database({ ...unobserved, connections: 1 })
  }

  /** Whether walks are answered from this process. */
  get isServing(): boolean {
    return this.#isServing
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
    this.#settled.resolve()
    await this.#running
    await this.#queue
    await this.#own.close()
  }

  /** Takes in what this server has committed; to be called before it is answered. */
  committed(change: GraphChange, watermark: string): void {
    if (this.#graph === null) return
    this.#graph.apply(change)
    this.#rows?.forget(change.materialized)
    const reached = parseWatermark(watermark)
    if (reached > this.#reaches) this.#reaches = reached
    this.#tidy(this.#graph)
  }

  /** The row of an asset has been edited, and that is committed; to be called before it is answered. */
  edited(assetId: string): void {
    this.#rows?.forget([assetId])
  }

  /**
   * Lets `work` read the graph; null where it does not serve, or has moved on each time. `work` may be run more than
   * once. Throws SERVICE_UNAVAILABLE where `atLeast` is not reached.
   */
  async read<T>(
    work: (reader: MemoryGraphReader) => Promise<T>,
    atLeast?: string | null,
  ): Promise<{ value: T } | null> {
    if (!this.#isServing) return null
    if (atLeast != null) await this.#reach(parseWatermark(atLeast))
    else if (performance.now() - this.#caughtUpAt > LONGEST_SILENCE_MS) await this.catchUp()
    for (let reading = 0; reading < MOST_READINGS; reading++) {
      if (this.#graph === null || this.#rows === null || !this.#isServing) return null
      const reader = new MemoryGraphReader(this.#graph, this.#rowsOf(this.#rows), watermarkOf(this.#reaches))
      try {
        const value = await work(reader)
        reader.check()
        return { value }
      } catch (error) {
        if (!(error instanceof GraphMoved)) throw error
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

  /** Forgets everything and loads it anew. */
  async reload(): Promise<void> {
    if (this.options.mostEdges > 0) await this.#inTurn(() => this.#load())
  }

  async #reach(wanted: bigint): Promise<void> {
    if (wanted <= xminOf(this.#snapshot)) return
    await this.catchUp()
    if (wanted > this.#reaches) throw notReached()
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
        if (this.#graph === null) await this.reload()
        else await this.catchUp()
        isBehind = false
      } catch (error) {
        if (signal.aborted) return
        if (!isBehind) this.options.onEvent?.({ what: 'behind', error })
        isBehind = true
        pause = AFTER_FAILURE_MS
      }
      await sleep(pause, undefined, { signal, ref: false }).catch(() => undefined)
    }
  }

  #drop(): void {
    this.#isServing = false
    this.#graph = null
    this.#rows = null
    this.#reaches = 0n
  }

  #giveUp(): void {
    this.#drop()
    this.#isTooLarge = true
    this.#settled.resolve()
    this.options.onEvent?.({ what: 'too large', mostEdges: this.options.mostEdges })
  }

  async #load(): Promise<void> {
    this.#drop()
    const startedAt = performance.now()
    const graph = new MemoryGraph()
    const client = new pg.Client({
      connectionString: this.databaseOptions.url,
      application_name: 'headwater',
    })
    client.on('error', () => undefined)
    await client.connect()
    try {
      const snapshot = await loadGraph(client, graph, this.options.mostEdges)
      if (snapshot === null) return this.#giveUp()
      this.#snapshot = snapshot
    } finally {
      await client.end()
    }
    await this.#inSteps(graph.compact())
    // From here on own commits are taken in as they come; those before it are in what follows.
    this.#graph = graph
    this.#rows = new AssetRowCache(graph, this.database)
    await this.#takeChanges()
    if (this.#graph !== graph) return
    this.#isServing = true
    this.#settled.resolve()
    this.options.onEvent?.({ what: 'loaded', ...sizeOf(graph), ms: performance.now() - startedAt })
  }

  async #takeChanges(settling?: readonly string[]): Promise<void> {
    const graph = this.#graph
    if (graph === null) return
    const startedAt = performance.now()
    const settle = settling && graph.settling()
    const [{ change, snapshot }, current] = await this.#own
      .snapshot((session) =>
        Promise.all([
          findChanges(session, this.#snapshot),
          settling === undefined ? [] : findCurrentUpstreams(session, settling),
        ]),
      )
      .catch((error: unknown) => {
        settle?.([])
        throw error
      })
    if (xmaxOf(snapshot) < xmaxOf(this.#snapshot)) {
      // The database is another one, or has gone back to an earlier state: nothing that is known of it holds.
      this.#drop()
      return
    }
    if (change.assets.length + change.edges.length + change.materialized.length > 0) graph.apply(change)
    this.#rows?.forget(change.assets.map(({ id }) => id))
    this.#rows?.forget(change.materialized)
    settle?.(current)
    this.#snapshot = snapshot
    this.#caughtUpAt = startedAt
    if (xmaxOf(snapshot) > this.#reaches) this.#reaches = xmaxOf(snapshot)
    this.#tidy(graph)
  }

  /** Gives the graph up where it has grown too large, and sorts it where that pays. */
  #tidy(graph: MemoryGraph): void {
    if (graph.edges.count > this.options.mostEdges || graph.assets.count > MOST_NODES) this.#giveUp()
    if (this.#graph !== graph || this.#isCompacting || !graph.isUnsorted) return
    this.#isCompacting = true
    const startedAt = performance.now()
    void this.#inSteps(graph.compact()).then(() => {
      this.#isCompacting = false
      this.options.onEvent?.({ what: 'compacted', ...sizeOf(graph), ms: performance.now() - startedAt })
    })
  }

  /** Lets everything else go on between the steps. */
  async #inSteps(steps: Generator<void>): Promise<void> {
    for (const _ of steps) await nextTurn()
  }

  #rowsOf(rows: AssetRowCache): GraphRows {
    return {
      assets: (nodes) => rows.find(nodes),
      sightings: (upstreamIds, downstreamIds) => findSightings(this.database, upstreamIds, downstreamIds),
      settle: (assetIds) => this.#inTurn(() => this.#takeChanges(assetIds)),
      catchUp: () => this.catchUp(),
    }
  }
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

function sizeOf(graph: MemoryGraph) {
  return { assets: graph.assets.count, edges: graph.edges.count, bytes: graph.bytes }
}

/** All transactions with smaller ids have ended before this snapshot. */
function xminOf(snapshot: Snapshot): bigint {
  return BigInt(snapshot.split(':')[0] ?? 0)
}

/** No transaction with this id, or a greater one, has ended before this snapshot. */
function xmaxOf(snapshot: Snapshot): bigint {
  return BigInt(snapshot.split(':')[1] ?? 0)
}
