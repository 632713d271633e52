import { once } from 'node:events'
import WebSocket from 'ws'

/** Whoever is told of everything. */
export const FOLLOW = 'subscription { materializationRecorded { watermark } }'

/** A message that begins an operation. */
export const operation = (id: string, query: string, variables = {}) => ({
  id,
  type: 'subscribe',
  payload: { query, variables },
})

/** How many subscriptions are under way. */
export async function subscriptionsOf({ url }: { url: string }): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Number(/^headwater_subscriptions (\d+)$/m.exec(text)?.[1])
}

/** A websocket that sends whatever it is told to. */
export interface RawWebSocket extends Disposable {
  socket: WebSocket
  send(message: unknown): void
  /** The next message that is no ping. */
  next(): Promise<Record<string, unknown>>
  /** With what code and reason it was closed. */
  closed: Promise<{ code: number; reason: string }>
}

/** Opens one; with `isAcknowledged` until it is known who calls. */
export async function openWebSocket(
  url: string,
  {
    isAcknowledged = true,
    payload,
    headers = {},
  }: { isAcknowledged?: boolean; payload?: unknown; headers?: Record<string, string> } = {},
): Promise<RawWebSocket> {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws', { headers })
  const messages: Record<string, unknown>[] = []
  let wake = (): void => undefined
  socket.on('message', (data) => {
    const message = JSON.parse(String(data))
    if (message.type === 'ping') return
    messages.push(message)
    wake()
  })
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.once('close', (code, reason) => resolve({ code, reason: String(reason) }))
  })
  await new Promise((resolve, reject) => {
    socket.once('open', resolve).once('error', reject)
  })
  const raw: RawWebSocket = {
    socket,
    closed,
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    next: async () => {
      for (;;) {
        const message = messages.shift()
        if (message !== undefined) return message
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
    [Symbol.dispose]: () => socket.terminate(),
  }
  if (isAcknowledged) {
    raw.send({ type: 'connection_init', ...(payload === undefined ? {} : { payload }) })
    await raw.next()
  }
  return raw
}

/** What a websocket that is not let in is answered with. */
export async function refusedWebSocket(
  url: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: { errors: { message: string; extensions: { code: string } }[] } }> {
  const socket = new WebSocket(url.replace(/^http/, 'ws') + path, 'graphql-transport-ws', { headers })
  socket.on('error', () => undefined)
  const [, response] = await once(socket, 'unexpected-response')
  let text = ''
  for await (const chunk of response) text += chunk
  return { status: response.statusCode, body: JSON.parse(text) }
}
