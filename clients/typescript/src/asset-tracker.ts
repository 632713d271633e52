import { HeadwaterError } from './errors.js'
import type { EndpointOptions } from './http/endpoint.js'
import { LineageClient } from './lineage-client.js'
import { consoleLogger, type Logger, tellSafely } from './log.js'
import { BackgroundRecorder } from './recording/background-recorder.js'
import { type BackgroundRecorderOptions, queueBounds } from './recording/recorder-options.js'
import { runInputOf, type TrackedRun } from './tracked-run.js'
import { computeAssetVersion, computeVersion } from './versions.js'

/** An id, and the key of the asset that it is a materialization of. */
export type Materialized = [materializationId: string, assetKey: string]

/** A client of one's own, or how to make one; and how the tracker behaves. */
export type AssetTrackerOptions = (EndpointOptions | { client: LineageClient }) & {
  /** Of everything recorded and everything it was made from; `default` by default. */
  namespace?: string
  /** Whether what cannot be recorded is logged, so that tracking never fails a job (the default), or thrown. */
  onError?: 'log' | 'raise'
  /** The console by default. */
  logger?: Logger
  /** Of `recordInBackground`. */
  background?: Omit<BackgroundRecorderOptions, 'logger'>
}

/** Records what runs make, as Marie-AI's AssetTracker does, by the same names in camelCase. */
export class AssetTracker {
  /** See the function of the same name. */
  static readonly computeAssetVersion = computeAssetVersion
  /** See the function of the same name. */
  static readonly computeVersion = computeVersion

  readonly #client: LineageClient
  readonly #namespace: string | undefined
  readonly #onError: 'log' | 'raise'
  readonly #logger: Logger
  readonly #background: Omit<BackgroundRecorderOptions, 'logger'>
  #recorder: BackgroundRecorder | undefined

  /** Throws BAD_USER_INPUT for a URL or an `onError` that is none, and for a `background` that could record nothing. */
  constructor(options: AssetTrackerOptions = {}) {
    const { namespace, onError = 'log', logger = consoleLogger, background = {}, ...endpoint } = options
    if (onError !== 'log' && onError !== 'raise') {
      const message = `onError: expected 'log' or 'raise', got ${JSON.stringify(onError)}`
      throw new HeadwaterError('BAD_USER_INPUT', message, { field: 'onError' })
    }
    queueBounds(background)
    this.#client = 'client' in endpoint ? endpoint.client : new LineageClient(endpoint)
    this.#namespace = namespace
    this.#onError = onError
    this.#logger = logger
    this.#background = background
  }

  /**
   * Records what a run made and waits until it is committed. Answers with its materializations, in the order of the
   * assets; with none where it could not be recorded and that was logged. Without assets there is nothing to do.
   */
  async recordMaterializations(run: TrackedRun): Promise<Materialized[]> {
    return this.#tracked(run, [], async () => {
      const { input, places } = runInputOf(run, this.#namespace, this.#logger)
      if (input.assets.length === 0) return []
      const { materializations } = await this.#client.recordMaterializations(input)
      return run.assets.flatMap(({ assetKey }, at): Materialized[] => {
        const id = materializations[places[at] ?? at]?.id
        return id === undefined ? [] : [[id, assetKey]]
      })
    })
  }

  /**
   * Puts what a run made into a queue and returns: it is recorded as made now, and sent in the background. Waits
   * only where the queue is full. Answers false where it was dropped, see `background.whenFull`.
   */
  async recordInBackground(run: TrackedRun): Promise<boolean> {
    return this.#tracked(run, false, async () => {
      const { input } = runInputOf(run, this.#namespace, this.#logger)
      if (input.assets.length === 0) return true
      this.#recorder ??= new BackgroundRecorder(this.#client, { ...this.#background, logger: this.#logger })
      return this.#recorder.record(input)
    })
  }

  /** Waits until everything that is in the queue now has been recorded. */
  async flush(): Promise<void> {
    await this.#recorder?.flush()
  }

  /** Sends what is in the queue, for as long as `background.closeTimeoutMs` allows, and lets go of connections. */
  async cleanup(): Promise<void> {
    await this.#recorder?.close()
    this.#client.close()
  }

  async #tracked<Result>(run: TrackedRun, otherwise: Result, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work()
    } catch (error) {
      const fault = asHeadwaterError(error)
      if (this.#onError === 'raise') throw fault
      tellSafely('the logger', () =>
        this.#logger.warn(`what ${jobOf(run)} made was not recorded: ${fault.message}`),
      )
      return otherwise
    }
  }
}

/** What is not thrown by the client comes of a call that makes no sense. */
function asHeadwaterError(error: unknown): HeadwaterError {
  if (error instanceof HeadwaterError) return error
  const reason = error instanceof Error ? error.message : 'it cannot be read'
  return new HeadwaterError('BAD_USER_INPUT', reason, { cause: error })
}

function jobOf(run: TrackedRun): string {
  try {
    return `job ${JSON.stringify(run?.jobId)}`
  } catch {
    return 'a job whose jobId is no text'
  }
}
