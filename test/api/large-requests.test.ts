import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { dataset, runEvent } from '../harness/lineage-events.js'
import { headOf, nextAnswer, openConnection, untilClosed } from '../harness/raw-http.js'
import { minute } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'

const LIMIT = 100_000
let server: TestServer
beforeAll(async () => {
  server = await startTestServer({
    variables: {
      HEADWATER_EVENT_LIMIT_BYTES: String(LIMIT),
      HEADWATER_BODY_LIMIT_BYTES: String(LIMIT),
    },
  })
})
afterAll(() => server[Symbol.asyncDispose]())

const TOO_LARGE = /^HTTP\/1\.1 413 [\s\S]*at most 100000 bytes/
const EVENTS = ['/api/v1/lineage', '/api/v1/lineage/batch', '/api/v1/lineage?of=express']
const event = JSON.stringify(runEvent('job', '1', 'COMPLETE', minute(1), { outputs: [dataset('a')] }))

/** A piece of a body whose length nobody has said. */
const piece = (bytes: Buffer | string) =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), Buffer.from(bytes), Buffer.from('\r\n')])

describe.each([...EVENTS, '/graphql'])('a body that is too large: %s', (path) => {
  test('by its Content-Length it is refused before it comes', async () => {
    const socket = await openConnection(server.url)
    socket.write(headOf(`POST ${path}`, { 'content-length': LIMIT + 1 }))
    expect(await nextAnswer(socket)).toMatch(TOO_LARGE)
    socket.destroy()
  })

  test('a client that sends all before it reads sees why it was refused', async () => {
    const socket = await openConnection(server.url)
    const body = event.padEnd(20_000_000)
    await new Promise((sent) =>
      socket.write(headOf(`POST ${path}`, { 'content-length': body.length }) + body, sent),
    )
    const answer = await untilClosed(socket)
    expect(answer).toMatch(TOO_LARGE)
    expect(answer).toMatch(/\r\nconnection: close\r\n/i)
  })
})

describe.each(EVENTS)('a body of unknown length: %s', (path) => {
  test.each([
    ['as it is', {}, 'x'.repeat(LIMIT + 1)],
    ['compressed', { 'content-encoding': 'gzip' }, randomBytes(LIMIT + 1)],
  ])('%s it is refused once more has come than may', async (_how, headers, content) => {
    const socket = await openConnection(server.url)
    socket.write(headOf(`POST ${path}`, { 'transfer-encoding': 'chunked', ...headers }))
    socket.write(piece(content))
    expect(await nextAnswer(socket)).toMatch(TOO_LARGE)
    // It goes on all the same, and ends in order.
    socket.write(piece('x'.repeat(1_000_000)))
    socket.write('0\r\n\r\n')
    expect(await untilClosed(socket)).toBe('')
  })

  test('what inflates to more is refused', async () => {
    const socket = await openConnection(server.url)
    const zipped = gzipSync('x'.repeat(LIMIT + 1))
    socket.write(headOf(`POST ${path}`, { 'content-length': zipped.length, 'content-encoding': 'gzip' }))
    socket.write(zipped)
    expect(await nextAnswer(socket)).toMatch(TOO_LARGE)
    socket.destroy()
  })
})

test('a body of exactly the limit is read, and the connection stays', async () => {
  const socket = await openConnection(server.url)
  for (const _ of [1, 2]) {
    socket.write(headOf('POST /api/v1/lineage', { 'content-length': LIMIT }) + event.padEnd(LIMIT))
    expect(await nextAnswer(socket)).toMatch(/^HTTP\/1\.1 201 [\s\S]*keep-alive/)
  }
  socket.destroy()
})

test.each([
  ['gzip', 'not gzip', 'HTTP/1.1 400 '],
  ['gzip, gzip', '{}', 'HTTP/1.1 415 '],
])('a body that is not in its Content-Encoding (%s) is refused', async (encoding, body, status) => {
  const socket = await openConnection(server.url)
  socket.write(
    headOf('POST /api/v1/lineage', { 'content-length': body.length, 'content-encoding': encoding }) + body,
  )
  expect(await nextAnswer(socket)).toContain(status)
  socket.destroy()
})
