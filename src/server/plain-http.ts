import type { IncomingMessage, ServerResponse } from 'node:http'

/** A step of answering that needs nothing of express, and works in it too. */
export type Step = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void

/** Answers with JSON. */
export function answerJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const text = JSON.stringify(body)
  response.writeHead(status, {
    ...headers,
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}

/** What still comes of a body that nobody wants is thrown away, up to here. */
const THROWN_AWAY = { bytes: 256 * 1024 * 1024, ms: 10_000 }

/**
 * Answers with JSON a request whose body has not been read to its end, and closes the connection. Most clients read no answer before they
 * have sent everything, and where the connection is cut under them they never do: so it stays until all has come, within
 * bounds. Who does read the answer has it at once.
 */
export function answerUnread(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (request.readableEnded || request.destroyed) {
    answerJson(response, status, body, headers)
    return
  }
  const text = JSON.stringify(body)
  response.writeHead(status, {
    ...headers,
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    connection: 'close',
  })
  response.write(text)
  throwAway(request, () => response.end())
}

function throwAway(request: IncomingMessage, done: () => void): void {
  let bytes = 0
  const stop = () => {
    clearTimeout(enough)
    request.off('data', count).off('end', stop).off('close', stop)
    done()
  }
  const enough = setTimeout(stop, THROWN_AWAY.ms)
  const count = (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > THROWN_AWAY.bytes) stop()
  }
  request.on('data', count).once('end', stop).once('close', stop).resume()
}
