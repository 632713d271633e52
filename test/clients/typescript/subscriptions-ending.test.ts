import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { LineageClient, type TypedDocument } from '../../../clients/typescript/src/index.js'
import { startGuardedServer } from '../../harness/callers.js'
import { startTestServer, type TestServer } from '../../harness/server.js'
import { startDatabaseProxy } from '../../harness/tcp-proxy.js'
import { startFakeServer } from './fake-server.js'
import * as following from './following.js'
import { clientOf, failureOf, next, nextIds } from './following.js'
import { startStreamFront } from './stream-front.js'

let server: TestServer
let client: LineageClient
beforeAll(async () => {
  server = await startTestServer()
  client = clientOf(server.url)
})
afterAll(() => server[Symbol.asyncDispose]())

const recorded = (count: number, { by = client, key = 'a' } = {}) => following.recorded(count, { by, key })
const more = (count: number, { by = client, key = 'a' } = {}) => following.more(count, { by, key })

describe('where it cannot go on', () => {
  test('a watermark that is none is said at once', async () => {
    const error = await failureOf(client.materializationRecorded({ after: 'nonsense' }))
    expect(error).toMatchObject({
      name: 'SubscriptionEndedError',
      code: 'BAD_USER_INPUT',
      watermark: 'nonsense',
      isTransient: false,
    })
  })

  test('a token that does not count, or none, is said at once', async () => {
    await using guarded = await startGuardedServer()
    for (const options of [{}, { token: 'hw_nonsense' }]) {
      const error = await failureOf(
        clientOf(guarded.url, options).materializationRecorded({ after: 'whatever' }),
      )
      expect(error).toMatchObject({ code: 'UNAUTHENTICATED', status: 401, watermark: 'whatever' })
    }
  })

  test('what may not be asked, or is no Headwater, is said at once', async () => {
    await using fake = await startFakeServer((_request, response) => {
      const errors = [{ message: 'not yours', extensions: { code: 'FORBIDDEN' } }]
      response.writeHead(403).end(JSON.stringify({ errors }))
    })
    expect(await failureOf(clientOf(fake.url).stalenessChanged())).toMatchObject({ code: 'FORBIDDEN' })
    await using other = await startFakeServer((_request, response) => void response.end('{"data":{}}'))
    expect(await failureOf(clientOf(other.url).dagStatusChanged('run'))).toMatchObject({
      code: 'UNEXPECTED_ANSWER',
      message: `${other.url}/graphql answered with no stream of events`,
    })
    expect([fake.requests, other.requests]).toEqual([1, 1])
  })

  test('after long enough the error holds the watermark that one can go on from', async () => {
    await using proxy = await startDatabaseProxy(server.url)
    const { ids, before } = await recorded(2)
    const events = clientOf(proxy.url).materializationRecorded({
      after: before,
      giveUpAfterMs: 150,
      onReconnect: () => undefined,
    })
    const seen = await nextIds(events, 1)
    const { watermark } = await next(events)
    seen.push(ids[1] ?? '')
    proxy.cut()
    const error = await failureOf(events)
    expect(error).toMatchObject({ code: 'CONNECTION_FAILED', watermark, isTransient: true })
    expect(error.cause).toMatchObject({ name: 'HeadwaterError', code: 'CONNECTION_FAILED' })
    ids.push(...(await more(2)))
    const goneOn = client.materializationRecorded({ after: error.watermark })
    seen.push(...(await nextIds(goneOn, 2)))
    await goneOn.return()
    expect(seen).toEqual(ids)
  })

  test('a server that breaks every stream off is given up as well', async () => {
    await using fake = await startFakeServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(':\n\n')
    })
    const bounds = { giveUpAfterMs: 100, onReconnect: () => undefined }
    const error = await failureOf(clientOf(fake.url).dagStatusChanged('run', bounds))
    expect(error).toMatchObject({ code: 'CONNECTION_FAILED', watermark: undefined })
    expect(fake.requests).toBeGreaterThan(2)
  })

  test('a server that wants to be left alone for longer than one waits is', async () => {
    await using fake = await startFakeServer((_request, response) => {
      response.writeHead(503, { 'retry-after': '3600' }).end()
    })
    const error = await failureOf(clientOf(fake.url).dagStatusChanged('run'))
    expect(error).toMatchObject({ status: 503, retryAfterMs: 3_600_000 })
    expect(fake.requests).toBe(1)
  })

  test('bounds that are none are refused', () => {
    expect(() => client.materializationRecorded({ silenceMs: 0 })).toThrow(/^silenceMs: expected 1 to/)
    expect(() => client.stalenessChanged({ giveUpAfterMs: Number.NaN })).toThrow(/^giveUpAfterMs: /)
  })
})

describe('ending it', () => {
  test('a signal ends it with its reason, while it waits and before', async () => {
    await using front = await startStreamFront(server.url)
    const stop = new AbortController()
    const events = clientOf(front.url).dagStatusChanged('run', { signal: stop.signal })
    expect(await next(events)).toEqual([])
    const waiting = events.next()
    const reason = new Error('enough')
    stop.abort(reason)
    await expect(waiting).rejects.toBe(reason)
    await front.allGone()
    await expect(client.dagStatusChanged('run', { signal: stop.signal }).next()).rejects.toBe(reason)
  })

  test('returning closes the connection, also while something is waited for', async () => {
    await using front = await startStreamFront(server.url)
    for await (const _ of clientOf(front.url).dagStatusChanged('run')) break
    await front.allGone()
    const events = clientOf(front.url).dagStatusChanged('run')
    await next(events)
    const waiting = events.next()
    await events.return()
    expect(await waiting).toEqual({ done: true, value: undefined })
    await front.allGone()
    expect(front.requests).toBe(2)
  })
})

test('events come together from whatever pieces they are sent in', async () => {
  const answer = JSON.stringify({ data: { dagStatusChanged: 'Größe €😀' } })
  const [front, back] = [answer.slice(0, 9), answer.slice(9)]
  const text = [
    '\r\n: ping\r\n\r\n',
    `event:next\r\ndata:${front}\r\ndata: ${back}\r\nid: 7\r\nretry\r\n\r\n`,
    `event: next\ndata: ${answer}\n\n`,
    'event: complete\ndata:\n\n',
  ].join('')
  await using fake = await startFakeServer(async (_request, response) => {
    response.writeHead(200, { 'content-type': 'Text/Event-Stream; charset=utf-8' })
    for (const byte of Buffer.from(text)) {
      response.write(Buffer.from([byte]))
      await new Promise(setImmediate)
    }
    response.end()
  })
  const own: TypedDocument<unknown, object> = 'subscription { dagStatusChanged }'
  const answers = []
  for await (const one of clientOf(fake.url).subscribe(own, {})) answers.push(one)
  expect(answers).toEqual([JSON.parse(answer).data, JSON.parse(answer).data])
})

test('what the server cannot read for the moment is asked for again', async () => {
  let requests = 0
  await using fake = await startFakeServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const errors = [{ message: 'shortly', extensions: { code: 'SERVICE_UNAVAILABLE' } }]
    const answer = requests++ === 0 ? { errors } : { data: { dagStatusChanged: [] } }
    response.end(`:\n\nevent: next\ndata: ${JSON.stringify(answer)}\n\nevent: complete\ndata:\n\n`)
  })
  const answers = []
  const options = { onReconnect: () => undefined }
  for await (const one of clientOf(fake.url).dagStatusChanged('run', options)) answers.push(one)
  expect([answers, requests]).toEqual([[[]], 2])
})
