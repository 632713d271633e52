import { createServer } from 'node:http'
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
}

export async function startUnreliableProxy(target: string, mishaps: Mishap[]): Promise<UnreliableProxy> {
  let requests = 0
  const waiting: { requests: number; resolve: () => void }[] = []
  const proxy = createServer(async (request, response) => {
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
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const { port } = proxy.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    get requests() {
      return requests
    },
    reached: (count) => new Promise((resolve) => waiting.push({ requests: count, resolve })),
    [Symbol.asyncDispose]: async () => {
      proxy.closeAllConnections()
      await new Promise((resolve) => proxy.close(resolve))
    },
  }
}
