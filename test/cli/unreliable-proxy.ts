import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What happens to one request: refused at once, delivered but its answer lost, or passed through. */
export type Mishap = 'refuse' | 'lose the answer' | 'none'

/** Stands before a server; the n-th request meets the n-th mishap, later ones none. */
export interface UnreliableProxy extends AsyncDisposable {
  url: string
  /** The number of requests that came. */
  readonly requests: number
  /** Settles when so many have come. */
  reached(requests: number): Promise<void>
  /** Settles when the server has answered all that has come, also what nobody waits for any more. */
  answered(): Promise<unknown>
}

export async function startUnreliableProxy(target: string, mishaps: Mishap[]): Promise<UnreliableProxy> {
  let requests = 0
  const waiting: { requests: number; resolve: () => void }[] = []
  const underWay = new Set<Promise<void>>()
  const proxy = createServer((request, response) => {
    // A client that is killed may take its request with it.
    const passed = pass(request, response).catch(() => undefined)
    underWay.add(passed)
    void passed.then(() => underWay.delete(passed))
  })
  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const mishap = mishaps[requests++] ?? 'none'
    for (const one of waiting) if (one.requests <= requests) one.resolve()
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    if (mishap === 'refuse') {
      response.writeHead(503, { 'content-type': 'text/html' }).end('<h1>away for the moment</h1>')
      return
    }
    const answer = await fetch(`${target}${request.url}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: Buffer.concat(chunks),
    })
    const body = await answer.text()
    if (mishap === 'lose the answer') request.socket.destroy()
    else response.writeHead(answer.status, { 'content-type': 'application/json' }).end(body)
  }
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const { port } = proxy.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    get requests() {
      return requests
    },
    answered: () => Promise.allSettled(underWay),
    reached: (count) => new Promise((resolve) => waiting.push({ requests: count, resolve })),
    [Symbol.asyncDispose]: async () => {
      proxy.closeAllConnections()
      await new Promise((resolve) => proxy.close(resolve))
    },
  }
}
