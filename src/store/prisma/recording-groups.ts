import { HeadwaterError } from '../../errors/headwater-error.js'
import type { PlannedRecording } from '../../lineage/recording/plan-recording.js'
import { storageEventOf, type WritePlan } from '../../lineage/recording/write-plan.js'
import type { RecordOutcome } from '../store.js'
import type { Database } from './database.js'
import { isTransient } from './faults.js'
import { record, type Written } from './record.js'
import type { SearchRows } from './search-rows.js'

/** Transactions at once. */
const WRITERS = 2

/** So many calls share a transaction, and so much content; a call that is larger has one of its own. */
const GROUP = { calls: 100, size: 1024 * 1024 }

/** So many calls may wait, with so much content. A call that is larger waits alone. */
const QUEUE = { calls: 4_096, size: 64 * 1024 * 1024 }

/**
 * Told of each plan that has been committed, before any of its calls is answered: at once, in one piece, so it must
 * be quick, and it must not throw. Plans come in no certain order; all that they say can be added up in any.
 * What other servers write does not come here, nor does a commit whose answer was lost on the way.
 */
export type OnCommitted = (plan: WritePlan, watermark: string) => void

/** A call that waits to be written, or is being written. */
interface Call {
  recordings: readonly PlannedRecording[]
  size: number
  /** Its idempotency keys and storage events: no repeat of it has others. */
  names: readonly string[]
  succeed(outcome: RecordOutcome): void
  fail(error: unknown): void
}

/**
 * Commits the recordings of concurrent calls in common transactions, for a commit costs more than what it holds.
 * A call that comes while a writer is idle is written at once; those that come while all are busy wait, and the next
 * writer that is free takes as many as fit. So groups are as large as the load makes them, and nobody waits for a
 * group to fill.
 *
 * Each call is still all or nothing, and answered by itself. Calls that could meet, in an idempotency key or in a
 * storage event, are never in one group: they are written one after the other, and answered so.
 */
export class RecordingGroups {
  readonly #waiting: Call[] = []
  #waitingSize = 0
  #busyWriters = 0
  readonly #unanswered = new Set<Promise<unknown>>()

  constructor(
    private readonly database: Database,
    private readonly searchRows: SearchRows,
    private readonly onCommitted: OnCommitted = () => undefined,
  ) {}

  /** Commits one call's recordings, all or none. Throws SERVICE_UNAVAILABLE where too much waits already. */
  record(recordings: readonly PlannedRecording[]): Promise<RecordOutcome> {
    const size = recordings.reduce((sum, { contentLength }) => sum + contentLength, 0)
    if (this.#isFull(size)) throw busy(this.#waiting.length)
    const answer = new Promise<RecordOutcome>((succeed, fail) => {
      this.#waiting.push({ recordings, size, names: namesOf(recordings), succeed, fail })
    })
    this.#waitingSize += size
    if (this.#busyWriters < WRITERS) void this.#writeWaiting()
    return this.#untilAnswered(answer)
  }

  /**
   * Resolves when every call has been answered: those that are being written by what comes of it, those that wait
   * with SERVICE_UNAVAILABLE. Whoever could still wait for these has been given time to, and is gone.
   */
  async close(): Promise<void> {
    for (const { fail } of this.#waiting.splice(0)) fail(stopping())
    this.#waitingSize = 0
    await Promise.allSettled(this.#unanswered)
  }

  #isFull(size: number): boolean {
    const { length } = this.#waiting
    return length >= QUEUE.calls || (length > 0 && this.#waitingSize + size > QUEUE.size)
  }

  async #untilAnswered<T>(answer: Promise<T>): Promise<T> {
    this.#unanswered.add(answer)
    try {
      return await answer
    } finally {
      this.#unanswered.delete(answer)
    }
  }

  async #writeWaiting(): Promise<void> {
    this.#busyWriters++
    while (this.#waiting.length > 0) await this.#write(this.#takeGroup())
    this.#busyWriters--
  }

  /** The calls that have waited longest, up to the first that does not fit or could meet one before it. */
  #takeGroup(): Call[] {
    const names = new Set<string>()
    let [count, size] = [0, 0]
    for (const call of this.#waiting) {
      const fits = count < GROUP.calls && size + call.size <= GROUP.size
      if (count > 0 && (!fits || call.names.some((name) => names.has(name)))) break
      for (const name of call.names) names.add(name)
      size += call.size
      count++
    }
    this.#waitingSize -= size
    return this.#waiting.splice(0, count)
  }

  /** Answers every call of a group; never throws. */
  async #write(calls: readonly Call[]): Promise<void> {
    let written: Written
    try {
      written = await record(
        this.database,
        this.searchRows,
        calls.flatMap(({ recordings }) => recordings),
      )
    } catch (error) {
      return this.#failed(calls, error)
    }
    try {
      this.onCommitted(written.plan, written.watermark)
      const outcomes = [...written.recordings]
      for (const { recordings, succeed } of calls) {
        succeed({ recordings: outcomes.splice(0, recordings.length), watermark: written.watermark })
      }
    } catch (error) {
      for (const { fail } of calls) fail(error)
    }
  }

  async #failed(calls: readonly Call[], error: unknown): Promise<void> {
    if (isTransient(error)) {
      // All that waits would only wait for the same, a statement's timeout long.
      for (const { fail } of [...calls, ...this.#waiting.splice(0)]) fail(error)
      this.#waitingSize = 0
      return
    }
    // One of them is to blame, and it is to fail alone.
    const [only, ...others] = calls
    if (others.length === 0) return only?.fail(error)
    const half = calls.length >> 1
    await this.#write(calls.slice(0, half))
    await this.#write(calls.slice(half))
  }
}

function namesOf(recordings: readonly PlannedRecording[]): string[] {
  return recordings.flatMap(({ idempotencyKey, materializations }) => [
    ...(idempotencyKey === null ? [] : [`key\0${idempotencyKey}`]),
    ...materializations.flatMap(({ record }) => storageEventOf(record) ?? []),
  ])
}

function busy(count: number): HeadwaterError {
  return new HeadwaterError(
    'SERVICE_UNAVAILABLE',
    `${count} calls wait to be recorded, and no more are taken now; try again shortly`,
  )
}

function stopping(): HeadwaterError {
  return new HeadwaterError('SERVICE_UNAVAILABLE', 'the server is stopping; try again shortly')
}
