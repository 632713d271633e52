import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import {
  FOLLOW,
  openWebSocket,
  operation,
  type RawWebSocket,
  subscriptionsOf,
} from '../harness/raw-websocket.js'
import { record } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

test.each([
  ['what is no message', 4400, (socket: RawWebSocket) => socket.send('nonsense')],
  [
    'what servers say, said by a client,',
    4400,
    (socket: RawWebSocket) => socket.send({ id: '1', type: 'next', payload: {} }),
  ],
  [
    'an operation before it is known who calls',
    4401,
    (socket: RawWebSocket) => socket.send(operation('1', FOLLOW)),
  ],
  [
    'saying twice who calls',
    4429,
    (socket: RawWebSocket) => {
      socket.send({ type: 'connection_init' })
      socket.send({ type: 'connection_init' })
    },
  ],
])('%s closes with %i', async (_what, code, misbehave) => {
  using socket = await openWebSocket(server.url, { isAcknowledged: false })
  misbehave(socket)
  expect((await socket.closed).code).toBe(code)
})

test('an id that is in use closes with 4409', async () => {
  using socket = await openWebSocket(server.url)
  socket.send(operation('1', FOLLOW))
  socket.send(operation('1', FOLLOW))
  expect((await socket.closed).code).toBe(4409)
})

test('what is wrong with one operation leaves the others alone', async () => {
  using socket = await openWebSocket(server.url)
  const { watermark } = await record(server, { assets: [{ key: 'mark' }] })
  socket.send(
    operation('good', `subscription { materializationRecorded(after: "${watermark}") { watermark } }`),
  )
  for (const query of [
    'subscription { materializationRecorded @skip(if: true) { watermark } }',
    'subscription ($b: Boolean!) { materializationRecorded @skip(if: $b) { watermark } }',
    'subscription ($b: Boolean = true) { materializationRecorded @include(if: $b) { watermark } }',
  ]) {
    socket.send(operation('bad', query))
    expect(await socket.next()).toMatchObject({
      id: 'bad',
      type: 'error',
      payload: [{ extensions: { code: 'BAD_USER_INPUT' } }],
    })
  }
  await record(server, { assets: [{ key: 'told' }] })
  expect(await socket.next()).toMatchObject({ id: 'good', type: 'next' })
})

test.each([[1], [{ version: 1 }], [{ version: 1, sha256Hash: 1 }], [{ version: 2, sha256Hash: 'x' }], ['x']])(
  'a persisted query that is none, %j, is refused as by HTTP',
  async (persistedQuery) => {
    using socket = await openWebSocket(server.url)
    const payload = { query: '{ __typename }', extensions: { persistedQuery } }
    socket.send({ id: '1', type: 'subscribe', payload })
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      body: JSON.stringify(payload),
      headers: { 'content-type': 'application/json' },
    })
    const { errors } = (await response.json()) as { errors: unknown[] }
    expect([response.status, await socket.next()]).toEqual([400, { id: '1', type: 'error', payload: errors }])
  },
)

test('an event stream by GET is not for pages of other sites', async () => {
  const response = await fetch(`${server.url}/graphql?${new URLSearchParams({ query: FOLLOW })}`, {
    headers: { accept: 'text/event-stream', origin: 'https://elsewhere.example' },
  })
  expect([response.status, await response.json()]).toMatchObject([
    403,
    { errors: [{ extensions: { code: 'FORBIDDEN' } }] },
  ])
})

test('clients that go while their subscriptions begin leave nothing behind', async () => {
  const body = JSON.stringify({ query: FOLLOW })
  for (let at = 0; at < 30; at++) {
    const leaving = new AbortController()
    const asked = fetch(`${server.url}/graphql`, {
      method: 'POST',
      body,
      headers: { accept: 'text/event-stream', 'content-type': 'application/json' },
      signal: leaving.signal,
    }).catch(() => undefined)
    setTimeout(() => leaving.abort(), at % 6)
    await asked
    leaving.abort()
  }
  while ((await subscriptionsOf(server)) > 0);
})

test('a request that offers another protocol is answered as if it had not', async () => {
  for (const upgrade of ['h2c', 'TLS/1.2']) {
    const request = httpRequest(`${server.url}/graphql`, {
      method: 'POST',
      headers: { connection: 'Upgrade', upgrade, 'content-type': 'application/json' },
    })
    request.end('{"query":"{ __typename }"}')
    const [response] = await once(request, 'response')
    expect(response.statusCode).toBe(200)
    response.resume()
  }
})

test('queries and mutations are answered too', async () => {
  using socket = await openWebSocket(server.url)
  socket.send(
    operation(
      'm',
      'mutation { recordMaterializations(input: { jobId: "j", assets: [{ key: "by/websocket" }] }) { duplicate } }',
    ),
  )
  expect(await socket.next()).toEqual({
    id: 'm',
    type: 'next',
    payload: { data: { recordMaterializations: { duplicate: false } } },
  })
  expect(await socket.next()).toEqual({ id: 'm', type: 'complete' })
  socket.send(operation('q', '{ asset(key: "by/websocket") { key } }'))
  expect(await socket.next()).toMatchObject({ payload: { data: { asset: { key: 'by/websocket' } } } })
})

test('a server that stops closes with 1001, and ends event streams without saying that they are complete', async () => {
  const stopping = await startTestServer({ database: server.database })
  using socket = await openWebSocket(stopping.url)
  socket.send(operation('1', FOLLOW))
  const stream = await fetch(`${stopping.url}/graphql?query=${encodeURIComponent(FOLLOW)}`, {
    headers: { accept: 'text/event-stream' },
  })
  await stopping.stop()
  expect(await socket.closed).toEqual({ code: 1001, reason: 'the server is stopping' })
  expect(await stream.text()).not.toContain('complete')
})
