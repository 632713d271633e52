import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { readToken } from '../../src/lineage/access/token.js'
import { openTokens } from '../../src/store/prisma/api-tokens.js'
import { grant, startGuardedServer, tokenFor } from '../harness/callers.js'
import {
  FOLLOW,
  openWebSocket,
  operation,
  type RawWebSocket,
  refusedWebSocket,
  subscriptionsOf,
} from '../harness/raw-websocket.js'
import { record } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'
import { subscribe } from '../harness/subscriber.js'

describe('limits', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer({
      variables: {
        HEADWATER_BODY_LIMIT_BYTES: '4096',
        HEADWATER_JSON_DEPTH: '16',
        HEADWATER_WEBSOCKETS: '3',
        HEADWATER_WEBSOCKET_OPERATIONS: '2',
        HEADWATER_SUBSCRIPTIONS: '4',
        HEADWATER_QUERY_DEPTH: '8',
      },
    })
  })
  afterAll(() => server[Symbol.asyncDispose]())

  /** Whether the server has come to have so many: it hears of what has been closed a moment later. */
  async function roomFor(open: () => Promise<RawWebSocket>): Promise<RawWebSocket> {
    for (;;) {
      try {
        return await open()
      } catch {
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
  }
  const opened = () => roomFor(() => openWebSocket(server.url))

  test('a message that is too large closes with 1009, one that nests too deeply with 4400', async () => {
    using large = await opened()
    large.send(operation('1', `{ __typename } # ${'x'.repeat(5_000)}`))
    expect((await large.closed).code).toBe(1009)
    using deep = await opened()
    deep.send(operation('1', '{ __typename }', JSON.parse(`${'['.repeat(20)}${']'.repeat(20)}`)))
    expect(await deep.closed).toEqual({
      code: 4400,
      reason: expect.stringContaining('levels (HEADWATER_JSON_DEPTH)'),
    })
  })

  test('one websocket too many is 503 with Retry-After', async () => {
    using _one = await opened()
    using _two = await opened()
    using _three = await opened()
    const { status, body } = await refusedWebSocket(server.url, '/graphql')
    expect([status, body.errors[0]]).toEqual([
      503,
      {
        message:
          'expected at most 3 websockets at once (HEADWATER_WEBSOCKETS), got one more; try again later',
        extensions: { code: 'SERVICE_UNAVAILABLE' },
      },
    ])
  })

  test('operations on one websocket, and subscriptions of all, are bounded; what ends makes room', async () => {
    using one = await opened()
    using two = await opened()
    for (const socket of [one, two]) {
      socket.send(operation('a', FOLLOW))
      socket.send(operation('b', FOLLOW))
      socket.send(operation('c', FOLLOW))
      expect(await socket.next()).toEqual({
        id: 'c',
        type: 'error',
        payload: [
          {
            message:
              'expected at most 2 operations at once on a websocket (HEADWATER_WEBSOCKET_OPERATIONS), got one more',
            extensions: { code: 'QUERY_TOO_COMPLEX' },
          },
        ],
      })
    }
    const follow = () =>
      fetch(`${server.url}/graphql?query=${encodeURIComponent(FOLLOW)}`, {
        headers: { accept: 'text/event-stream' },
      })
    while ((await subscriptionsOf(server)) < 4);
    const beyond = await follow()
    expect([beyond.status, await beyond.json()]).toEqual([
      503,
      {
        errors: [
          {
            message:
              'expected at most 4 subscriptions at once (HEADWATER_SUBSCRIPTIONS), got one more; try again later',
            extensions: { code: 'SERVICE_UNAVAILABLE' },
          },
        ],
      },
    ])
    one.send({ id: 'a', type: 'complete' })
    let response = await follow()
    // The server hears of it a moment later.
    while (response.status === 503) response = await follow()
    expect(response.status).toBe(200)
    await response.body?.cancel()
  })

  test('the limits of queries are those of HTTP, and what is wrong is said as there', async () => {
    using socket = await opened()
    const refusal = async (query: string) => {
      socket.send(operation('1', query))
      const { payload } = await socket.next()
      return payload
    }
    const over = async (query: string) => (await server.ask(query)).errors
    const deep = `${'{ assets { nodes { upstream '.repeat(1)}{ nodes { upstream { nodes { upstream { nodes { key } } } } } } } } }`
    for (const query of [deep, '{ nothing }', '{']) expect(await refusal(query)).toEqual(await over(query))
    const subscription = `subscription { materializationRecorded { materialization { asset ${'{ upstream { nodes '.repeat(3)}{ key } ${'} } '.repeat(3)} } } }`
    expect(await refusal(subscription)).toEqual([
      {
        message: expect.stringContaining('HEADWATER_QUERY_DEPTH'),
        extensions: { code: 'QUERY_TOO_COMPLEX' },
      },
    ])
  })

  test('a subscription by plain HTTP is refused, with the ways that it can come', async () => {
    const { status, errors } = await server.ask(FOLLOW)
    expect([status, errors[0]?.message]).toEqual([
      400,
      'expected a query or a mutation, got a subscription: send it over a websocket (graphql-transport-ws), or ask for it as text/event-stream',
    ])
  })
})

describe('who may subscribe', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startGuardedServer()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  test('a token comes in the header or in what is said first; without one it is closed with 4403', async () => {
    const authorization = `Bearer ${await tokenFor(server, [grant('READ', 'own')])}`
    for (const given of [{ headers: { authorization } }, { payload: { Authorization: authorization } }]) {
      using socket = await openWebSocket(server.url, given)
      socket.send(operation('1', '{ __typename }'))
      expect(await socket.next()).toMatchObject({ payload: { data: { __typename: 'Query' } } })
    }
    for (const payload of [undefined, { authorization: 'Bearer hw_nonsense' }, { authorization: 7 }]) {
      using socket = await openWebSocket(server.url, { isAcknowledged: false })
      socket.send({ type: 'connection_init', payload })
      expect(await socket.closed).toEqual({ code: 4403, reason: expect.stringMatching(/^expected a token/) })
    }
  })

  test('who may read but not record is refused by a mutation as over HTTP', async () => {
    const authorization = `Bearer ${await tokenFor(server, [grant('READ', 'own')])}`
    using socket = await openWebSocket(server.url, { headers: { authorization } })
    socket.send(
      operation(
        'm',
        'mutation { recordMaterializations(input: { jobId: "j", assets: [{ key: "k", namespace: "own" }] }) { duplicate } }',
      ),
    )
    expect(await socket.next()).toMatchObject({
      type: 'error',
      payload: [{ extensions: { code: 'FORBIDDEN' } }],
    })
  })

  test('a token that is revoked ends what was begun with it', async () => {
    const text = await tokenFor(server, [grant('READ', 'own')])
    using socket = await openWebSocket(server.url, { headers: { authorization: `Bearer ${text}` } })
    socket.send(operation('1', FOLLOW))
    await using stream = subscribe(server.url, FOLLOW, { transport: 'event stream', token: text })
    const ended = expect(stream.answer()).rejects.toThrow()
    const tokens = openTokens({
      url: server.database.url,
      connections: 1,
      connectTimeoutMs: 10_000,
      statementTimeoutMs: 10_000,
    })
    await tokens.revoke(readToken(text)?.prefix ?? '', new Date())
    await tokens.close()
    expect((await socket.closed).code).toBe(4403)
    await ended
  })

  test('a page of another site is refused a websocket', async () => {
    const { status, body } = await refusedWebSocket(server.url, '/graphql', {
      origin: 'https://evil.example',
    })
    expect([status, body.errors[0]?.extensions.code]).toEqual([403, 'FORBIDDEN'])
    using own = await openWebSocket(server.url, { isAcknowledged: false, headers: { origin: server.url } })
    expect(own.socket.readyState).toBe(own.socket.OPEN)
    // A name has no case, and the port that a protocol has anyway may be said or not.
    for (const [origin, host] of [
      ['https://lineage.example', 'LINEAGE.example:443'],
      ['http://lineage.example', 'lineage.example'],
    ] as const) {
      using same = await openWebSocket(server.url, { isAcknowledged: false, headers: { origin, host } })
      expect(same.socket.readyState).toBe(same.socket.OPEN)
    }
  })

  test('a mutation as an event stream by GET, which a page of another site can cause, does nothing', async () => {
    const token = await tokenFor(server, [grant('RECORD')])
    const mutation =
      'mutation { recordMaterializations(input: { jobId: "j", assets: [{ key: "by/get" }] }) { duplicate } }'
    const response = await fetch(`${server.url}/graphql?query=${encodeURIComponent(mutation)}`, {
      headers: { accept: 'text/event-stream', authorization: `Bearer ${token}` },
    })
    expect(await response.text()).toContain('expected a mutation by POST, got one by GET')
    expect((await server.database.sql('SELECT FROM asset')).length).toBe(0)
  })

  test('nothing but /graphql is a websocket', async () => {
    expect((await refusedWebSocket(server.url, '/other')).status).toBe(404)
  })
})

describe('a client that reads slowly', () => {
  test('is closed with 1013 where it reads nothing, memory stays bounded, and it goes on where it was', async () => {
    await using server = await startTestServer({ variables: { HEADWATER_SLOW_CLIENT_MS: '1000' } })
    const { watermark } = await record(server, { assets: [{ key: 'mark' }] })
    const metadata = { text: 'x'.repeat(100_000) }
    for (let at = 0; at < 200; at++) await record(server, { assets: [{ key: `large/${at}`, metadata }] })
    const follow = (after: string) => ({
      query: `subscription { materializationRecorded(after: "${after}") { materialization { metadata asset { key } } watermark } }`,
    })
    using socket = await openWebSocket(server.url)
    socket.socket.pause()
    socket.send({ id: '1', type: 'subscribe', payload: follow(watermark) })
    await new Promise((resolve) => setTimeout(resolve, 5_000))
    socket.socket.resume()
    const keys: string[] = []
    let after = watermark
    let isClosed = false
    const closed = socket.closed.then((by) => {
      isClosed = true
      return by
    })
    while (!isClosed) {
      const message = await Promise.race([socket.next(), closed.then(() => null)])
      if (message === null) break
      const { materializationRecorded: event } = (
        message as unknown as {
          payload: {
            data: {
              materializationRecorded: { materialization: { asset: { key: string } }; watermark: string }
            }
          }
        }
      ).payload.data
      keys.push(event.materialization.asset.key)
      after = event.watermark
    }
    expect((await closed).code).toBe(1013)
    // Neither all of it was sent, nor kept for it.
    expect(keys.length).toBeLessThan(200)
    await using again = subscribe<{
      materializationRecorded: { materialization: { asset: { key: string } } }
    }>(server.url, follow(after).query)
    while (keys.length < 200)
      keys.push((await again.next()).materializationRecorded.materialization.asset.key)
    expect(keys).toEqual(Array.from({ length: 200 }, (_, at) => `large/${at}`))
  })
})
