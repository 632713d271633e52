import type { ApolloServer, GraphQLRequest } from '@apollo/server'
import type { ExecutionResult, FormattedExecutionResult, GraphQLFormattedError } from 'graphql'
import type { OperationStream, RequestContext } from '../../context.js'
import { HeadwaterError } from '../../errors/headwater-error.js'
import type { Access } from '../../lineage/access/access.js'
import { jsonInPieces } from '../json-in-pieces.js'
import type { Asking, ContextMaker } from '../request-context.js'

/** An operation that came in a way that has room for more than one answer. */
export interface StreamedRequest
  extends Pick<GraphQLRequest, 'query' | 'variables' | 'operationName' | 'extensions'> {
  access: Access
  requestId: string
  remoteAddress: string | undefined
  /** Whether it may change something. */
  mayWrite: boolean
}

/** What becomes of it: the only answer, or all there will be. */
export type Streamed =
  | { kind: 'answer'; result: FormattedExecutionResult }
  | { kind: 'stream'; answers: AsyncGenerator<FormattedExecutionResult, void, void> }

/** Brings an error to the form in which it is answered. */
export type FormatError = (formatted: GraphQLFormattedError, thrown: unknown) => GraphQLFormattedError

/** Runs what comes over websockets and as event streams: through Apollo Server, so by the same rules as all else. */
export class Operations {
  readonly #underWay = new Set<AbortController>()
  #isClosed = false

  constructor(
    private readonly apollo: ApolloServer<RequestContext>,
    private readonly makeContext: ContextMaker,
    private readonly format: FormatError,
    private readonly most: number,
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
    ...request
  }: StreamedRequest): Promise<Streamed> {
    const ending = new AbortController()
    const stream: OperationStream = { signal: ending.signal, mayWrite, begun: null }
    const end = () => {
      ending.abort()
      this.#underWay.delete(ending)
    }
    try {
      const contextValue = this.makeContext({ access, requestId, remoteAddress, stream })
      const { body } = await this.apollo.executeOperation(request, { contextValue })
      if (body.kind !== 'single') throw new Error(`an operation was answered by ${body.kind} results`)
      if (stream.begun === null) return { kind: 'answer', result: await plain(body.singleResult) }
      if (this.#isClosed || this.#underWay.size >= this.most) {
        end()
        return { kind: 'answer', result: this.#refusal() }
      }
      this.#underWay.add(ending)
      const answers = this.#answers(stream.begun, { access, requestId, remoteAddress })
      return { kind: 'stream', answers: endedBy(answers, end) }
    } catch (error) {
      end()
      throw error
    }
  }

  #refusal(): FormattedExecutionResult {
    const message = this.#isClosed
      ? 'the server is stopping; try again shortly'
      : `expected at most ${this.most} subscriptions at once (HEADWATER_SUBSCRIPTIONS), got one more; try again later`
    return { errors: [this.#formatted(new HeadwaterError('SERVICE_UNAVAILABLE', message))] }
  }

  async *#answers(
    { events, answer }: NonNullable<OperationStream['begun']>,
    asking: Asking,
  ): AsyncGenerator<FormattedExecutionResult, void, void> {
    try {
      for await (const event of events) {
        const result = this.#answered(await answer(event, this.makeContext(asking)))
        yield result
        // What could not be read now would be missing: whoever asks goes on from what came before.
        if (result.errors?.some(isPassing)) return
      }
    } catch (error) {
      yield { errors: [this.#formatted(error)] }
    }
  }

  #answered({ data, errors }: ExecutionResult): FormattedExecutionResult {
    if (errors === undefined) return { data: data ?? null }
    const formatted = errors.map((error) => this.format(error.toJSON(), error))
    return formatted.some(isPassing) ? { errors: formatted } : { data: data ?? null, errors: formatted }
  }

  #formatted(error: unknown): GraphQLFormattedError {
    return this.format({ message: error instanceof Error ? error.message : String(error) }, error)
  }
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
