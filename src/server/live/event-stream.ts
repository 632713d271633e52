import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestHandler } from 'express'
import type { FormattedExecutionResult } from 'graphql'
import { HeadwaterError } from '../../errors/headwater-error.js'
import { parseWatermark } from '../../lineage/live/watermark.js'
import { accessOf } from '../access/guard.js'
import { errorBody, isLasting, statusOfError } from '../errors.js'
import { FROM_ELSEWHERE, isFromElsewhere } from '../origin.js'
import { answerJson } from '../plain-http.js'
import { requestIdOf } from '../request-log.js'
import { type AccessBy, whileAdmitted } from './admission.js'
import type { Operations } from './operations.js'

/** So often, in ms, something is sent that says nothing, so that nobody on the way takes the connection for dead. */
const PING_MS = 12_000
const PING = ':\n\n'

/**
 * GraphQL over server-sent events, a connection for each operation: the distinct connections mode of
 * https://github.com/graphql/graphql-over-http/blob/main/rfcs/GraphQLOverSSE.md. No library of it waits for a client that
 * reads slowly. `slowMs`: who takes nothing for so long is cut off.
 */
export function eventStreams(operations: Operations, accessBy: AccessBy, slowMs: number): RequestHandler {
  return (request, response, next) => {
    // Before `*/*`, by which it could be anything.
    if (request.accepts(['application/json', 'text/event-stream']) !== 'text/event-stream') return next()
    const { method } = request
    if (method !== 'GET' && method !== 'POST') return next()
    // It could not read what comes, and would take the place of who can.
    if (method === 'GET' && isFromElsewhere(request)) {
      const { status } = statusOfError('FORBIDDEN')
      answerJson(response, status, errorBody('FORBIDDEN', FROM_ELSEWHERE))
      return
    }
    serve(operations, accessBy, slowMs, request, response, paramsOf(request)).catch((error: unknown) => {
      if (response.headersSent) response.destroy()
      else if (error instanceof HeadwaterError) {
        const { status, headers } = statusOfError(error.code)
        answerJson(response, status, errorBody(error.code, error.message), headers)
      } else next(error)
    })
  }
}

type Params = Pick<Parameters<Operations['begin']>[0], 'query' | 'variables' | 'operationName' | 'extensions'>

async function serve(
  operations: Operations,
  accessBy: AccessBy,
  slowMs: number,
  request: IncomingMessage,
  response: ServerResponse,
  params: () => Params,
): Promise<void> {
  const streamed = await operations.begin({
    ...params(),
    access: accessOf(request),
    requestId: requestIdOf(request),
    remoteAddress: request.socket.remoteAddress,
    // A page of another site can make a browser send a GET.
    mayWrite: request.method === 'POST',
    lastWatermark: lastEventIdOf(request),
  })
  const first = streamed.kind === 'answer' ? streamed.result : null
  if (first?.errors?.some(({ extensions }) => extensions?.['code'] === 'SERVICE_UNAVAILABLE')) {
    const { status, headers } = statusOfError('SERVICE_UNAVAILABLE')
    answerJson(response, status, first, isLasting(first.errors) ? {} : headers)
    return
  }
  if (response.destroyed) {
    // Its client has gone meanwhile, which nothing tells of any more.
    if (streamed.kind === 'stream') await streamed.answers.return()
    return
  }
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    // Compressed it would come late.
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
  })
  const write = writing(response, slowMs)
  if (streamed.kind === 'answer') await write(nextEvent(streamed.result))
  else {
    const { answers, watermark } = streamed
    const stop = () => void answers.return()
    response.once('close', stop)
    // Who is cut off before anything has come goes on from here too.
    await write(idOf(watermark()) + PING)
    // Whoever asks again is told why.
    const end = whileAdmitted(accessBy, request.headers.authorization, () => response.destroy())
    const ping = setInterval(() => response.writableNeedDrain || response.write(PING), PING_MS)
    try {
      for await (const result of answers) await write(idOf(watermark()) + nextEvent(result))
    } finally {
      end()
      clearInterval(ping)
      response.off('close', stop)
    }
    // Whoever was not told that it is complete asks again.
    if (operations.isClosed) {
      response.end()
      return
    }
  }
  await write('event: complete\ndata:\n\n')
  response.end()
}

/** A browser's EventSource says it again when it connects anew. */
function idOf(watermark: string | null): string {
  return watermark === null ? '' : `id: ${watermark}\n`
}

function lastEventIdOf({ headers }: IncomingMessage): string | null {
  const id = headers['last-event-id']
  if (id === undefined || id === '') return null
  parseWatermark('Last-Event-ID', String(id))
  return String(id)
}

function nextEvent(result: FormattedExecutionResult): string {
  return `event: next\ndata: ${JSON.stringify(result)}\n\n`
}

/** Writes one thing after the other, no faster than it is read. */
function writing(response: ServerResponse, slowMs: number): (text: string) => Promise<void> {
  return (text) =>
    new Promise((resolve) => {
      if (response.destroyed || response.write(text)) return resolve()
      const slow = setTimeout(() => response.destroy(), slowMs)
      const done = () => {
        clearTimeout(slow)
        response.off('drain', done).off('close', done)
        resolve()
      }
      response.once('drain', done).once('close', done)
    })
}

/** Of a query string, or a body of JSON. */
function paramsOf(request: IncomingMessage & { query?: unknown; body?: unknown }): () => Params {
  return () => {
    const given = request.method === 'GET' ? fromQuery(request.query) : request.body
    const { query, variables, operationName, extensions } = (given ?? {}) as Record<string, unknown>
    if (query !== undefined && typeof query !== 'string') throw unfit('query', 'a string', query)
    if (operationName != null && typeof operationName !== 'string')
      throw unfit('operationName', 'a string', operationName)
    if (variables != null && !isObject(variables)) throw unfit('variables', 'an object', variables)
    if (extensions != null && !isObject(extensions)) throw unfit('extensions', 'an object', extensions)
    if (query === undefined && extensions == null)
      throw new HeadwaterError('BAD_USER_INPUT', 'query: expected a GraphQL document, as JSON, got none')
    return {
      ...(query === undefined ? {} : { query }),
      ...(operationName == null ? {} : { operationName }),
      ...(variables == null ? {} : { variables }),
      ...(extensions == null ? {} : { extensions }),
    }
  }
}

function fromQuery(query: unknown): Record<string, unknown> {
  const given = { ...(query as Record<string, unknown>) }
  for (const name of ['variables', 'extensions']) {
    const text = given[name]
    if (typeof text === 'string') given[name] = parsed(name, text)
  }
  return given
}

function parsed(name: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw unfit(name, 'JSON', text)
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function unfit(name: string, expected: string, got: unknown): HeadwaterError {
  return new HeadwaterError(
    'BAD_USER_INPUT',
    `${name}: expected ${expected}, got ${(JSON.stringify(got) ?? 'nothing').slice(0, 200)}`,
  )
}
