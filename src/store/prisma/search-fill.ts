import { setTimeout as sleep } from 'node:timers/promises'
import type { Asset } from '../../lineage/entities.js'
import type { Database } from './database.js'
import { retried } from './retry.js'
import { ASSET_COLUMNS, ASSET_JOINS } from './rows.js'
import type { SearchRows } from './search-rows.js'
import { hashOf, putSearchRows } from './search-sql.js'
import { statement } from './statement.js'

/** Assets a transaction. Recordings that describe one of them meanwhile wait for it. */
const BATCH = 1_000

/** How long to wait after a failure, in ms. */
const AFTER_FAILURE_MS = 1_000

const FIRST_ID = '00000000-0000-0000-0000-000000000000'

const IDS = statement('asset ids in order', `SELECT id FROM asset WHERE id > $1 ORDER BY id LIMIT ${BATCH}`)

/** Holds the states, so that nobody describes these assets otherwise before their rows are there. */
const MISSING = statement(
  'assets to be searched',
  `SELECT ${ASSET_COLUMNS}
   FROM unnest($1::uuid[]) AS r(id)
   JOIN asset a ON a.id = r.id ${ASSET_JOINS} LEFT JOIN asset_search x ON x.asset_id = a.id
   WHERE x.asset_id IS NULL OR x.description_hash IS DISTINCT FROM ${hashOf('s.description')}
   ORDER BY s.asset_id FOR UPDATE OF s`,
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
    /** Told of the first failure of several in a row. */
    private readonly onFailure: (error: unknown) => void,
  ) {}

  /** Whether every asset can be found. */
  get isDone(): boolean {
    return this.#isDone
  }

  /** Settles when every asset can be found, or the store is closed. */
  get settled(): Promise<void> {
    return this.#running
  }

  /** Looks for what is missing. Settles when there is none, or the store is closed. */
  start(): Promise<void> {
    this.#running = this.#run()
    return this.#running
  }

  async close(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    let from: string | null = FIRST_ID
    let isFailing = false
    while (from !== null && !signal.aborted) {
      try {
        from = await this.#fillAfter(from)
        isFailing = false
      } catch (error) {
        // The database is away, or busy: whoever asks is told so by the answer itself.
        if (!isFailing && !signal.aborted) this.onFailure(error)
        isFailing = true
        await sleep(AFTER_FAILURE_MS, undefined, { signal, ref: false }).catch(() => undefined)
      }
    }
    this.#isDone = from === null
  }

  /** Fills one batch behind an id; answers with the last id of it, or null where there is none left. */
  #fillAfter(id: string): Promise<string | null> {
    return retried(() =>
      this.database.transaction(async (session) => {
        const ids = (await session.run<{ id: string }>(IDS, [id])).map((row) => row.id)
        const assets = await session.run<Asset>(MISSING, [ids])
        if (assets.length > 0) {
          await putSearchRows(session, this.searchRows, assets)
        }
        return ids.at(-1) ?? null
      }),
    )
  }
}
