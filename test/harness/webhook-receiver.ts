import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request that came to a receiver. */
export interface Received {
  id: string
  type: string
  data: Record<string, unknown>
  headers: IncomingHttpHeaders
  body: string
}

/** How a receiver answers; by default with 204. */
export type Answering = (response: ServerResponse, received: Received) => void

/** Somebody who is told, on this machine. */
export interface Receiver extends AsyncDisposable {
  url: string
  /** All that has come, in order. */
  received: Received[]
  /** Those that were answered with 204, each once. */
  taken(): Received[]
  /** From now on. */
  answering: Answering
  /** Settles once so much has come. */
  until(isEnough: (receiver: Receiver) => boolean): Promise<void>
}

export const take: Answering = (response) => void response.writeHead(204).end()

/** So the server may send to it. */
export const RECEIVED_HERE = { HEADWATER_WEBHOOK_HOSTS: '127.0.0.1', HEADWATER_WEBHOOK_POLL_MS: '20' }

/** So the server has webhooks of it, and leaves it to others to look for what they are to be told. */
export const TOLD_BY_OTHERS = { ...RECEIVED_HERE, HEADWATER_WEBHOOK_POLL_MS: '600000' }

export async function startReceiver(port = 0): Promise<Receiver> {
  const waiting: { isEnough: (receiver: Receiver) => boolean; resolve: () => void }[] = []
  const taken = new Map<string, Received>()
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const { type, data } = JSON.parse(body) as Pick<Received, 'type' | 'data'>
      const received = {
        id: String(request.headers['webhook-id']),
        type,
        data,
        headers: request.headers,
        body,
      }
      receiver.received.push(received)
      response.once('finish', () => {
        if (response.statusCode === 204) taken.set(received.id, taken.get(received.id) ?? received)
        look()
      })
      receiver.answering(response, received)
      look()
    })
  })
  const look = () => {
    for (const one of waiting.splice(0))
      if (one.isEnough(receiver)) one.resolve()
      else waiting.push(one)
  }
  // What a test that fails leaves behind holds up nothing.
  server.listen(port, '127.0.0.1').unref()
  await once(server, 'listening')
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received: [],
    taken: () => [...taken.values()],
    answering: take,
    until: (isEnough) =>
      new Promise((resolve) => {
        waiting.push({ isEnough, resolve })
        look()
      }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return receiver
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}
