import { HeadwaterError } from '../../../errors/headwater-error.js'
import { Audience } from '../../../lineage/webhooks/audience.js'
import type { Scanned } from '../../webhook-store.js'
import type { Database, Session } from '../database.js'
import { sqlStateOf } from '../faults.js'
import type { FindUpstream } from '../slice-reader.js'
import { unprepared } from '../statement.js'
import { RUNS } from './dag-run-drafts.js'
import { insertDrafts } from './draft.js'
import { NEWS } from './news.js'
import { STALE } from './stale-drafts.js'
import { lockState, readState, type WebhookState, writeState } from './state.js'
import type { Look, Plan, Step } from './step.js'
import { findActive } from './webhook-queries.js'

const LOCK = 4_837_261

/** One server looks at a time: two would do the same, and one of them in vain. */
const TRY_LOCK = unprepared('SELECT pg_try_advisory_xact_lock($1::bigint) AS "isMine"')

/** Unlike Database.snapshot it has ended, and let go of the lock, when the next look begins. */
const ONE_STATE = unprepared('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY')

/** Whoever has lost so often in a row keeps others from changing what webhooks there are meanwhile. */
const MOST_LOST = 3

/** A statement that takes too long is given so many chances: others may have slowed it down. */
const MOST_SLOW = 3

const NOTHING: Scanned = { isFull: false, passedOver: [] }
const AGAIN: Scanned = { ...NOTHING, isFull: true }

/** When something is to be looked at. */
interface Times {
  now: Date
  expiresAt: Date
}

/** What is to be written, if anything, where nothing else has been meanwhile. */
interface Planned {
  plan: Plan | null
  state: WebhookState
}

/** How much of a step is looked at: less where it was too much, and more again where it was not. */
interface Stride {
  step: Step
  size: number
  slow: number
}

/**
 * Looks at what is new in one state of the database, and writes in one short transaction what webhooks are to be told of
 * it, with the watermarks up to which it has looked. Whoever has looked meanwhile, or has changed which webhooks there are,
 * is ahead: nothing is written then.
 */
export class Scanner {
  readonly #strides: readonly Stride[] = [NEWS, RUNS, STALE].map((step) => ({
    step,
    size: step.most,
    slow: 0,
  }))
  #lost = 0
  /** What was looked at last. */
  #revision = 0n
  #active: { generation: bigint; audience: Audience } | null = null

  constructor(
    private readonly database: Database,
    private readonly findUpstream: FindUpstream,
  ) {}

  /** Null where somebody else is looking. */
  async scan(now: Date, expiresAt: Date): Promise<Scanned | null> {
    const all: Scanned[] = []
    for (const stride of this.#strides) {
      const scanned = await this.#looked(stride, { now, expiresAt }).catch((error: unknown) => {
        // What was passed over is said first: this comes again.
        if (all.every(({ passedOver }) => passedOver.length === 0)) throw error
        return AGAIN
      })
      if (scanned === null) return all.length === 0 ? null : together(all)
      all.push(scanned)
    }
    return together(all)
  }

  async #looked(stride: Stride, times: Times): Promise<Scanned | null> {
    const { step, size } = stride
    try {
      const scanned = await this.#step(step, times, size)
      stride.size = Math.min(2 * size, step.most)
      stride.slow = 0
      return scanned
    } catch (error) {
      if (!isOfWhatIsRead(error)) throw error
      if (size > 1) {
        stride.size = Math.ceil(size / 4)
        return AGAIN
      }
      if (isSlow(error) && ++stride.slow < MOST_SLOW) return AGAIN
      return this.#oneByOne(step, times)
    }
  }

  /** Of one thing of each kind: goes on behind what cannot be looked at. */
  async #oneByOne({ parts }: Step, times: Times): Promise<Scanned | null> {
    const all: Scanned[] = []
    for (const part of parts) {
      const scanned = await this.#step(part, times, 1).catch(async (error: unknown) => {
        if (!isOfWhatIsRead(error)) throw error
        const passed = await this.#step(part, times, 1, this.#revision)
        return passed && because(passed, error)
      })
      if (scanned === null) break
      all.push(scanned)
    }
    return { ...together(all), isFull: true }
  }

  /** `passOver`: goes on behind what is next where nothing has been written since this revision, on which it failed. */
  async #step(
    part: Pick<Step, 'plan'>,
    times: Times,
    most: number,
    passOver: bigint | null = null,
  ): Promise<Scanned | null> {
    const how = { now: times.now, most, passOver }
    const { database } = this
    const look = async (write: Parameters<typeof written>[0]) => {
      const planned = await database.transaction(async (session) => {
        await session.run(ONE_STATE, [])
        return this.#planned(part, session, how)
      })
      if (planned === null || planned.plan === null) return planned && NOTHING
      return this.#counted(await written(write, planned, times))
    }
    if (this.#lost < MOST_LOST) return look((work) => database.transaction(work))
    return database.transaction(async (session) => {
      await lockState(session)
      // What it waits for in others' lanes has changed since what was read: it is written in a state of its own.
      return look((work) => work(session))
    })
  }

  #counted(scanned: Scanned | null): Scanned {
    this.#lost = scanned === null ? this.#lost + 1 : 0
    return scanned ?? AGAIN
  }

  /** Null where somebody else is looking. */
  async #planned(
    part: Pick<Step, 'plan'>,
    session: Session,
    { passOver, ...how }: Pick<Look, 'now' | 'most'> & { passOver: bigint | null },
  ): Promise<Planned | null> {
    const [row] = await session.run<{ isMine: boolean }>(TRY_LOCK, [LOCK])
    if (row?.isMine !== true) return null
    const state = await readState(session)
    if (passOver !== null && passOver !== state.revision) return { state, plan: null }
    this.#revision = state.revision
    const audience = await this.#audience(session, state)
    const { findUpstream } = this
    const isPassingOver = passOver !== null
    return { state, plan: await part.plan({ session, findUpstream, audience, state, isPassingOver, ...how }) }
  }

  /** Read again where others are active, or active ones are told of other things. */
  async #audience(session: Session, { generation }: WebhookState): Promise<Audience> {
    if (this.#active?.generation !== generation)
      this.#active = { generation, audience: new Audience(await findActive(session)) }
    return this.#active.audience
  }
}

/** Null where somebody else was ahead. */
async function written(
  transaction: <T>(work: (session: Session) => Promise<T>) => Promise<T>,
  { plan, state }: Planned,
  { now, expiresAt }: Times,
): Promise<Scanned | null> {
  if (plan === null) return NOTHING
  const { watermarks, drafts, places, write, isFull, passedOver } = plan
  return transaction(async (session) => {
    const place = await writeState(session, { ...state, watermarks }, drafts.length + places)
    if (place === null) return null
    await insertDrafts(session, drafts, place, now, expiresAt)
    await write(session, place + BigInt(drafts.length))
    return { isFull, passedOver }
  })
}

/** Whether it fails for what is read, and not for where: less of it, or none, does not. */
function isOfWhatIsRead(error: unknown): boolean {
  if (error instanceof HeadwaterError) return error.code === 'QUERY_TOO_COMPLEX'
  if (isSlow(error) || /^(22|54)...$/.test(sqlStateOf(error) ?? '')) return true
  return error instanceof Error && ['RangeError', 'TypeError', 'TooMuchAtOnce'].includes(error.name)
}

function isSlow(error: unknown): boolean {
  return sqlStateOf(error) === '57014'
}

function because(scanned: Scanned, error: unknown): Scanned {
  const reason = error instanceof Error ? error.message : String(error)
  return { ...scanned, passedOver: scanned.passedOver.map((one) => ({ ...one, reason })) }
}

function together(all: readonly Scanned[]): Scanned {
  return {
    isFull: all.some(({ isFull }) => isFull),
    passedOver: all.flatMap(({ passedOver }) => passedOver),
  }
}
