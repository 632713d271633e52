import { HeadwaterError } from '../errors.js'
import { toJson } from '../json.js'
import type { LineageClient } from '../lineage-client.js'
import { consoleLogger, tellSafely } from '../log.js'
import type { RecordMaterializationsInput } from '../operations.generated.js'
import { isFull } from './batches.js'
import { CLOCK } from './clock.js'
import { onExit } from './exit-hooks.js'
import { withKey } from './idempotency-key.js'
import { recordEach } from './record-each.js'
import { logLoss, OutageLog } from './recorder-log.js'
import {
  type BackgroundRecorderOptions,
  type QueueBounds,
  queueBounds,
  type RecordingLoss,
} from './recorder-options.js'

/** What has become of everything so far. */
export interface RecorderTally {
  recorded: number
  /** What a server had already, since it was sent twice. Among those recorded. */
  duplicates: number
  refused: number
  /** Lost since the queue was full. */
  full: number
  unsent: number
}

interface Entry {
  input: RecordMaterializationsInput
  characters: number
  /** Called once it is recorded or lost. */
  settle: () => void
  settled: Promise<void>
}

const FIRST_PAUSE_MS = 500
/** While something waits for the end, it is worth trying more often. */
const LONGEST_CLOSING_PAUSE_MS = 500
/** A browser delivers this many bytes after a page is gone; in JSON a character may be up to 3. */
const LAST_CHARACTERS = 20_000

/**
 * Records in the background, for executors that must not wait. A recording is put into a bounded queue and sent with
 * its neighbours, up to 100 in a request; while one request is under way, the next gathers. What a server refuses
 * does not hold up the others. A server that is away is tried again until the recorder is closed. Nothing is lost
 * without a report.
 *
 * In Node what is queued is sent before the process ends by itself; before `process.exit()`, `await close()`. In a
 * browser as much as one last request holds is sent when the page is left.
 */
export class BackgroundRecorder {
  readonly #client: LineageClient
  readonly #options: QueueBounds
  readonly #onLoss: (loss: RecordingLoss) => unknown
  readonly #outage: OutageLog
  readonly #tally: RecorderTally = { recorded: 0, duplicates: 0, refused: 0, full: 0, unsent: 0 }
  readonly #unhook: () => void
  readonly #abort = new AbortController()
  /** In order: first those under way, then those that wait. */
  #entries: Entry[] = []
  /** `record()` calls that wait for room, in order. */
  #outside: { entry: Entry; admit: () => void }[] = []
  #sending: Promise<void> | undefined
  #closing: Promise<RecorderTally> | undefined
  #flushes = 0
  #wake: () => void = () => undefined

  /** Throws BAD_USER_INPUT for options with which nothing could be recorded. */
  constructor(client: LineageClient, options: BackgroundRecorderOptions = {}) {
    const { onLoss, logger = consoleLogger } = options
    this.#client = client
    this.#options = queueBounds(options)
    this.#outage = new OutageLog(logger)
    this.#onLoss = onLoss ?? ((loss) => logLoss(loss, logger))
    this.#unhook = onExit({
      beforeExit: () => void this.close(),
      exit: () => this.#lose('unsent', this.#takeAll()),
      pageHide: () => this.#sendLast(),
    })
  }

  /** How many recordings wait or are under way. */
  get pending(): number {
    return this.#entries.length + this.#outside.length
  }

  /** What has become of everything so far. */
  get tally(): RecorderTally {
    return { ...this.#tally }
  }

  /**
   * Queues a recording, as it is now; without a `materializedAt` as made now, and after what was queued before.
   * Resolves with true once it is queued, at once where there is room; with false where it was dropped. Throws
   * RECORDER_CLOSED, and BAD_USER_INPUT for what JSON cannot keep.
   */
  async record(input: RecordMaterializationsInput): Promise<boolean> {
    if (this.#closing !== undefined) {
      throw new HeadwaterError('RECORDER_CLOSED', 'expected an open recorder; this one has been closed')
    }
    const entry = entryOf(input)
    if (this.#entries.length < this.#options.capacity) {
      this.#enqueue(entry)
      return true
    }
    if (this.#options.whenFull === 'drop') {
      this.#lose('full', [entry])
      return false
    }
    return new Promise((resolve) => {
      this.#outside.push({ entry, admit: () => resolve(true) })
    })
  }

  /** Waits until everything that has been given to `record()` is recorded or lost: for ever, while the server is away. */
  async flush(): Promise<void> {
    const entries = [...this.#entries, ...this.#outside.map(({ entry }) => entry)]
    this.#flushes++
    this.#wake()
    await Promise.all(entries.map(({ settled }) => settled))
    this.#flushes--
  }

  /** Takes nothing more, sends what is left for as long as `closeTimeoutMs` allows, and reports what could not be sent. */
  close(): Promise<RecorderTally> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<RecorderTally> {
    const late = setTimeout(
      () => this.#abort.abort(closeTimedOut(this.#options.closeTimeoutMs)),
      this.#options.closeTimeoutMs,
    )
    this.#wake()
    await this.#sending
    clearTimeout(late)
    this.#lose('unsent', this.#takeAll(), this.#abort.signal.reason)
    this.#unhook()
    return this.tally
  }

  #enqueue(entry: Entry): void {
    this.#entries.push(entry)
    this.#sending ??= this.#send()
  }

  /** Sends batch after batch until nothing is left, or the recorder is closed and the time is over. */
  async #send(): Promise<void> {
    // What is recorded in the same turn of the event loop goes into the same request.
    await Promise.resolve()
    let pauseMs = FIRST_PAUSE_MS
    while (this.#entries.length > 0 && !this.#abort.signal.aborted) {
      try {
        await this.#sendBatch()
        this.#outage.recovered()
        pauseMs = FIRST_PAUSE_MS
      } catch (error) {
        if (this.#abort.signal.aborted) break
        this.#outage.failed(this.pending, error)
        // The server is away, or lets nobody in: what is queued stays, and is reported at the end.
        await this.#pause(Math.random() * pauseMs)
        pauseMs = Math.min(pauseMs * 2, this.#options.longestPauseMs)
      }
    }
    this.#sending = undefined
  }

  async #sendBatch(): Promise<void> {
    const batch = nextBatch(this.#entries)
    const outcomes = await recordEach(
      (inputs) => this.#client.recordMaterializationBatch(inputs, { signal: this.#abort.signal }),
      batch.map(({ input }) => input),
    )
    this.#entries.splice(0, batch.length)
    outcomes.forEach((outcome, at) => {
      if ('payload' in outcome) {
        this.#tally.recorded++
        if (outcome.payload.duplicate) this.#tally.duplicates++
        batch[at]?.settle()
      } else {
        this.#lose('refused', batch.slice(at, at + 1), outcome.error)
      }
    })
    this.#admit()
  }

  #admit(): void {
    const room = this.#options.capacity - this.#entries.length
    for (const { entry, admit } of this.#outside.splice(0, room)) {
      this.#entries.push(entry)
      admit()
    }
  }

  /** A pause that flush() and close() cut short. By itself it does not keep a process alive. */
  #pause(ms: number): Promise<void> {
    const isAwaited = this.#closing !== undefined || this.#flushes > 0 || this.#outside.length > 0
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, isAwaited ? Math.min(ms, LONGEST_CLOSING_PAUSE_MS) : ms)
      if (!isAwaited && typeof timer === 'object') timer.unref()
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #takeAll(): Entry[] {
    const outside = this.#outside.splice(0).map(({ entry, admit }) => {
      admit()
      return entry
    })
    return [...this.#entries.splice(0), ...outside]
  }

  #lose(reason: RecordingLoss['reason'], entries: Entry[], error?: HeadwaterError): void {
    if (entries.length === 0) return
    this.#tally[reason] += entries.length
    for (const { settle } of entries) settle()
    const inputs = entries.map(({ input }) => input)
    const count = this.#tally[reason]
    // A report that fails must not hold up what can still be recorded.
    tellSafely('onLoss', () => this.#onLoss({ reason, inputs, error, count }))
  }

  /** What is under way dies with the page, so it is sent once more: the server knows it by its key. */
  #sendLast(): void {
    const last: Entry[] = []
    let characters = 0
    for (const entry of this.#entries) {
      characters += entry.characters
      if (characters > LAST_CHARACTERS) break
      last.push(entry)
    }
    if (last.length === 0) return
    const inputs = last.slice(0, 100).map(({ input }) => input)
    // Nobody is there any more to hear of it; where the page comes back, everything is still queued.
    this.#client.recordMaterializationBatch(inputs, { keepalive: true }).catch(() => undefined)
  }
}

function entryOf(input: RecordMaterializationsInput): Entry {
  const keyed = withKey({ ...input, materializedAt: input.materializedAt ?? timeOf(input) })
  const text = toJson(keyed, 'input')
  let settle: () => void = () => undefined
  const settled = new Promise<void>((resolve) => {
    settle = resolve
  })
  // A copy: what its owner changes later is not what was recorded.
  return { input: JSON.parse(text), characters: text.length, settle, settled }
}

/** By their keys alone: that two namespaces may have the same one costs a millisecond at most. */
function timeOf({ assets, upstream }: RecordMaterializationsInput): string {
  const used = [...(upstream ?? []), ...assets.flatMap((asset) => asset.upstream ?? [])]
  const keys = (things: readonly { key: string }[]) => things.map(({ key }) => key)
  return new Date(CLOCK.timeOf(keys(assets), keys(used))).toISOString()
}

function nextBatch(entries: readonly Entry[]): Entry[] {
  let characters = 0
  let count = 0
  for (const { characters: more } of entries) {
    if (isFull({ count, characters }, more)) break
    characters += more
    count++
  }
  return entries.slice(0, count)
}

function closeTimedOut(ms: number): HeadwaterError {
  return new HeadwaterError(
    'TIMEOUT',
    `the recorder was closed, and could not send everything within ${ms} ms`,
  )
}
