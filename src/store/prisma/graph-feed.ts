import pg from 'pg'
import type { CurrentUpstreams, GraphChange, MemoryGraph } from '../../lineage/graph/memory-graph.js'
import { type DatabaseOptions, sessionOn } from './database.js'
import { sqlStateOf } from './faults.js'
import { findChanges, findCurrentUpstreams, loadGraph, type State } from './graph-queries.js'

/** How long a poll may take, in ms, so that one that waits for a lock does not hold up walks. */
const LONGEST_POLL_MS = 5_000

/** How long to wait for the answer to a poll, in ms: PostgreSQL breaks it off before that, unless it cannot be reached. */
const LONGEST_ANSWER_MS = LONGEST_POLL_MS + 2_000

/** Loading may take long, but not be without news for so long, in ms. */
const LONGEST_STALL_MS = 60_000

/** What has been committed since the last time. */
export interface News {
  change: GraphChange
  /** Of the assets that were asked about. */
  current: CurrentUpstreams[]
  state: State
}

/**
 * The connection over which a graph is loaded and kept current. It is good for one graph: where it is lost nobody
 * knows what has become of the database meanwhile. After a crash PostgreSQL may give out transaction ids once more that
 * a snapshot has seen fail; another database may be there under the same address.
 */
export class GraphFeed {
  #isLost = false
  /** What the graph holds all of. */
  #state: State = { snapshot: '', tables: '' }
  readonly #client: pg.Client

  private constructor({ url, connectTimeoutMs, statementTimeoutMs }: DatabaseOptions) {
    this.#client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: connectTimeoutMs,
      statement_timeout: Math.min(statementTimeoutMs, LONGEST_POLL_MS),
      application_name: 'headwater graph',
      keepAlive: true,
    })
    this.#client.on('error', () => undefined)
    this.#client.on('end', () => {
      this.#isLost = true
    })
  }

  /** Connects, and loads what there is into an empty graph; null where that is more than `mostEdges` edges. */
  static async open(
    options: DatabaseOptions,
    graph: MemoryGraph,
    mostEdges: number,
    signal: AbortSignal,
  ): Promise<GraphFeed | null> {
    const feed = new GraphFeed(options)
    let end = (): void => undefined
    // A connection that is ended while it is being made is never answered for: nobody must wait for it.
    const aborted = new Promise<never>((_, reject) => {
      end = () => {
        void feed.close()
        reject(signal.reason)
      }
    })
    aborted.catch(() => undefined)
    signal.throwIfAborted()
    signal.addEventListener('abort', end)
    try {
      await Promise.race([feed.#client.connect(), aborted])
      const state = await feed.#load(graph, mostEdges)
      if (state !== null) feed.#state = state
      else await feed.close()
      return state === null ? null : feed
    } catch (error) {
      await feed.close()
      throw error
    } finally {
      signal.removeEventListener('abort', end)
    }
  }

  get isLost(): boolean {
    return this.#isLost
  }

  get state(): State {
    return this.#state
  }

  /** Everything that was committed since the last time; null where this connection is of no use any more. */
  async news(settling: readonly string[]): Promise<News | null> {
    try {
      await this.#command('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
      const session = sessionOn(this.#client, LONGEST_ANSWER_MS)
      const { change, state } = await findChanges(session, this.#state)
      const current = settling.length === 0 ? [] : await findCurrentUpstreams(session, settling)
      await this.#command('COMMIT')
      // Tables that were restored, emptied or written anew hold other rows than the graph has been told of.
      if (state.tables !== this.#state.tables) return null
      this.#state = state
      return { change, current, state }
    } catch (error) {
      // Behind a statement that got no answer a ROLLBACK would only wait as long again.
      if (sqlStateOf(error) === undefined) await this.close()
      else if (!this.#isLost) await this.#command('ROLLBACK').catch(() => this.close())
      if (this.#isLost) return null
      throw error
    }
  }

  /** At once: what is under way is broken off. */
  async close(): Promise<void> {
    this.#isLost = true
    await this.#client.end().catch(() => undefined)
  }

  async #command(text: string): Promise<void> {
    const timeout = { query_timeout: LONGEST_ANSWER_MS }
    await this.#client.query({ text, ...timeout })
  }

  async #load(graph: MemoryGraph, mostEdges: number): Promise<State | null> {
    let newsAt = performance.now()
    const watch = setInterval(() => {
      if (performance.now() - newsAt > LONGEST_STALL_MS) void this.close()
    }, 1_000)
    watch.unref()
    try {
      return await loadGraph(this.#client, graph, mostEdges, () => {
        newsAt = performance.now()
      })
    } finally {
      clearInterval(watch)
    }
  }
}
