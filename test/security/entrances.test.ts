import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { makeToken } from '../../src/lineage/access/token.js'
import { checkExposure } from '../../src/server/access/exposure.js'
import { readConfig } from '../../src/server/config.js'
import { createLogger } from '../../src/server/logger.js'
import { startServer } from '../../src/server/server.js'
import { type Caller, callerOf, grant, startGuardedServer, tokenFor } from '../harness/callers.js'
import { runEvent } from '../harness/lineage-events.js'
import { minute } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'

let server: TestServer
let nobody: Caller
/** Holds a token that grants nothing. */
let powerless: Caller
let reader: Caller
let recorder: Caller
beforeAll(async () => {
  server = await startGuardedServer()
  const callerWith = async (...grants: Parameters<typeof tokenFor>[1]) =>
    callerOf(server, await tokenFor(server, grants))
  nobody = callerOf(server, null)
  powerless = await callerWith()
  reader = await callerWith(grant('READ', 'own'))
  recorder = await callerWith(grant('RECORD', 'own'))
}, 60_000)
afterAll(() => server[Symbol.asyncDispose]())

const json = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})
const event = runEvent('job', 'run', 'START', minute(1))

/** Every way in. */
const ENTRANCES: Record<string, [path: string, init: RequestInit, scope: 'READ' | 'RECORD']> = {
  'a query': ['/graphql', json({ query: '{ assets { totalCount } }' }), 'READ'],
  introspection: ['/graphql', json({ query: '{ __schema { types { name } } }' }), 'READ'],
  'a mutation': [
    '/graphql',
    json({
      query:
        'mutation { recordMaterializations(input: { jobId: "j", assets: [{ key: "a" }] }) { duplicate } }',
    }),
    'READ',
  ],
  'a bad query': ['/graphql', json({ query: '{ nonsense }' }), 'READ'],
  'no JSON': ['/graphql', { ...json(null), body: '{' }, 'READ'],
  'a query by GET': [
    `/graphql?query=${encodeURIComponent('{ assets { totalCount } }')}`,
    { headers: { accept: 'application/json', 'apollo-require-preflight': '1' } },
    'READ',
  ],
  'a path below GraphQL': ['/graphql/x', json({ query: '{ __typename }' }), 'READ'],
  'an event': ['/api/v1/lineage', json(event), 'RECORD'],
  'an event to another form of the path': ['/api/v1/lineage/?x=1', json(event), 'RECORD'],
  'a bad event': ['/api/v1/lineage', { ...json(null), body: '{' }, 'RECORD'],
  'a batch': ['/api/v1/lineage/batch', json([event]), 'RECORD'],
  'events by GET': ['/api/v1/lineage', {}, 'RECORD'],
  'an export': ['/export/lineage?key=a&namespace=own', {}, 'READ'],
  'a bad export': ['/export/lineage', {}, 'READ'],
}

describe.each(Object.entries(ENTRANCES))('%s', (_, [path, init, scope]) => {
  test('without a token, or with none that counts, is 401, and says nothing more', async () => {
    const strangers: [string, Record<string, string>][] = [
      ['expected a token (Authorization: Bearer …), got none', {}],
      ['expected a token (Authorization: Bearer …), got none', { authorization: 'Basic YTpi' }],
      ['expected a token (Authorization: Bearer …), got none', { authorization: 'Bearer' }],
      ['expected a token that counts: this one is not valid, or no more', { authorization: 'Bearer secret' }],
      [
        'expected a token that counts: this one is not valid, or no more',
        { authorization: `Bearer ${makeToken().text}` },
      ],
    ]
    for (const [message, headers] of strangers) {
      const response = await nobody.fetch(path, { ...init, headers: { ...init.headers, ...headers } })
      expect([response.status, response.headers.get('www-authenticate')]).toEqual([
        401,
        'Bearer realm="headwater"',
      ])
      expect(await response.json()).toEqual({
        errors: [{ message, extensions: { code: 'UNAUTHENTICATED' } }],
      })
    }
  })

  test('with a token that grants too little is 403', async () => {
    for (const caller of scope === 'READ' ? [powerless] : [powerless, reader]) {
      const response = await caller.fetch(path, init)
      expect([response.status, response.headers.get('www-authenticate')]).toEqual([403, null])
      expect(await response.json()).toEqual({
        errors: [
          {
            message: `expected a token with scope ${scope.toLowerCase()} in some namespace`,
            extensions: { code: 'FORBIDDEN' },
          },
        ],
      })
    }
  })

  test('with one that grants enough is answered as it is without any', async () => {
    const response = await recorder.fetch(path, init)
    expect([401, 503]).not.toContain(response.status)
    expect(await response.text()).not.toContain('in some namespace')
  })
})

test.each(['/livez', '/readyz', '/', '/asset?key=a', '/browse'])(
  '%s is open: it holds no data',
  async (path) => {
    expect((await nobody.fetch(path)).status).toBe(200)
  },
)

test('metrics are of all namespaces, and for who may read all of them', async () => {
  const all = callerOf(server, await tokenFor(server, [grant('READ')]))
  const statuses = await Promise.all(
    [nobody, powerless, reader, all].map(async (caller) => (await caller.fetch('/metrics')).status),
  )
  expect(statuses).toEqual([401, 403, 403, 200])
})

test('GraphiQL is open, and works with a token in its headers alone', async () => {
  const response = await nobody.fetch('/graphql', { headers: { accept: 'text/html' } })
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
})

test('the scheme may be written as HTTP has it', async () => {
  const token = await tokenFor(server, [grant('READ')])
  for (const authorization of [`bearer ${token}`, `BEARER   ${token} `]) {
    const headers = { 'content-type': 'application/json', authorization }
    expect((await nobody.fetch('/graphql', { ...json({ query: '{ __typename }' }), headers })).status).toBe(
      200,
    )
  }
})

test('without HEADWATER_AUTH nobody is asked, and a token does not matter', async () => {
  await using open = await startTestServer()
  for (const token of [null, 'nonsense'])
    expect((await callerOf(open, token).ask('{ assets { totalCount } }')).data).toEqual({
      assets: { totalCount: 0 },
    })
})

describe('who could come from elsewhere, and would not be asked', () => {
  const exposureOf = (variables: Record<string, string>) => () => checkExposure(readConfig(variables))

  test.each([
    '127.0.0.1',
    '127.9.9.9',
    'localhost',
    'LOCALHOST',
    '::1',
    '[::1]',
    '0:0:0:0:0:0:0:1',
    '::ffff:127.0.0.1',
  ])('cannot on %s: it starts', (host) => expect(exposureOf({ HOST: host })).not.toThrow())

  test.each([
    '0.0.0.0',
    '::',
    '[::]',
    '10.0.0.1',
    '127.0.0.1.example.com',
    '::ffff:10.0.0.1',
    '2001:db8::1',
    '::11',
    'lineage.example.com',
  ])('can on %s: it does not start unless it is told', (host) => {
    expect(exposureOf({ HOST: host })).toThrow(
      /^HOST .* can be reached by others, .* HEADWATER_AUTH=on .* HEADWATER_ALLOW_ANONYMOUS=yes /,
    )
    expect(exposureOf({ HOST: host, HEADWATER_AUTH: 'off' })).toThrow(/can be reached/)
    expect(exposureOf({ HOST: host, HEADWATER_AUTH: 'on' })).not.toThrow()
    expect(exposureOf({ HOST: host, HEADWATER_ALLOW_ANONYMOUS: 'yes' })).not.toThrow()
  })

  test('a server does not even take the port', async () => {
    const config = readConfig({ HOST: '0.0.0.0', PORT: '0', DATABASE_URL: server.database.url })
    const logger = createLogger({ logLevel: 'silent' })
    await expect(startServer({ config, logger })).rejects.toThrow(/^HOST 0\.0\.0\.0 can be reached by others/)
  })

  test('JSON Web Tokens that nobody would look at stop the start', () => {
    const jwt = {
      HEADWATER_JWT_ISSUER: 'https://issuer.example.com',
      HEADWATER_JWT_AUDIENCE: 'headwater',
      HEADWATER_JWT_JWKS_URL: 'https://issuer.example.com/jwks',
    }
    expect(() => readConfig(jwt)).toThrow(/^HEADWATER_JWT_ISSUER: expected HEADWATER_AUTH=on beside it/)
    expect(() => readConfig({ ...jwt, HEADWATER_AUTH: 'on', HEADWATER_JWT_AUDIENCE: '' })).toThrow(
      /^HEADWATER_JWT_AUDIENCE: expected one beside HEADWATER_JWT_ISSUER and HEADWATER_JWT_JWKS_URL/,
    )
    for (const algorithms of ['none', 'HS256', 'RS256,HS256'])
      expect(() =>
        readConfig({ ...jwt, HEADWATER_AUTH: 'on', HEADWATER_JWT_ALGORITHMS: algorithms }),
      ).toThrow(/^HEADWATER_JWT_ALGORITHMS: expected some of RS256/)
  })
})
