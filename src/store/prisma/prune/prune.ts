import { setTimeout as sleep } from 'node:timers/promises'
import { StartupError } from '../../../errors/startup-error.js'
import { isWorthRetrying } from '../faults.js'
import { connect, connected, type DatabasePlace } from '../own-connection.js'
import { ADVISORY_LOCK } from '../rebuild/rebuild.js'
import { type Run, runOn } from '../rebuild/sql.js'
import { planPrune } from './plan.js'
import {
  CREATE_WORK_TABLES,
  removeExpectations,
  removeMaterializations,
  removeRecordings,
  removeRuns,
} from './remove.js'
import type { Counts, PruneRule } from './rule.js'
import { removeSchemas } from './schemas.js'

/** So many are removed by one transaction: it takes some tens of milliseconds. */
const MATERIALIZATIONS = 500
const RUNS = 100
const RECORDINGS = 5_000
const SCHEMAS = 500

/** Between two transactions others have as long as the last one took, in ms at the most. */
const LONGEST_PAUSE_MS = 1_000

/** So often a transaction that was in the way of others is tried again. */
const MOST_ATTEMPTS = 8

/** How a database is pruned. */
export interface PruneOptions extends PruneRule, DatabasePlace {
  /** Whether only to say what would go. */
  isDry: boolean
  /** Told how much there is to do, once that is known, and of what has been done. */
  onTotal(total: number): void
  advance(by: number): void
}

/**
 * Removes what is older than the horizon and not needed, in many short transactions: after each of them the database is
 * whole, and it may be begun again. Answers with the rows of each table that have gone, or would.
 * Throws a StartupError where the database is away, or somebody else prunes or rebuilds it.
 */
export function prune(options: PruneOptions): Promise<Counts> {
  return connected(connect(options, 'headwater prune'), async (client) => {
    const run = runOn(client)
    await prepare(run)
    const planned = await planPrune(run, options)
    if (options.isDry || Object.values(planned).every((count) => count === 0)) return planned
    return remove(run, options, planned)
  })
}

async function prepare(run: Run): Promise<void> {
  const [row] = await run<{ isMine: boolean }>('SELECT pg_try_advisory_lock($1) AS "isMine"', [ADVISORY_LOCK])
  if (row?.isMine !== true)
    throw new StartupError('this database is being rebuilt or pruned already: wait until that is done')
  await run(`SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET jit = off;
    SET work_mem = '64MB'; SET temp_buffers = '64MB'`)
}

async function remove(run: Run, options: PruneOptions, planned: Counts): Promise<Counts> {
  const { materialization = 0, recording = 0, run: runs = 0, asset_schema: schemas = 0 } = planned
  options.onTotal(materialization + recording + runs + schemas)
  await run(CREATE_WORK_TABLES)
  // Before anything goes: who asks for an earlier time is told so from here on.
  await run(
    `INSERT INTO retention AS r (namespace, horizon, pruned_at) VALUES ($1, $2, now())
     ON CONFLICT (namespace) DO UPDATE SET horizon = GREATEST(r.horizon, excluded.horizon), pruned_at = excluded.pruned_at`,
    [options.namespace ?? '', options.horizon],
  )
  const gone: Counts = {}
  const step = async (work: () => Promise<Counts>, done: number): Promise<void> => {
    const startedAt = performance.now()
    const counts = await inTransaction(run, work)
    for (const [table, count] of Object.entries(counts)) gone[table] = (gone[table] ?? 0) + count
    options.advance(done)
    await sleep(Math.min(performance.now() - startedAt, LONGEST_PAUSE_MS))
  }
  // Runs first: what a run has made stays as it is without its events, and does not come back by a rebuild.
  for (let after: string | null = NO_RUN; after !== null; ) {
    const from: string = after
    await step(
      async () => {
        const { last, counts } = await removeRuns(run, options, from, RUNS)
        after = last
        return counts
      },
      Math.min(RUNS, runs),
    )
  }
  for (let first = 0; first < materialization; first += MATERIALIZATIONS) {
    const last = Math.min(first + MATERIALIZATIONS, materialization)
    await step(() => removeMaterializations(run, options, first, last), last - first)
  }
  for (let first = 0; first < recording; first += RECORDINGS) {
    const last = Math.min(first + RECORDINGS, recording)
    await step(() => removeRecordings(run, options, first, last), last - first)
  }
  for (let first = 0; first < schemas; first += SCHEMAS) {
    const last = Math.min(first + SCHEMAS, schemas)
    await step(() => removeSchemas(run, options, first, last), last - first)
  }
  await step(() => removeExpectations(run, options), 0)
  return gone
}

const NO_RUN = '00000000-0000-0000-0000-000000000000'

/** Whoever waits for others in a circle begins again. */
async function inTransaction(run: Run, work: () => Promise<Counts>): Promise<Counts> {
  for (let attempt = 1; ; attempt++) {
    await run('BEGIN')
    try {
      const counts = await work()
      await run('COMMIT')
      return counts
    } catch (error) {
      await run('ROLLBACK').catch(() => undefined)
      if (attempt === MOST_ATTEMPTS || !isWorthRetrying(error)) throw error
      await sleep(Math.random() * 2 ** attempt)
    }
  }
}
