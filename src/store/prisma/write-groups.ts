import { HeadwaterError } from '../../errors/headwater-error.js'
import { isTransient } from './faults.js'

/** So many calls share a transaction, and so much content; a call that is larger has one of its own. */
const GROUP = { calls: 100, size: 1024 * 1024 }

/** So many calls may wait, with so much content. A call that is larger waits alone. */
const QUEUE = { calls: 4_096, size: 64 * 1024 * 1024 }

/** A call that waits to be written, or is being written. */
interface Call<Content, Answer> {
  content: Content
  size: number
  names: readonly string[]
  succeed(answer: Answer): void
  fail(error: unknown): void
}

/** How calls are written. */
export interface GroupWriting<Content, Answer> {
  /** What it is that waits, and for what, e.g. `calls wait to be recorded`. */
  waiting: string
  /** Transactions at once. */
  writers: number
  /**
   * Commits what several calls bring, all or none. What it gives is asked, once that is committed, for the answer to
   * each call, in their order.
   */
  write(contents: readonly Content[]): Promise<() => Answer[]>
}

/**
 * Commits what concurrent calls bring in common transactions, for a commit costs more than what it holds.
 * A call that comes while a writer is idle is written at once; those that come while all are busy wait, and the next
 * writer that is free takes as many as fit. So groups are as large as the load makes them, and nobody waits for a
 * group to fill.
 *
 * Each call is still all or nothing, and answered by itself. Calls that have a name in common are never in one group:
 * they are written one after the other, and answered so.
 */
export class WriteGroups<Content, Answer> {
  readonly #waiting: Call<Content, Answer>[] = []
  #waitingSize = 0
  #busyWriters = 0
  readonly #unanswered = new Set<Promise<unknown>>()

  constructor(private readonly writing: GroupWriting<Content, Answer>) {}

  /** How many calls wait. */
  get depth(): number {
    return this.#waiting.length
  }

  /**
   * Commits what one call brings, all or none; `size` in characters. Throws SERVICE_UNAVAILABLE where too much waits
   * already.
   */
  submit(content: Content, size: number, names: readonly string[] = []): Promise<Answer> {
    if (this.#isFull(size)) throw busy(this.#waiting.length, this.writing.waiting)
    const answer = new Promise<Answer>((succeed, fail) => {
      this.#waiting.push({ content, size, names, succeed, fail })
    })
    this.#waitingSize += size
    if (this.#busyWriters < this.writing.writers) void this.#writeWaiting()
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
  #takeGroup(): Call<Content, Answer>[] {
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
  async #write(calls: readonly Call<Content, Answer>[]): Promise<void> {
    let answersOf: () => Answer[]
    try {
      answersOf = await this.writing.write(calls.map(({ content }) => content))
    } catch (error) {
      return this.#failed(calls, error)
    }
    // It is committed: whatever fails from here on, nothing is written again.
    try {
      const answers = answersOf()
      for (const [at, { succeed }] of calls.entries()) succeed(answers[at] as Answer)
    } catch (error) {
      for (const { fail } of calls) fail(error)
    }
  }

  async #failed(calls: readonly Call<Content, Answer>[], error: unknown): Promise<void> {
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

function busy(count: number, waiting: string): HeadwaterError {
  return new HeadwaterError(
    'SERVICE_UNAVAILABLE',
    `${count} ${waiting}, and no more are taken now; try again shortly`,
  )
}

function stopping(): HeadwaterError {
  return new HeadwaterError('SERVICE_UNAVAILABLE', 'the server is stopping; try again shortly')
}
