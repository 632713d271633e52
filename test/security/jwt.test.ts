import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import { callerOf, grant, startGuardedServer, tokenFor } from '../harness/callers.js'
import { program } from '../harness/program.js'
import type { TestServer } from '../harness/server.js'

const ISSUER = 'https://issuer.example.com/'
const AUDIENCE = 'headwater'

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>

let issuer: Server
/** What the issuer answers; null for a failure. */
let keys: object[] | null
let asked = 0
let server: TestServer
let log = ''
let first: KeyPair
let second: KeyPair
let rsa: KeyPair

beforeAll(async () => {
  ;[first, second, rsa] = await Promise.all([
    generateKeyPair('ES256'),
    generateKeyPair('ES256'),
    generateKeyPair('RS256'),
  ])
  keys = [await jwk(first, 'first', 'ES256'), await jwk(rsa, 'rsa', 'RS256')]
  issuer = createServer((_request, response) => {
    asked++
    if (keys === null) response.writeHead(500).end()
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys }))
  })
  await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve))
  server = await startGuardedServer({
    logTo: {
      write: (line) => {
        log += line
      },
    },
    variables: {
      HEADWATER_LOG_LEVEL: 'info',
      HEADWATER_JWT_ISSUER: ISSUER,
      HEADWATER_JWT_AUDIENCE: AUDIENCE,
      HEADWATER_JWT_JWKS_URL: `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/jwks`,
    },
  })
}, 60_000)
afterEach(() => {
  aheadMs = 0
  jest.restoreAllMocks()
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await new Promise((resolve) => issuer.close(resolve))
})

async function jwk({ publicKey }: KeyPair, kid: string, alg: string) {
  return { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' }
}

/** It is so much later, for the server, than it is. */
let aheadMs = 0
function goOn(ms: number): void {
  aheadMs += ms
  jest.spyOn(program.clocks.Date, 'now').mockImplementation(() => Date.now() + aheadMs)
}

const EVERYTHING = [{ scope: 'admin', namespaces: '*' }]

interface Claims {
  headwater?: unknown
  iss?: string
  aud?: string | string[] | null
  sub?: string | null
  exp?: number | null
  nbf?: number
}

const now = () => Math.floor((Date.now() + aheadMs) / 1_000)

function claimsOf({ sub = 'alice', exp = now() + 600, aud = AUDIENCE, ...rest }: Claims) {
  return {
    iss: ISSUER,
    headwater: EVERYTHING,
    ...rest,
    ...(aud === null ? {} : { aud }),
    ...(sub === null ? {} : { sub }),
    ...(exp === null ? {} : { exp }),
  }
}

function signed(claims: Claims = {}, key = first, header = { alg: 'ES256', kid: 'first' }): Promise<string> {
  return new SignJWT(claimsOf(claims)).setProtectedHeader(header).sign(key.privateKey)
}

const ask = (token: string, query = '{ assets { totalCount } }') => callerOf(server, token).ask(query)

test('what counts is taken, by whatever algorithm is allowed', async () => {
  for (const token of [await signed(), await signed({}, rsa, { alg: 'RS256', kid: 'rsa' })])
    expect((await ask(token)).data).toEqual({ assets: { totalCount: 0 } })
})

describe('the claim', () => {
  const record = (token: string, namespace: string) =>
    ask(
      token,
      `mutation { recordMaterializations(input: { jobId: "j", assets: [{ key: "a", namespace: "${namespace}" }] }) { duplicate } }`,
    )

  test('says what its holder may do', async () => {
    const token = await signed({
      headwater: [
        { scope: 'record', namespaces: ['ocr'] },
        { scope: 'READ', namespaces: '*' },
      ],
    })
    expect((await record(token, 'ocr')).errors).toEqual([])
    expect((await record(token, 'other')).errors).toMatchObject([
      {
        message: 'expected a token with scope record in namespace "other"',
        extensions: { code: 'FORBIDDEN' },
      },
    ])
  })

  test.each([
    [undefined],
    ['record:ocr'],
    [[{ scope: 'all', namespaces: '*' }]],
    [[{ scope: 'read' }]],
    [[{ scope: 'read', namespaces: 'ocr' }]],
    [[{ scope: 'admin', namespaces: '*' }, {}]],
  ])('%j grants nothing', async (headwater) => {
    log = ''
    const { status, errors } = await ask(await signed({ headwater }))
    expect([status, errors]).toMatchObject([403, [{ extensions: { code: 'FORBIDDEN' } }]])
    while (!log.includes('"caller"')) await new Promise((resolve) => setImmediate(resolve))
    expect(log).toContain('"caller":"jwt alice (without a claim headwater that can be read)"')
  })
})

describe('is refused, and told no more than that, while the log says why:', () => {
  const publicPem = async () => new TextEncoder().encode(await exportSPKI(rsa.publicKey))
  const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  /** Signed, whatever its header says. */
  const withHeader = async (header: object) => {
    const parts = (await signed()).split('.')
    return [base64(header), parts[1], parts[2]].join('.')
  }
  test.each<[string, string, () => string | Promise<string>]>([
    ['alg none', 'alg', () => new UnsecuredJWT(claimsOf({})).encode()],
    ['alg None', 'alg', () => withHeader({ alg: 'None', kid: 'first' })],
    ['no alg', 'form', () => withHeader({ kid: 'first' })],
    [
      'HS256 with the public key',
      'alg',
      async () =>
        new SignJWT(claimsOf({})).setProtectedHeader({ alg: 'HS256', kid: 'rsa' }).sign(await publicPem()),
    ],
    ['an algorithm that is not allowed', 'alg', () => withHeader({ alg: 'PS256', kid: 'rsa' })],
    ['an algorithm of another key', 'kid', () => withHeader({ alg: 'RS256', kid: 'first' })],
    ['a key that nobody knows', 'kid', () => signed({}, first, { alg: 'ES256', kid: 'unknown' })],
    ['a kid that is a path', 'kid', () => signed({}, first, { alg: 'ES256', kid: '../../../dev/null' })],
    [
      'a part that it does not know and must',
      'form',
      () => withHeader({ alg: 'ES256', kid: 'first', crit: ['x'], x: 1 }),
    ],
    ['an encrypted one', 'form', () => 'eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..AAAA.AAAA.AAAA'],
    ['another issuer', 'iss', () => signed({ iss: 'https://evil.example.com/' })],
    ['the issuer without its slash', 'iss', () => signed({ iss: ISSUER.replace(/\/$/, '') })],
    ['another audience', 'aud', () => signed({ aud: 'another' })],
    ['no audience', 'aud', () => signed({ aud: null })],
    ['other audiences', 'aud', () => signed({ aud: ['another', 'headwater2'] })],
    ['one that has expired', 'exp', () => signed({ exp: now() - 60 })],
    ['one that never expires', 'exp', () => signed({ exp: null })],
    ['an expiry that is no number', 'exp', () => signed({ exp: '9999999999' as never })],
    ['one that counts later', 'nbf', () => signed({ nbf: now() + 60 })],
    ['nobody’s', 'sub', () => signed({ sub: null })],
    ['the key of another', 'signature', () => signed({}, second)],
    [
      'one that was changed',
      'signature',
      async () => {
        const [head, , signature] = (await signed()).split('.')
        return `${head}.${base64(claimsOf({ sub: 'mallory' }))}.${signature}`
      },
    ],
    [
      'one whose signature is left out',
      'signature',
      async () => (await signed()).split('.').slice(0, 2).join('.').concat('.'),
    ],
    ['no JWT', 'form', () => 'nonsense'],
    ['dots', 'form', () => '..'],
    ['a very long one', 'form', () => 'x'.repeat(10_000)],
  ])('%s: %s', async (_, why, make) => {
    const token = await make()
    log = ''
    const { status, errors, headers } = await ask(token)
    expect([status, errors]).toEqual([
      401,
      [
        {
          message: 'expected a token that counts: this one is not valid, or no more',
          extensions: { code: 'UNAUTHENTICATED' },
        },
      ],
    ])
    expect(headers.get('www-authenticate')).toBe('Bearer realm="headwater"')
    expect(await refusedLine()).toBe(`jwt: ${why}`)
    if (token.length > 4) expect(log).not.toContain(token.slice(0, 40))
  })
})

/** Why the log says that a token was refused. */
async function refusedLine(): Promise<string | undefined> {
  for (;;) {
    const why = /"refused":"([^"]*)"/.exec(log)?.[1]
    if (why !== undefined) return why
    await new Promise((resolve) => setImmediate(resolve))
  }
}

test('one of several audiences is enough', async () => {
  expect((await ask(await signed({ aud: ['another', AUDIENCE] }))).status).toBe(200)
})

test('keys that a token brings, or says where they are, are neither used nor fetched', async () => {
  let fetched = 0
  const evil = createServer((_request, response) => {
    fetched++
    response.end(JSON.stringify({ keys: [] }))
  })
  await new Promise<void>((resolve) => evil.listen(0, '127.0.0.1', resolve))
  try {
    const url = `http://127.0.0.1:${(evil.address() as AddressInfo).port}/keys`
    const own = await jwk(second, 'first', 'ES256')
    for (const more of [{ jku: url }, { x5u: url }, { jwk: own }, { x5c: ['AAAA'] }]) {
      const header = { alg: 'ES256', kid: 'first', ...more }
      expect((await ask(await signed({}, second, header))).status).toBe(401)
      // Of the issuer's own key they change nothing.
      expect((await ask(await signed({}, first, header))).status).toBe(200)
    }
    expect(fetched).toBe(0)
  } finally {
    await new Promise((resolve) => evil.close(resolve))
  }
})

test('one that is longer than the head of a request may be does not come to be looked at', async () => {
  expect((await ask('x'.repeat(17_000))).status).toBe(431)
})

test('one that was good expires, though it was looked at a moment ago', async () => {
  const token = await signed({ exp: now() + 60 })
  expect((await ask(token)).status).toBe(200)
  goOn(66_000)
  expect((await ask(token)).status).toBe(401)
})

test('keys are fetched once, and again for one that is not known: but not for each', async () => {
  goOn(120_000)
  const rotated = () => signed({ exp: now() + 600 }, second, { alg: 'ES256', kid: 'second' })
  const before = asked
  for (let time = 0; time < 5; time++) expect((await ask(await rotated())).status).toBe(401)
  expect(asked - before).toBe(1)
  keys = [await jwk(second, 'second', 'ES256')]
  goOn(11_000)
  expect((await ask(await rotated())).status).toBe(200)
  expect(asked - before).toBe(2)
  // The old key is gone, and with it all that it has signed.
  const { performance } = program.clocks
  const nowAt = performance.now.bind(performance)
  jest.spyOn(performance, 'now').mockImplementation(() => nowAt() + 6_000)
  expect((await ask(await signed({ exp: now() + 600 }))).status).toBe(401)
})

test('keys that cannot be had say nothing of a token: 503, and it is tried again', async () => {
  goOn(1_200_000)
  const token = await signed({ exp: now() + 3_600 }, second, { alg: 'ES256', kid: 'second' })
  const had = keys
  keys = null
  const { status, errors, headers } = await ask(token)
  expect([status, errors]).toMatchObject([
    503,
    [
      {
        message: 'the keys of tokens cannot be had now; try again shortly',
        extensions: { code: 'SERVICE_UNAVAILABLE' },
      },
    ],
  ])
  expect(headers.get('retry-after')).toBe('1')
  // Tokens of our own need no keys.
  expect((await ask(await tokenFor(server, [grant('READ')]))).status).toBe(200)
  keys = had
  expect((await ask(token)).status).toBe(200)
})
