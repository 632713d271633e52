import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { headOf, openConnection, untilClosed } from '../harness/raw-http.js'
import { startTestServer, type TestServer } from '../harness/server.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ variables: { HEADWATER_RECEIVE_TIMEOUT_MS: '100' } })
})
afterAll(() => server[Symbol.asyncDispose]())

const LATE =
  'expected all of a request within 100 ms (HEADWATER_RECEIVE_TIMEOUT_MS), its head within 100 ms, got less'

test.each<[string, string, number, string]>([
  ['a head that does not end', 'POST /graphql HTTP/1.1\r\nhost: h\r\n', 408, LATE],
  ['a body that does not come', headOf('POST /graphql', { 'content-length': 100 }), 408, LATE],
  ['an event that does not come', headOf('POST /api/v1/lineage', { 'content-length': 100 }), 408, LATE],
  ['no HTTP', 'nonsense\r\n\r\n', 400, 'expected a request as HTTP/1.1 has it, got another'],
  [
    'a very long head',
    headOf('GET /livez', { x: 'x'.repeat(20_000) }),
    431,
    'expected a head of at most 16384 bytes, got more',
  ],
])('%s is answered as every other error is', async (_what, text, status, message) => {
  const socket = await openConnection(server.url)
  socket.write(text)
  const [head = '', body = ''] = (await untilClosed(socket)).split('\r\n\r\n')
  expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
  expect(JSON.parse(body)).toEqual({ errors: [{ message, extensions: { code: 'BAD_USER_INPUT' } }] })
})

test('a list of operations is told what is expected', async () => {
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([{ query: '{ __typename }' }]),
  })
  expect([response.status, await response.json()]).toEqual([
    400,
    {
      errors: [
        {
          message: 'expected one operation, as an object, got a list: send each by itself',
          extensions: { code: 'BAD_USER_INPUT' },
        },
      ],
    },
  ])
})
