import { pipeline } from 'node:stream/promises'
import { type Request, type RequestHandler, type Response, Router } from 'express'
import type { Store } from '../store/store.js'
import { type ExportArgs, exportLineage } from '../use-cases/export-lineage.js'
import { describeError, errorBody, statusOfError } from './errors.js'
import { readExportQuery } from './export-query.js'
import type { Walks } from './limits/walks.js'
import type { Logger } from './logger.js'

/** Names of files get no longer than this, in characters. */
const LONGEST_NAME = 100

/** Answers `GET /export/lineage` with all that a walk comes to, as a stream: of what the sender may see. */
export function exportRoutes(
  storeFor: (request: Request) => Store,
  logger: Logger,
  walks: Walks,
  walkTimeoutMs: number,
): Router {
  const routes = Router()
  routes.all('/lineage', onlyGet, async (request, response) => {
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    let done: () => void = () => undefined
    try {
      const args = readExportQuery(request.query)
      done = walks.begin(1)
      const { format, nodes, edges, pieces } = await exportLineage(
        storeFor(request),
        args,
        walkTimeoutMs,
        gone.signal,
      )
      response.attachment(fileName(args, format.extension))
      response.set({
        'content-type': format.contentType,
        'headwater-nodes': String(nodes),
        'headwater-edges': String(edges),
      })
      // Waits for the client, and ends with it. What fails on the way breaks the connection: half an export must not
      // look whole.
      await pipeline(pieces, response)
    } catch (error) {
      if (gone.signal.aborted && !response.headersSent) return
      answerError(error, response, logger)
    } finally {
      done()
    }
  })
  return routes
}

const onlyGet: RequestHandler = (request, response, next) => {
  if (request.method === 'GET') return next()
  response
    .status(405)
    .set('allow', 'GET')
    .json(errorBody('BAD_USER_INPUT', `${request.method} ${request.baseUrl}${request.path}: expected GET`))
}

function answerError(error: unknown, response: Response, logger: Logger): void {
  // The client has gone, and all is as it should be.
  if (response.headersSent && response.destroyed && isEarlyEnd(error)) return
  const { message, extensions } = describeError(error, logger)
  if (response.headersSent) {
    response.destroy()
    return
  }
  const { status, headers } = statusOfError(extensions.code)
  response
    .status(status)
    .set(headers)
    .json({ errors: [{ message, extensions }] })
}

function isEarlyEnd(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE'
}

function fileName(args: ExportArgs, extension: string): string {
  const title = 'selection' in args ? args.selection : args.root.key
  const name = title.slice(0, LONGEST_NAME).replace(/[^\p{L}\p{M}\p{N}._-]+/gu, '-')
  return `lineage-${name}.${extension}`
}
