import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { StartupError } from '../../../errors/startup-error.js'
import { type Session, sessionOn } from '../database.js'
import { isWorthRetrying, sqlStateOf } from '../faults.js'
import { connect, connected, type DatabasePlace } from '../own-connection.js'
import { findWhatFollows, mendAssets, mendWhatFollows } from './assets.js'
import { mendColumns } from './columns.js'
import { mendEdges, mendLatest } from './edges.js'
import { copyNames, mendNames } from './names.js'
import { type Corrections, createChangedAssets, touchChangedAssets } from './reconcile.js'
import { EventReplay, type UnreadEvent } from './replay-events.js'
import { mendRuns } from './runs.js'
import { analyzeShadows, createShadows, lockTables, mean } from './shadow-tables.js'
import { planFor, type Run, runOn } from './sql.js'

/** Whoever rebuilds, or prunes, holds it: two at once would undo what the other does. */
export const ADVISORY_LOCK = 72707370

/** How long to wait, in ms, for those who write, before they may go on; and for how long they may. So often. */
const LOCK_WAIT_MS = 2_000
const LOCK_PAUSE_MS = 500
const LOCK_ATTEMPTS = 15

const LOCK_NOT_AVAILABLE = '55P03'

/** What a rebuild went by, and what it has put right. */
export interface Rebuilt {
  events: number
  /** Materializations that were recorded, not told of by events. */
  recorded: number
  /** Runs that stay as they are: events of theirs are not there, or cannot be read. */
  keptRuns: number
  unread: readonly UnreadEvent[]
  /** Of each table that a row was wrong of. */
  corrections: readonly Corrections[]
}

/** How a database is rebuilt. */
export interface RebuildOptions extends DatabasePlace {
  /** Whether only to say what is wrong. */
  isCheck: boolean
  /** Told how much there is to do, once that is known, and of what has been done. */
  onTotal(total: number): void
  advance(by: number): void
}

/**
 * Makes all that is derived anew, of the events that are kept and of what was recorded, and mends what is otherwise; all
 * in one transaction, so however it ends the database is as it was or as it has to be. Events are replayed into tables of
 * this connection's own, while others write; they wait while what came meanwhile is replayed, and the tables are mended.
 * Throws a StartupError where the database is away, or cannot be locked.
 */
export function rebuild({ isCheck, ...options }: RebuildOptions): Promise<Rebuilt> {
  return connected(connect(options, 'headwater rebuild', { pipeline: true }), async (client) => {
    await client.query('BEGIN')
    const rebuilt = await rebuildOn(client, options)
    await client.query(isCheck ? 'ROLLBACK' : 'COMMIT')
    return rebuilt
  })
}

async function rebuildOn(
  client: pg.Client,
  watch: Pick<RebuildOptions, 'onTotal' | 'advance'>,
): Promise<Rebuilt> {
  const run = runOn(client)
  const session = sessionOn(client)
  await prepare(run)
  const [{ assets } = { assets: 0 }] = await run<{ assets: number }>(
    'SELECT count(*)::float8 AS assets FROM public.asset',
  )
  await createShadows(run)
  await mean(run, 'shadows')
  await planFor(run, 'few rows')
  const replay = new EventReplay(run, session, await copyNames(run, session))
  await replay.prepare()
  const before = await replay.list()
  watch.onTotal(before + assets)
  await replay.apply(watch.advance)
  await lock(run)
  const meanwhile = await replay.list()
  await replay.apply(() => undefined)
  const corrections = await mend(run, session, replay, watch)
  const [counts] = await run<Pick<Rebuilt, 'recorded' | 'keptRuns'>>(
    `SELECT (SELECT count(*) FROM public.materialization WHERE run_id IS NULL)::float8 AS recorded,
       (SELECT count(*) FROM public.run WHERE id NOT IN (SELECT id FROM pg_temp.run))::float8 AS "keptRuns"`,
  )
  return {
    events: before + meanwhile,
    recorded: counts?.recorded ?? 0,
    keptRuns: counts?.keptRuns ?? 0,
    unread: replay.unread,
    corrections: byTable(corrections),
  }
}

/** Compares the tables, which are locked, with the shadows, one after what it follows from. */
async function mend(
  run: Run,
  session: Session,
  replay: EventReplay,
  { advance }: Pick<RebuildOptions, 'advance'>,
): Promise<Corrections[]> {
  await analyzeShadows(run)
  await mean(run, 'tables')
  const corrections = await mendNames(run, session)
  await mean(run, 'shadows')
  await planFor(run, 'whole tables')
  corrections.push(...(await mendRuns(run)), ...(await mendAssets(run)))
  await planFor(run, 'few rows')
  await findWhatFollows(run, session, advance)
  await planFor(run, 'whole tables')
  corrections.push(...(await mendWhatFollows(run)))
  corrections.push(...(await mendLatest(run)))
  corrections.push(...(await mendEdges(run, replay.unread.length === 0)))
  corrections.push(...(await mendColumns(run)))
  await touchChangedAssets(run)
  return corrections
}

async function prepare(run: Run): Promise<void> {
  const [row] = await run<{ isMine: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS "isMine"', [
    ADVISORY_LOCK,
  ])
  if (row?.isMine !== true)
    throw new StartupError('this database is being rebuilt or pruned already: wait until that is done')
  await run(`SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0;
    SET LOCAL jit = off; SET LOCAL work_mem = '64MB'; SET LOCAL temp_buffers = '64MB'`)
  await createChangedAssets(run)
}

/**
 * Whoever writes for long keeps it waiting, and all that write wait behind it: so it gives way now and then. Those who
 * write lock tables one by one too, so they and this may wait for each other in a circle, which PostgreSQL breaks.
 */
async function lock(run: Run): Promise<void> {
  await run(`SET LOCAL lock_timeout = ${LOCK_WAIT_MS}`)
  for (let attempt = 1; ; attempt++) {
    await run('SAVEPOINT before_lock')
    try {
      await lockTables(run)
      break
    } catch (error) {
      const isTaken = sqlStateOf(error) === LOCK_NOT_AVAILABLE
      if (!isTaken && !isWorthRetrying(error)) throw error
      if (attempt === LOCK_ATTEMPTS) throw longTransaction(error)
      await run('ROLLBACK TO SAVEPOINT before_lock')
      await sleep(LOCK_PAUSE_MS)
    }
  }
  await run('SET LOCAL lock_timeout = 0')
}

function longTransaction(cause: unknown): StartupError {
  const seconds = (LOCK_ATTEMPTS * LOCK_WAIT_MS) / 1_000
  return new StartupError(
    `another transaction has been writing for ${seconds} s without an end: end it, and run this again`,
    { cause },
  )
}

/** One for each table that something was wrong of, in the order in which they came. */
function byTable(corrections: readonly Corrections[]): Corrections[] {
  const sums = new Map<string, Corrections>()
  for (const { table, added, removed, changed } of corrections) {
    const sum = sums.get(table) ?? { table, added: 0, removed: 0, changed: 0 }
    sums.set(table, {
      table,
      added: sum.added + added,
      removed: sum.removed + removed,
      changed: sum.changed + changed,
    })
  }
  return [...sums.values()].filter(({ added, removed, changed }) => added + removed + changed > 0)
}
