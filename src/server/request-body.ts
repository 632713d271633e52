import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate } from 'node:zlib'

/** A request that HTTP alone says cannot be taken. */
export class RefusedRequest extends Error {
  constructor(
    readonly status: 400 | 403 | 413 | 415,
    message: string,
  ) {
    super(message)
  }
}

/** The same of one that is larger than `limit` bytes. */
export class TooLargeRequest extends RefusedRequest {
  constructor(readonly limit: number) {
    super(413, `a body of more than ${limit} bytes`)
  }
}

const INFLATE = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
}

/**
 * The body of a request, inflated. Throws a TooLargeRequest as soon as it is known to be of more than `limit` bytes, as it
 * comes or inflated, with the rest unread: by its Content-Length before any of it is.
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const encoding = (request.headers['content-encoding'] ?? 'identity').toLowerCase()
  if (encoding !== 'identity' && !Object.hasOwn(INFLATE, encoding))
    throw new RefusedRequest(
      415,
      `expected Content-Encoding gzip, deflate or br, got ${encoding.slice(0, 100)}`,
    )
  if (isLonger(request, limit)) throw new TooLargeRequest(limit)
  const body = await collected(request, limit)
  if (encoding === 'identity') return body
  try {
    return await INFLATE[encoding as keyof typeof INFLATE](body, { maxOutputLength: limit })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ERR_BUFFER_TOO_LARGE') throw new TooLargeRequest(limit)
    throw new RefusedRequest(400, `expected a body in ${encoding}: ${message}`)
  }
}

/** Whether a request says itself that its body is longer. */
export function isLonger({ headers }: IncomingMessage, limit: number): boolean {
  return Number(headers['content-length'] ?? 0) > limit
}

function collected(request: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const settled = () => request.off('data', take).off('end', finish).off('close', fail).off('error', fail)
    const take = (chunk: Buffer) => {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes <= limit) return
      settled()
      request.pause()
      reject(new TooLargeRequest(limit))
    }
    const finish = () => {
      settled()
      resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, bytes))
    }
    const fail = () => {
      settled()
      reject(new RefusedRequest(400, 'the connection broke before the whole body had come'))
    }
    request.on('data', take).once('end', finish).once('close', fail).once('error', fail)
  })
}
