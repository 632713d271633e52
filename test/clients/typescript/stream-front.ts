import { request, type ServerResponse } from 'node:http'
import { type FakeServer, startFakeServer } from './fake-server.js'

/** What happens to a subscription on its way: HTTP 503, a stream that says nothing after its beginning, or one that ends with it. */
export type StreamMishap = 'away' | 'silence' | 'end'

/** Stands before a server. Subscriptions pass once all mishaps have happened; all else passes. */
export interface StreamFront extends FakeServer {
  /** How many subscriptions are open. */
  readonly open: number
  /** Ends all that are open: as a server that stops, or in the middle of what is sent. */
  endAll(how: 'in order' | 'broken'): void
  /** Resolves when none is open. */
  allGone(): Promise<void>
}

export async function startStreamFront(target: string, mishaps: StreamMishap[] = []): Promise<StreamFront> {
  const open = new Set<ServerResponse>()
  let gone: () => void = () => undefined
  const front = await startFakeServer((incoming, response) => {
    const isStream = incoming.headers.accept === 'text/event-stream'
    if (isStream) {
      open.add(response)
      response.once('close', () => {
        open.delete(response)
        if (open.size === 0) gone()
      })
      const mishap = mishaps.shift()
      if (mishap === 'away') return void response.writeHead(503, { 'retry-after': '0' }).end('<h1>away</h1>')
      if (mishap !== undefined) {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write(':\n\n')
        if (mishap === 'end') response.end()
        return
      }
    }
    const { method, headers } = incoming
    const onward = request(`${target}${incoming.url}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers)
      answer.pipe(response, { end: !isStream })
      answer.once('close', () => response.end())
    })
    onward.on('error', () => response.destroy())
    response.once('close', () => onward.destroy())
    incoming.pipe(onward)
  })
  return {
    url: front.url,
    get requests() {
      return front.requests
    },
    get open() {
      return open.size
    },
    endAll: (how) => {
      for (const response of open) {
        if (how === 'in order') response.end()
        else {
          // What is begun is not to be taken for whole.
          response.write('event: next\ndata: {"data":{"materializationRec')
          response.destroy()
        }
      }
    },
    allGone: () =>
      new Promise((resolve) => {
        if (open.size === 0) resolve()
        else gone = resolve
      }),
    [Symbol.asyncDispose]: () => front[Symbol.asyncDispose](),
  }
}
