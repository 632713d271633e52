import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server that answers as a test needs it, where a real one could not be brought to. */
export interface FakeServer extends AsyncDisposable {
  url: string
  /** The number of requests that came. */
  readonly requests: number
}

export async function startFakeServer(answer: RequestListener): Promise<FakeServer> {
  let requests = 0
  const server = createServer((request, response) => {
    requests++
    request.resume()
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    get requests() {
      return requests
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
