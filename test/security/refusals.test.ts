import { once } from 'node:events'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { WebSocket } from 'ws'
import { makeToken, readToken } from '../../src/lineage/access/token.js'
import { openTokens } from '../../src/store/prisma/api-tokens.js'
import { callerOf, grant, startGuardedServer, tokenFor } from '../harness/callers.js'
import { whileHolding } from '../harness/locks.js'
import { startTestServer, type TestServer } from '../harness/server.js'

let server: TestServer
let lines: string[] = []
beforeAll(async () => {
  server = await startGuardedServer({
    variables: { HEADWATER_LOG_LEVEL: 'info' },
    logTo: { write: (line) => void lines.push(line) },
  })
}, 60_000)
beforeEach(() => {
  lines = []
})
afterAll(() => server[Symbol.asyncDispose]())

interface Line {
  level: number
  msg: string
  req?: { url: string; remoteAddress: string }
  res?: { statusCode: number }
  caller?: string
  refused?: string
  err?: unknown
  reason?: string
}

/** The line of the one request that was asked: written once the answer is on its way. */
async function lineOfRequest(): Promise<Line> {
  for (;;) {
    const found = lines.map((line) => JSON.parse(line) as Line).find(({ res }) => res !== undefined)
    if (found !== undefined) return found
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const ask = (token: string | null) => callerOf(server, token).ask('{ __typename }')

describe('the log says why a token was refused, and the answer does not', () => {
  const revoked = async () => {
    const text = await tokenFor(server, [grant('READ')], { name: 'gone' })
    const tokens = openTokens({
      url: server.database.url,
      connections: 1,
      connectTimeoutMs: 10_000,
      statementTimeoutMs: 10_000,
    })
    await tokens.revoke(readToken(text)?.prefix ?? '', new Date())
    await tokens.close()
    return text
  }
  const expired = () =>
    tokenFor(server, [grant('READ')], { name: 'old', expiresAt: new Date(Date.now() - 1_000) })

  test.each<[string, string | null, () => string | null | Promise<string | null>]>([
    ['no token', null, () => null],
    ['api token: form', null, () => 'secret-of-somebody'],
    ['api token: unknown', null, () => makeToken().text],
    ['api token: revoked', 'gone', revoked],
    ['api token: expired', 'old', expired],
  ])('%s', async (refused, caller, make) => {
    const token = await make()
    lines = []
    const { status, errors } = await ask(token)
    expect(status).toBe(401)
    expect(JSON.stringify(errors)).not.toMatch(/form|unknown|revoked|expired|api token/)
    const line = await lineOfRequest()
    expect(line).toMatchObject({ level: 30, refused, req: { remoteAddress: '127.0.0.1' } })
    const prefix = readToken(token ?? '')?.prefix
    expect(line.caller).toBe(caller === null ? undefined : `${caller} (${prefix})`)
    if (token !== null) expect(lines.join('')).not.toContain(token.slice(16, 80) || token)
  })
})

test('one that may not do this is named', async () => {
  const token = await tokenFor(server, [], { name: 'powerless' })
  expect((await ask(token)).status).toBe(403)
  const line = await lineOfRequest()
  expect(line.caller).toBe(`powerless (${readToken(token)?.prefix})`)
  expect(line).not.toHaveProperty('refused')
})

test('so is one whom GraphQL refuses', async () => {
  const token = await tokenFor(server, [grant('READ')], { name: 'reader' })
  const { status } = await callerOf(server, token).ask(
    'mutation { retireAsset(asset: { key: "x" }) { key } }',
  )
  expect(status).toBe(403)
  expect((await lineOfRequest()).caller).toMatch(/^reader \(/)
})

test('of a websocket the log says the same', async () => {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
  await once(socket, 'open')
  const authorization = `Bearer ${makeToken().text}`
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization } }))
  const [code, reason] = await once(socket, 'close')
  expect([code, String(reason)]).toEqual([
    4403,
    'expected a token that counts: this one is not valid, or no more',
  ])
  const refused = lines.map((line) => JSON.parse(line) as Line).find(({ msg }) => msg === 'websocket refused')
  expect(refused).toMatchObject({ level: 30, remoteAddress: '127.0.0.1', refused: 'api token: unknown' })
  expect(lines.join('')).not.toContain(authorization.slice(23))
})

test('503 is a warning without a stack: once it is over nobody can do anything about it', async () => {
  await using hasty = await startTestServer({
    database: server.database,
    variables: { HEADWATER_REQUEST_TIMEOUT_MS: '200', HEADWATER_LOG_LEVEL: 'info' },
    logTo: { write: (line) => void lines.push(line) },
  })
  await whileHolding(server.database, 'LOCK TABLE asset IN ACCESS EXCLUSIVE MODE', async () => {
    expect((await hasty.ask('{ asset(key: "b") { key } }')).status).toBe(503)
  })
  expect(await lineOfRequest()).toMatchObject({ level: 40, res: { statusCode: 503 } })
  expect(lines.map((line) => (JSON.parse(line) as Line).level).filter((level) => level > 40)).toEqual([])
  expect(lines.join('')).not.toContain('stack')
})
