import type { ApolloServer, GraphQLRequest } from '@apollo/server'
import type { ExecutionResult, FormattedExecutionResult, GraphQLFormattedError } from 'graphql'
import { LRUCache } from 'lru-cache'
import type { OperationStream, RequestContext } from '../../context.js'
import { HeadwaterError } from '../../errors/headwater-error.js'
import type { Access } from '../../lineage/access/access.js'
import { jsonInPieces } from '../json-in-pieces.js'
import { leftOutRoot } from '../limits/left-out-root.js'
import type { Asking, ContextMaker } from '../request-context.js'

/** An operation that came in a way that has room for more than one answer. */
export interface StreamedRequest
  extends Pick<GraphQLRequest, 'query' | 'variables' | 'operationName' | 'extensions'> {
  access: Access
  requestId: string
  remoteAddress: string | undefined
  /** Whether it may change something. */
  mayWrite: boolean
  /** Of what its client was told of last, before it was cut off. */
  lastWatermark?: string | null
}

/** What becomes of it: the only answer, or all there will be. */
export type Streamed =
  | { kind: 'answer'; result: FormattedExecutionResult }
  /** `watermark`: by which its client goes on behind the last of the answers so far, or from the start; null where it has none. */
  | {
      kind: 'stream'
      answers: AsyncGenerator<FormattedExecutionResult, void, void>
      watermark: () => string | null
    }

/** Brings an error to the form in which it is answered. */
export type FormatError = (formatted: GraphQLFormattedError, thrown: unknown) => GraphQLFormattedError

/** So many answers are kept for others who ask the same. */
const MOST_ANSWERS = 200

/** Tells objects apart by texts. */
class Names {
  readonly #known = new WeakMap<object, number>()
  #count = 0

  of(one: object): number {
    const name = this.#known.get(one) ?? ++this.#count
    this.#known.set(one, name)
    return name
  }
}

/** Runs what comes over websockets and as event streams: through Apollo Server, so by the same rules as all else. */
export class Operations {
  readonly #underWay = new Set<AbortController>()
  #isClosed = false
  /** What was answered last: those who ask the same come to the same event at about the same time. */
  readonly #answered = new LRUCache<string, Promise<FormattedExecutionResult>>({ max: MOST_ANSWERS })
  readonly #names = new Names()

  constructor(
    private readonly apollo: ApolloServer<RequestContext>,
    private readonly makeContext: ContextMaker,
    private readonly format: FormatError,
    private readonly limits: { subscriptions: number; tokens: number },
  ) {}

  /** How many subscriptions are under way. */
  get count(): number {
    return this.#underWay.size
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Ends all, and begins no more. */
  close(): void {
    this.#isClosed = true
    for (const one of this.#underWay) one.abort()
  }

  async begin({
    access,
    requestId,
    remoteAddress,
    mayWrite,
    lastWatermark = null,
    ...request
  }: StreamedRequest): Promise<Streamed> {
    const ending = new AbortController()
    const { signal } = ending
    const stream: OperationStream = { signal, mayWrite, lastWatermark, watermark: null, begun: null }
    const end = () => {
      ending.abort()
      this.#underWay.delete(ending)
    }
    try {
      const refusal = leftOutRoot(request.query, this.limits.tokens)
      if (refusal !== null) throw new HeadwaterError('BAD_USER_INPUT', refusal)
      const contextValue = this.makeContext({ access, requestId, remoteAddress, stream })
      const { body } = await this.apollo.executeOperation(request, { contextValue })
      if (body.kind !== 'single') throw new Error(`an operation was answered by ${body.kind} results`)
      if (stream.begun === null) {
        // Something may have begun before it was refused.
        end()
        return { kind: 'answer', result: await plain(body.singleResult) }
      }
      if (this.#isClosed || this.#underWay.size >= this.limits.subscriptions) {
        end()
        return { kind: 'answer', result: this.#refusal() }
      }
      this.#underWay.add(ending)
      const answers = this.#answers(stream, stream.begun, { access, requestId, remoteAddress })
      return { kind: 'stream', answers: endedBy(answers, end), watermark: () => stream.watermark }
    } catch (error) {
      end()
      // Whoever sent it has other operations under way.
      return { kind: 'answer', result: { errors: [this.#formatted(error)] } }
    }
  }

  #refusal(): FormattedExecutionResult {
    const message = this.#isClosed
      ? 'the server is stopping; try again shortly'
      : `expected at most ${this.limits.subscriptions} subscriptions at once (HEADWATER_SUBSCRIPTIONS), got one more; try again later`
    return { errors: [this.#formatted(new HeadwaterError('SERVICE_UNAVAILABLE', message))] }
  }

  async *#answers(
    stream: OperationStream,
    begun: NonNullable<OperationStream['begun']>,
    asking: Asking,
  ): AsyncGenerator<FormattedExecutionResult, void, void> {
    try {
      for await (const event of begun.events) {
        const result = await this.#answerOf(event, begun, asking)
        // What could not be read now would be missing: whoever asks goes on from what came before.
        const isLast = result.errors?.some(isPassing) === true
        if (!isLast) stream.watermark = watermarkOf(event)
        yield result
        if (isLast) return
      }
    } catch (error) {
      yield { errors: [this.#formatted(error)] }
    }
  }

  /** Once for all who ask the same of the same event. */
  #answerOf(
    event: unknown,
    { answer, key }: NonNullable<OperationStream['begun']>,
    asking: Asking,
  ): Promise<FormattedExecutionResult> {
    const work = async () => this.#formattedAnswer(await answer(event, this.makeContext(asking)))
    if (typeof event !== 'object' || event === null) return work()
    const name = `${this.#names.of(event)} ${this.#names.of(asking.access)} ${key}`
    const known = this.#answered.get(name)
    if (known !== undefined) return known
    const answered = work()
    this.#answered.set(name, answered)
    // What could not be answered now can be, for whoever asks again.
    const forget = () => void this.#answered.delete(name)
    answered.then((result) => result.errors?.some(isPassing) && forget(), forget)
    return answered
  }

  #formattedAnswer({ data, errors }: ExecutionResult): FormattedExecutionResult {
    if (errors === undefined) return { data: data ?? null }
    const formatted = errors.map((error) => this.format(error.toJSON(), error))
    return formatted.some(isPassing) ? { errors: formatted } : { data: data ?? null, errors: formatted }
  }

  #formatted(error: unknown): GraphQLFormattedError {
    return this.format({ message: error instanceof Error ? error.message : String(error) }, error)
  }
}

/** Of an event, where it has one. */
function watermarkOf(event: unknown): string | null {
  const has = typeof event === 'object' && event !== null && 'watermark' in event
  return has && typeof event.watermark === 'string' ? event.watermark : null
}

function isPassing({ extensions }: GraphQLFormattedError): boolean {
  return extensions?.['code'] === 'SERVICE_UNAVAILABLE'
}

/** Lists of an answer may have been written already. */
async function plain(result: FormattedExecutionResult): Promise<FormattedExecutionResult> {
  return JSON.parse(await jsonInPieces(result)) as FormattedExecutionResult
}

/** A generator waits for what it waits for before it returns: so that is told first. */
function endedBy<T>(inner: AsyncGenerator<T, void, void>, end: () => void): AsyncGenerator<T, void, void> {
  const outer: AsyncGenerator<T, void, void> = {
    next: async () => {
      const step = await inner.next()
      if (step.done) end()
      return step
    },
    return: (value) => {
      end()
      return inner.return(value)
    },
    throw: (error) => {
      end()
      return inner.throw(error)
    },
    [Symbol.asyncIterator]: () => outer,
    [Symbol.asyncDispose]: async () => void (await outer.return()),
  }
  return outer
}
