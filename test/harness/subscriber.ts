import type { ExecutionResult } from 'graphql'
import { createClient as createSseClient } from 'graphql-sse'
import { type Client, createClient as createWsClient } from 'graphql-ws'
import WebSocket from 'ws'

/** The ways in which a subscription comes. */
export const TRANSPORTS = ['websocket', 'event stream'] as const
export type Transport = (typeof TRANSPORTS)[number]

/** What a subscription answers with, one thing after the other. */
export interface Subscription<Data> extends AsyncDisposable {
  /** The data of the next answer, which must have no errors. */
  next(): Promise<Data>
  /** The next answer, whatever it says; null where there will be none. */
  answer(): Promise<ExecutionResult<Data, unknown> | null>
}

export interface SubscribeOptions {
  transport?: Transport
  variables?: Record<string, unknown>
  token?: string
}

/** Subscribes at a server, by clients that others use. */
export function subscribe<Data>(
  url: string,
  query: string,
  { transport = 'websocket', variables, token }: SubscribeOptions = {},
): Subscription<Data> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const client =
    transport === 'websocket'
      ? websocketClient(url, headers)
      : createSseClient({ url: `${url}/graphql`, retryAttempts: 0, headers, fetchFn: fetch })
  const answers = client.iterate<Data>({ query, ...(variables === undefined ? {} : { variables }) })
  const answer = async () => {
    const { done, value } = await answers.next()
    return done ? null : (value as ExecutionResult<Data, unknown>)
  }
  return {
    answer,
    next: async () => {
      const found = await answer()
      if (found?.data == null || found.errors !== undefined)
        throw new Error(`expected data, got ${JSON.stringify(found)}`)
      return found.data
    },
    [Symbol.asyncDispose]: async () => {
      await answers.return?.()
      await client.dispose()
    },
  }
}

/** Says each time what went wrong; never connects again by itself. */
function websocketClient(url: string, connectionParams: Record<string, unknown> = {}): Client {
  return createWsClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams,
    retryAttempts: 0,
    lazyCloseTimeout: 0,
  })
}
