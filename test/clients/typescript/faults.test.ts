import { createServer } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import {
  type EndpointOptions,
  type HeadwaterError,
  LineageClient,
} from '../../../clients/typescript/src/index.js'
import { startUnreliableProxy } from '../../cli/unreliable-proxy.js'
import { clear, countRows } from '../../harness/dump.js'
import { startTestServer, type TestServer } from '../../harness/server.js'
import { startFakeServer } from './fake-server.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
beforeEach(() => clear(server))
afterAll(() => server[Symbol.asyncDispose]())

const RUN = { jobId: 'job', assets: [{ key: 'ocr/text' }] }
const FAST = { firstPauseMs: 5, longestPauseMs: 20 }
const ANSWERED = JSON.stringify({ data: { asset: null } })

const failureOf = (work: Promise<unknown>): Promise<HeadwaterError> =>
  work.then(
    () => Promise.reject(new Error('expected an error')),
    (error) => error,
  )

const TRANSPORTS: [string, EndpointOptions][] = [
  ['Node’s HTTP client', {}],
  ['fetch', { fetch: (...args) => fetch(...args) }],
]

describe.each(TRANSPORTS)('through %s', (_, transport) => {
  const clientOf = (url: string, options: EndpointOptions = {}) =>
    new LineageClient({ url, ...FAST, ...transport, ...options })

  test('a server that is away for the moment is asked again', async () => {
    await using proxy = await startUnreliableProxy(server.url, ['refuse', 'refuse'])
    const { duplicate } = await clientOf(proxy.url).recordMaterializations(RUN)
    expect([duplicate, proxy.requests]).toEqual([false, 3])
  })

  test('an answer that is lost after the server has committed does not double the recording', async () => {
    await using proxy = await startUnreliableProxy(server.url, ['lose the answer', 'lose the answer'])
    const { duplicate } = await clientOf(proxy.url).recordMaterializations(RUN)
    expect([duplicate, proxy.requests]).toEqual([true, 3])
    expect(await countRows(server)).toMatchObject({ materializations: 1, recordings: 1 })
  })

  test('a batch of which the answer is lost is not doubled either', async () => {
    await using proxy = await startUnreliableProxy(server.url, ['lose the answer'])
    const payloads = await clientOf(proxy.url).recordMaterializationBatch([RUN, RUN])
    expect(payloads.map(({ duplicate }) => duplicate)).toEqual([true, true])
    expect(await countRows(server)).toMatchObject({ materializations: 2, recordings: 2 })
  })

  test('after the last attempt the error says what the server said', async () => {
    await using proxy = await startUnreliableProxy(server.url, Array(3).fill('refuse'))
    const error = await failureOf(clientOf(proxy.url, { retries: 2 }).asset('a'))
    expect(error).toMatchObject({ code: 'UNEXPECTED_ANSWER', status: 503, isTransient: true })
    expect(proxy.requests).toBe(3)
  })

  test('what the server refuses is not sent again, and the error names code, field and status', async () => {
    await using proxy = await startUnreliableProxy(server.url, [])
    const error = await failureOf(
      clientOf(proxy.url).recordMaterializations({ jobId: 'job', assets: [{ key: 'a' }, { key: '' }] }),
    )
    expect(error).toMatchObject({
      name: 'HeadwaterError',
      code: 'BAD_USER_INPUT',
      field: 'input.assets[1].key',
      status: 400,
      isTransient: false,
    })
    expect(proxy.requests).toBe(1)
  })

  test('a query that takes longer than the server allows is not repeated: it would again', async () => {
    await using fake = await startFakeServer((_request, response) => {
      const extensions = { code: 'SERVICE_UNAVAILABLE', retryable: false }
      response.writeHead(503).end(JSON.stringify({ errors: [{ message: 'it took too long', extensions }] }))
    })
    const error = await failureOf(clientOf(fake.url).asset('a'))
    expect(error).toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      message: 'it took too long',
      status: 503,
      isTransient: false,
    })
    expect(fake.requests).toBe(1)
  })

  test('Retry-After is waited for', async () => {
    let firstAt = 0
    let secondAt = 0
    await using fake = await startFakeServer((_request, response) => {
      if (firstAt === 0) {
        firstAt = performance.now()
        response.writeHead(503, { 'retry-after': '1' }).end()
      } else {
        secondAt = performance.now()
        response.end(ANSWERED)
      }
    })
    expect(await clientOf(fake.url).asset('a')).toBeNull()
    // A timer of 1,000 ms may ring a little early.
    expect(secondAt - firstAt).toBeGreaterThan(990)
  })

  test('a server that wants to be left alone for an hour is', async () => {
    await using fake = await startFakeServer((_request, response) => {
      response.writeHead(503, { 'retry-after': new Date(Date.now() + 3_600_000).toUTCString() }).end()
    })
    const error = await failureOf(clientOf(fake.url).asset('a'))
    expect(error.retryAfterMs).toBeGreaterThan(3_590_000)
    expect(fake.requests).toBe(1)
  })

  test('a server that says nothing is given up', async () => {
    await using fake = await startFakeServer(() => undefined)
    const limits = { connectTimeoutMs: 100, readTimeoutMs: 100, retries: 1 }
    const error = await failureOf(clientOf(fake.url, limits).asset('a'))
    expect(error).toMatchObject({ code: 'TIMEOUT', status: undefined })
    expect(error.message).toMatch(/^no answer from http:\/\/127\.0\.0\.1:\d+\/graphql within \d00 ms$/)
    expect(fake.requests).toBe(2)
  })

  test('where nothing listens the error says so, and never shows what is secret in the URL', async () => {
    const error = await failureOf(
      clientOf('http://me:secret@127.0.0.1:1/base?token=secret', { retries: 1 }).asset('a'),
    )
    expect(error.code).toBe('CONNECTION_FAILED')
    expect(error.message).not.toContain('secret')
  })

  test('a caller’s signal ends the wait with its reason', async () => {
    const stop = new AbortController()
    const reason = new Error('enough')
    await using fake = await startFakeServer(() => stop.abort(reason))
    const asked = clientOf(fake.url).recordMaterializations(RUN, { signal: stop.signal })
    expect(await failureOf(asked)).toBe(reason)
    expect(await failureOf(clientOf(fake.url).recordMaterializations(RUN, { signal: stop.signal }))).toBe(
      reason,
    )
    expect(fake.requests).toBe(1)
  })

  test('what is no Headwater is said to be none', async () => {
    await using fake = await startFakeServer((_request, response) => {
      response.writeHead(302, { location: 'https://elsewhere.example/' }).end()
    })
    const error = await failureOf(clientOf(fake.url).asset('a'))
    expect(error).toMatchObject({ code: 'UNEXPECTED_ANSWER', status: 302 })
    expect(error.message).toBe(
      `${fake.url}/graphql redirects to https://elsewhere.example/, not as Headwater does`,
    )
  })

  test('a token goes with every attempt, and is asked for anew', async () => {
    const tokens: (string | undefined)[] = []
    await using fake = await startFakeServer(({ headers }, response) => {
      tokens.push(headers.authorization)
      if (tokens.length === 1) response.writeHead(503).end()
      else response.end(ANSWERED)
    })
    let count = 0
    await clientOf(`${fake.url}/`, { token: async () => `t${++count}` }).asset('a')
    await clientOf(`${fake.url}/graphql`, { token: 'fixed' }).asset('a')
    await clientOf(fake.url.replace('//', '//me:gr%C3%B6%C3%9Fe@')).asset('a')
    const basic = `Basic ${Buffer.from('me:größe').toString('base64')}`
    expect(tokens).toEqual(['Bearer t1', 'Bearer t2', 'Bearer fixed', basic])
  })
})

test('a connection that does not come about is given up sooner than an answer', async () => {
  // It takes the connection and never says the first word of TLS.
  const mute = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => mute.once('listening', resolve))
  const address = mute.address()
  const port = typeof address === 'object' ? address?.port : undefined
  try {
    const client = new LineageClient({ url: `https://127.0.0.1:${port}`, connectTimeoutMs: 100, retries: 0 })
    expect((await failureOf(client.asset('a'))).message).toBe(
      `no connection from https://127.0.0.1:${port}/graphql within 100 ms`,
    )
  } finally {
    mute.close()
  }
})
