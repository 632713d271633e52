import { once } from 'node:events'
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import type { Transform } from 'node:stream'
import zlib from 'node:zlib'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { getIntrospectionQuery } from 'graphql'
import { startTestServer, type TestServer } from '../harness/server.js'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})

afterAll(() => server[Symbol.asyncDispose]())

interface Call {
  method?: string
  path?: string
  headers?: Record<string, string>
  query?: string
}

/** What comes back, before any of its body: unlike fetch, this asks for nothing by itself, and inflates nothing. */
async function open({ method = 'POST', path = '/graphql', headers = {}, query }: Call) {
  const body = query === undefined ? undefined : JSON.stringify({ query })
  const outgoing = request(server.url + path, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
  })
  outgoing.end(body)
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage]
  return incoming
}

interface Answer {
  status: number | undefined
  headers: IncomingHttpHeaders
  body: Buffer
}

async function ask(call: Call): Promise<Answer> {
  const incoming = await open(call)
  return {
    status: incoming.statusCode,
    headers: incoming.headers,
    body: Buffer.concat(await incoming.toArray()),
  }
}

const SCHEMA = getIntrospectionQuery()
const asksFor = (encoding: string) => ({ headers: { 'accept-encoding': encoding } })

function inflated({ headers, body }: Answer): string {
  switch (headers['content-encoding']) {
    case undefined:
      return body.toString()
    case 'gzip':
      return zlib.gunzipSync(body).toString()
    case 'br':
      return zlib.brotliDecompressSync(body).toString()
    default:
      throw new Error(`unexpected ${headers['content-encoding']}`)
  }
}

test.each([
  ['gzip', 'gzip'],
  ['br', 'br'],
  ['gzip, deflate, br, zstd', 'br'],
  ['gzip, br;q=0.5', 'gzip'],
  ['br;q=0, gzip', 'gzip'],
  ['br;q=0, *', 'gzip'],
])(
  'a large answer to a client that accepts %p comes as %s, and inflates to the same',
  async (asked, encoding) => {
    const plain = await ask({ query: SCHEMA })
    const answer = await ask({ query: SCHEMA, ...asksFor(asked) })
    expect(answer.status).toBe(200)
    expect(answer.headers['content-encoding']).toBe(encoding)
    expect(answer.headers.vary).toBe('Accept-Encoding')
    expect(answer.body.length).toBeLessThan(plain.body.length / 5)
    expect(inflated(answer)).toBe(plain.body.toString())
  },
)

test.each([
  [undefined],
  ['identity'],
  ['gzip;q=0'],
  ['br;q=0, gzip;q=0'],
  ['*;q=0'],
  ['zstd'],
  ['gzip;q=0.5, identity'],
])('a large answer to a client that accepts %p comes as it is, with its length', async (asked) => {
  const { headers, body } = await ask({ query: SCHEMA, ...(asked === undefined ? {} : asksFor(asked)) })
  expect(headers['content-encoding']).toBeUndefined()
  expect(headers['content-length']).toBe(String(body.length))
  // Caches must know even so: another client would have got another body.
  expect(headers.vary).toBe('Accept-Encoding')
  expect(JSON.parse(body.toString())).toHaveProperty('data.__schema')
})

test('a small answer is not compressed', async () => {
  const { headers, body } = await ask({ query: '{ __typename }', ...asksFor('gzip, br') })
  expect(headers['content-encoding']).toBeUndefined()
  expect(body.toString()).toBe('{"data":{"__typename":"Query"}}\n')
})

test('large errors are compressed as well, with their status', async () => {
  const query = `{ ${Array.from({ length: 200 }, (_, at) => `unknown${at}`).join(' ')} }`
  const plain = await ask({ query })
  const answer = await ask({ query, ...asksFor('br') })
  expect([answer.status, answer.headers['content-encoding']]).toEqual([400, 'br'])
  expect(inflated(answer)).toBe(plain.body.toString())

  const path = `/nowhere/${'x'.repeat(2_000)}`
  const missing = await ask({ method: 'GET', path, ...asksFor('gzip') })
  expect([missing.status, missing.headers['content-encoding']]).toEqual([404, 'gzip'])
  expect(JSON.parse(inflated(missing)).errors[0].extensions.code).toBe('BAD_USER_INPUT')
})

const PAGE = { method: 'GET', headers: { accept: 'text/html', 'accept-encoding': 'gzip' } }

test('GraphiQL comes compressed; asked for again it has not changed; HEAD has no body', async () => {
  const plain = await ask({ method: 'GET', headers: { accept: 'text/html' } })
  const page = await ask(PAGE)
  expect(page.headers['content-encoding']).toBe('gzip')
  expect(page.headers.vary).toBe('Accept, Accept-Encoding')
  expect(page.body.length).toBeLessThan(plain.body.length / 3)
  expect(inflated(page)).toBe(plain.body.toString())

  const again = await ask({ ...PAGE, headers: { ...PAGE.headers, 'if-none-match': page.headers.etag ?? '' } })
  expect([again.status, again.body.length]).toEqual([304, 0])
  expect(again.headers['content-encoding']).toBeUndefined()
  expect(again.headers.vary).toBe('Accept, Accept-Encoding')

  const head = await ask({ ...PAGE, method: 'HEAD' })
  expect([head.status, head.body.length]).toEqual([200, 0])
  expect(head.headers['content-encoding']).toBeUndefined()
})

test.each([
  ['gzip', zlib.Gzip],
  ['br', zlib.BrotliCompress],
])('%s stops where the client goes away', async (encoding, { prototype }) => {
  const given = jest.spyOn(prototype as Transform, 'end')
  const answer = await open({ ...PAGE, headers: { ...PAGE.headers, 'accept-encoding': encoding } })
  const [stream] = given.mock.contexts as Transform[]
  given.mockRestore()
  if (stream === undefined) throw new Error('nothing was compressed')
  const closed = once(stream, 'close')
  answer.destroy()
  await closed
  // Its body was not read, so the server had most of it still to compress.
  expect(stream.readableEnded).toBe(false)
})
