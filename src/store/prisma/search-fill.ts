import { setTimeout as sleep } from 'node:timers/promises'
import type { Asset } from '../../lineage/entities.js'
import type { Database } from './database.js'
import { retried } from './retry.js'
import { ASSET_COLUMNS } from './rows.js'
import type { SearchRows } from './search-rows.js'
import { hashOf, putSearchRows } from './search-sql.js'
import { statement } from './statement.js'

/** Assets a transaction. Their recordings wait for it. */
const BATCH = 500

/** How long to wait after a failure, in ms. */
const AFTER_FAILURE_MS = 1_000

const FIRST_ID = '00000000-0000-0000-0000-000000000000'

/** Holds the states, so that nobody describes these assets otherwise before their rows are there. */
const MISSING = statement(
  'assets to be searched',
  `SELECT ${ASSET_COLUMNS}
   FROM asset a JOIN asset_state s ON s.asset_id = a.id LEFT JOIN asset_search x ON x.asset_id = a.id
   WHERE a.id > $1 AND (x.asset_id IS NULL OR x.description_hash IS DISTINCT FROM ${hashOf('s.description')})
   ORDER BY a.id LIMIT ${BATCH} FOR UPDATE OF s`,
)

/**
 * Makes what search looks up in of the assets that have none: those recorded by a version of Headwater that did not
 * know of it, or whose descriptions are not those that are stored. Looks once, when the server starts.
 */
export class SearchFill {
  readonly #stopping = new AbortController()
  #isDone = false
  #running: Promise<void> = Promise.resolve()

  constructor(
    private readonly database: Database,
    private readonly searchRows: SearchRows,
  ) {}

  /** Whether every asset can be found. */
  get isDone(): boolean {
    return this.#isDone
  }

  /** Settles when every asset can be found, or the store is closed. */
  get settled(): Promise<void> {
    return this.#running
  }

  start(): void {
    this.#running = this.#run()
  }

  async close(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    let from: string | null = FIRST_ID
    while (from !== null && !signal.aborted) {
      try {
        from = await this.#fillAfter(from)
      } catch {
        // The database is away, or busy: whoever asks is told so by the answer itself.
        await sleep(AFTER_FAILURE_MS, undefined, { signal, ref: false }).catch(() => undefined)
      }
    }
    this.#isDone = from === null
  }

  /** Fills one batch behind an id; answers with the last id of it, or null where there is none left. */
  #fillAfter(id: string): Promise<string | null> {
    return retried(() =>
      this.database.transaction(async (session) => {
        const assets = await session.run<Asset>(MISSING, [id])
        if (assets.length === 0) return null
        const { rows, words } = this.searchRows.ofStored(assets)
        await putSearchRows(session, rows, words)
        return assets.at(-1)?.assetId ?? null
      }),
    )
  }
}
