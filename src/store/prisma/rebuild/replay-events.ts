import { HeadwaterError } from '../../../errors/headwater-error.js'
import type { LineageEvent, RunEvent } from '../../../lineage/openlineage/event.js'
import { type EventsAtOnce, type MergeStep, mergeSteps } from '../../../lineage/openlineage/merge-steps.js'
import { parseEvent } from '../../../lineage/openlineage/parse-event.js'
import type { AssetNames } from '../asset-names.js'
import type { Session } from '../database.js'
import { applyEvents, readRuns } from '../ingest.js'
import { SearchRows } from '../search-rows.js'
import type { Run } from './sql.js'

/** So much is read, and written, at a time: as much as ingest commits at once. In bytes of JSON. */
const PAGE_BYTES = 1024 * 1024

/** So much an event counts beside its bytes: a page has about 500 at the most. */
const EVENT_BYTES = 2_000

/** A run that cannot be read whole is none to go by, nor is what it has made. */
const LEAVE_OUT = `WITH r AS (
    DELETE FROM run WHERE id = ANY($1::uuid[]) RETURNING id
  ), a AS (
    DELETE FROM run_assertions a USING r WHERE a.run_id = r.id
  ), l AS (
    DELETE FROM asset_lifecycle l USING r WHERE l.run_id = r.id
  ), m AS (
    DELETE FROM materialization m USING r WHERE m.run_id = r.id RETURNING m.asset_id, m.id
  ), s AS (
    DELETE FROM materialization_schema s USING m WHERE s.asset_id = m.asset_id AND s.materialization_id = m.id
  )
  DELETE FROM materialization_input i USING m WHERE i.asset_id = m.asset_id AND i.materialization_id = m.id`

/** An event that is kept, but cannot be read any more. */
export interface UnreadEvent {
  hash: string
  reason: string
}

/**
 * Applies the events that are kept to the shadows, by ingest's own functions. Those of a run are applied in the order in
 * which they were received, for a materialization says when it was first told of; of different runs no order matters.
 */
export class EventReplay {
  readonly unread: UnreadEvent[] = []
  readonly #unreadRunIds = new Set<string>()
  /** Of what is written to the shadows nothing is looked for. */
  readonly #searchRows = new SearchRows(() => true)
  #pages = 0
  #applied = 0

  constructor(
    private readonly run: Run,
    private readonly session: Session,
    private readonly names: AssetNames,
  ) {}

  async prepare(): Promise<void> {
    await this.run(
      `CREATE TEMP TABLE replayed (hash bytea PRIMARY KEY, run_id uuid, received_at timestamptz, page int) ON COMMIT DROP`,
    )
    await this.run('CREATE INDEX ON replayed (page)')
  }

  /** How many events there are that have not been listed yet; they are from here on. */
  async list(): Promise<number> {
    // What was received at once has one page, for it was merged at once.
    const pages = await this.run<{ page: number; count: number }>(
      `WITH l AS (
         INSERT INTO replayed
         SELECT hash, run_id, received_at,
           $1 + (sum(bytes) OVER (ORDER BY run_id, received_at) / ${PAGE_BYTES})::int
         FROM (SELECT hash, run_id, received_at, octet_length(body) + ${EVENT_BYTES} AS bytes
               FROM public.openlineage_event e
               WHERE NOT EXISTS (SELECT FROM replayed r WHERE r.hash = e.hash) OFFSET 0) e
         RETURNING page
       ) SELECT max(page) AS page, count(*)::float8 AS count FROM l`,
      [this.#pages],
    )
    const [{ page, count } = { page: null, count: 0 }] = pages
    this.#pages = page === null ? this.#pages : page + 1
    return count
  }

  /** Applies what is listed and has not been applied yet; `advance` is told of so many events that have been. */
  async apply(advance: (events: number) => void): Promise<void> {
    for (; this.#applied < this.#pages; this.#applied++) advance(await this.#applyPage(this.#applied))
    await this.run(LEAVE_OUT, [[...this.#unreadRunIds]])
  }

  async #applyPage(page: number): Promise<number> {
    const rows = await this.run<{ hash: string; runId: string | null; receivedAt: Date; body: string }>(
      `SELECT encode(e.hash, 'hex') AS hash, r.run_id AS "runId", r.received_at AS "receivedAt", e.body
       FROM replayed r JOIN public.openlineage_event e ON e.hash = r.hash WHERE r.page = $1 ORDER BY r.received_at, r.hash`,
      [page],
    )
    const others: LineageEvent[] = []
    const ofRuns = new Map<string, EventsAtOnce[]>()
    for (const { hash, runId, receivedAt, body } of rows) {
      const event = this.#read(hash, runId, body)
      if (event?.is === 'RUN') addTo(ofRuns, event, receivedAt)
      else if (event !== null) others.push(event)
    }
    const last = rows.at(-1)?.receivedAt ?? new Date(0)
    await this.#applyEvents(others, [], last)
    const known = await readRuns(this.session, [...ofRuns.keys()])
    const steps = known.map(({ id, merged }) => mergeSteps(merged, ofRuns.get(id) ?? []))
    for (let place = 0; ; place++) {
      const round = steps.flatMap((own) => own[place] ?? [])
      if (round.length === 0) break
      await this.#applySteps(round, last)
    }
    return rows.length
  }

  #read(hash: string, runId: string | null, body: string): LineageEvent | null {
    try {
      return parseEvent(JSON.parse(body), body)
    } catch (error) {
      this.#leaveOut(hash, runId, error)
      return null
    }
  }

  /** One step of each of several runs. A run that would make too much is left out, of all that it says. */
  async #applySteps(steps: readonly MergeStep[], now: Date): Promise<void> {
    try {
      await this.#applyEvents(
        steps.flatMap(({ events }) => events),
        steps.map(({ change }) => change),
        now,
      )
    } catch (error) {
      const [only, ...others] = steps
      if (!(error instanceof HeadwaterError) || only === undefined) throw error
      if (others.length > 0) for (const step of steps) await this.#applySteps([step], now)
      else for (const { hash, id } of only.events) this.#leaveOut(hash, id, error)
    }
  }

  #leaveOut(hash: string, runId: string | null, error: unknown): void {
    if (!(error instanceof HeadwaterError || error instanceof SyntaxError)) throw error
    this.unread.push({ hash, reason: error.message })
    if (runId !== null) this.#unreadRunIds.add(runId)
  }

  async #applyEvents(
    events: readonly LineageEvent[],
    changes: readonly MergeStep['change'][],
    now: Date,
  ): Promise<void> {
    if (events.length === 0) return
    const { session, names } = this
    const { found } = await applyEvents(session, this.#searchRows, names, events, changes, now)
    if (found !== null) names.remember(found)
  }
}

function addTo(ofRuns: Map<string, EventsAtOnce[]>, event: RunEvent, at: Date): void {
  const came = ofRuns.get(event.id) ?? []
  ofRuns.set(event.id, came)
  const last = came.at(-1)
  if (last?.at.getTime() === at.getTime()) last.events.push(event)
  else came.push({ at, events: [event] })
}
