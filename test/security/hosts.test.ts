import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { readConfig } from '../../src/server/config.js'
import { startGuardedServer } from '../harness/callers.js'
import { refusedWebSocket } from '../harness/raw-websocket.js'
import { startTestServer, type TestServer } from '../harness/server.js'

/** With a Host of any kind, which `fetch` does not send. */
function statusOf(
  server: TestServer,
  host: string,
  path = '/graphql',
  method = 'POST',
): Promise<[number, string]> {
  const headers = { 'content-type': 'application/json', host }
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, server.url), { method, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => resolve([response.statusCode ?? 0, text]))
    })
    sent.on('error', reject).end(method === 'POST' ? '{"query":"{ __typename }"}' : undefined)
  })
}

const OURS = ['localhost', 'LOCALHOST:1', 'localhost.', '127.0.0.1:4000', '127.9.9.9', '[::1]', '[::1]:4000']
const OTHERS = [
  'rebound.example',
  'rebound.example:4000',
  '127.0.0.1.rebound.example',
  'localhost.rebound.example',
]
const STRANGE = ['10.0.0.1', '0.0.0.0', 'x y', 'user@localhost', '%6cocalhost']

describe('a server that asks nobody, on this machine alone', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer({ variables: { HEADWATER_HOSTS: 'lineage.internal, Other.Internal' } })
  })
  afterAll(() => server[Symbol.asyncDispose]())

  test.each([...OURS, 'lineage.internal', 'lineage.internal:8080', 'OTHER.internal'])(
    'answers who calls it %s',
    async (host) => expect((await statusOf(server, host))[0]).toBe(200),
  )

  test.each([...OTHERS, ...STRANGE])(
    'and nobody who calls it %s: its name may be given out by others',
    async (host) => {
      for (const path of [
        '/graphql',
        '/api/v1/lineage',
        '/api/v1/lineage/batch',
        '/export/lineage',
        '/metrics',
        '/',
      ]) {
        const [status, text] = await statusOf(server, host, path)
        expect([status, JSON.parse(text).errors[0].extensions.code]).toEqual([421, 'FORBIDDEN'])
        expect(text).toContain('HEADWATER_HOSTS')
      }
    },
  )

  test('nor by a websocket', async () => {
    expect(await refusedWebSocket(server.url, '/graphql', { host: 'rebound.example' })).toMatchObject({
      status: 421,
    })
    const origin = 'http://rebound.example'
    expect(await refusedWebSocket(server.url, '/graphql', { host: 'rebound.example', origin })).toMatchObject(
      { status: 421 },
    )
  })

  test('probes are answered, which hold no data', async () => {
    expect(await statusOf(server, 'rebound.example', '/livez', 'GET')).toEqual([200, 'ok'])
  })
})

test('without names of its own it answers to this machine alone', async () => {
  await using server = await startTestServer()
  expect((await statusOf(server, 'localhost'))[0]).toBe(200)
  expect((await statusOf(server, 'lineage.internal'))[0]).toBe(421)
})

test.each([
  ['asks for tokens', () => startGuardedServer(), 401],
  [
    'listens on all addresses, as in a container',
    () => startTestServer({ variables: { HOST: '0.0.0.0', HEADWATER_ALLOW_ANONYMOUS: 'yes' } }),
    200,
  ],
])('a server that %s answers by whatever name', async (_what, start, status) => {
  await using server = await start()
  expect((await statusOf(server, 'rebound.example'))[0]).toBe(status)
})

test.each(['HEADWATER_HOSTS', 'HEADWATER_WEBHOOK_HOSTS'])(
  'what %s can never match is refused at start',
  (name) => {
    const wrong = [
      'http://a.example',
      'a.example/hook',
      'a b',
      '*.example',
      'user@a.example',
      'a.example:x',
      'a.example:0',
    ]
    for (const text of [...wrong, 'a.example:65536'])
      expect(() => readConfig({ [name]: `good.example,${text}` })).toThrow(`${name}: expected names of hosts`)
  },
)

test('names of hosts are taken as URLs have them', () => {
  const { hosts, webhooks } = readConfig({
    HEADWATER_HOSTS: ' A.Example , bücher.example.,[0:0::1] ',
    HEADWATER_WEBHOOK_HOSTS: 'A.Example:080,0x7f.1,[::0:1]:9000,hooks.internal.',
  })
  expect(hosts).toEqual(['a.example', 'xn--bcher-kva.example', '[::1]'])
  expect(webhooks.allowedHosts).toEqual(['a.example:80', '127.0.0.1', '[::1]:9000', 'hooks.internal'])
})
