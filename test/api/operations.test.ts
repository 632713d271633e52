import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from '@jest/globals'
import { whileHolding } from '../harness/locks.js'
import { record, tryRecord } from '../harness/recordings.js'
import { startTestServer } from '../harness/server.js'

interface Line {
  level: number
  msg: string
  errorId?: string
  err?: { message: string; stack: string }
  req?: { id: string; method: string; url: string }
  res?: { statusCode: number }
}

/** Collects what a server logs. */
function collect() {
  const texts: string[] = []
  return {
    logTo: { write: (line: string) => void texts.push(line) },
    texts,
    lines: () => texts.map((text) => JSON.parse(text) as Line),
  }
}

const DEBUG = { HEADWATER_LOG_LEVEL: 'debug' }
const JSON_BODY = { 'content-type': 'application/json' }

test('a server that runs is alive and ready', async () => {
  await using server = await startTestServer()
  for (const path of ['/livez', '/readyz']) {
    const response = await fetch(`${server.url}${path}`)
    expect([response.status, await response.text()]).toEqual([200, 'ok'])
  }
})

test('a connection is kept longer than load balancers keep theirs', async () => {
  await using server = await startTestServer()
  const { headers } = await fetch(`${server.url}/livez`)
  expect(headers.get('keep-alive')).toBe('timeout=65')
})

test.each(['/graphql', '/api/v1/lineage'])(
  'a caller’s request id is answered and logged; without a sane one, one is made: %s',
  async (path) => {
    const { logTo, lines } = collect()
    await using server = await startTestServer({ variables: DEBUG, logTo })
    const ask = async (id?: string) => {
      const response = await fetch(`${server.url}${path}`, {
        method: 'POST',
        headers: { ...JSON_BODY, ...(id === undefined ? {} : { 'x-request-id': id }) },
        body: JSON.stringify({ query: '{ __typename }' }),
      })
      await response.text()
      return response.headers.get('x-request-id') ?? ''
    }
    expect(await ask('caller:1.a_b-c')).toBe('caller:1.a_b-c')
    const made = [await ask(), await ask('not sane'), await ask('x'.repeat(129))]
    for (const id of made) expect(id).toMatch(/^[0-9a-f-]{36}$/)
    expect(new Set(made).size).toBe(3)
    expect(lines().flatMap(({ req }) => req ?? [])).toMatchObject(
      ['caller:1.a_b-c', ...made].map((id) => ({ id, method: 'POST', url: path })),
    )
  },
)

test('the log is lines of JSON without what authenticates callers', async () => {
  const { logTo, texts, lines } = collect()
  await using server = await startTestServer({ variables: DEBUG, logTo })
  const secrets = { authorization: 'Bearer secret-1', cookie: 'session=secret-2', 'x-api-key': 'secret-3' }
  await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { ...JSON_BODY, ...secrets },
    body: JSON.stringify({ query: '{ __typename }' }),
  })
  const line = lines().find(({ req }) => req !== undefined)
  expect(line).toMatchObject({ req: { method: 'POST', url: '/graphql' }, res: { statusCode: 200 } })
  expect(line?.req).not.toHaveProperty('headers')
  expect(texts.join('')).not.toContain('secret')
})

test('an error that nobody foresaw is logged under the id that is answered, and says nothing of SQL', async () => {
  const { logTo, lines } = collect()
  await using server = await startTestServer({ variables: { HEADWATER_LOG_LEVEL: 'error' }, logTo })
  await server.database.sql('DROP TABLE asset_state')
  const failing = [
    '{ asset(key: "a") { key } }',
    '{ assets { nodes { kind } } }',
    'mutation { recordMaterializations(input: { jobId: "j", assets: [{ key: "k" }] }) { duplicate } }',
  ]
  for (const query of failing) {
    const answer = await server.ask<object, undefined>(query)
    expect(answer.status).toBe(500)
    const errorId = /^internal error ([0-9a-f-]{36}): the server’s log says more$/.exec(
      answer.errors[0]?.message ?? '',
    )?.[1]
    expect(answer.errors.map(({ extensions }) => extensions)).toEqual([
      { code: 'INTERNAL_SERVER_ERROR', errorId },
    ])
    expect(JSON.stringify(answer)).not.toMatch(/asset_state|SELECT|INSERT|relation|\.ts|node_modules/)
    const logged = lines().find((line) => line.errorId === errorId)
    expect(logged?.err?.message).toContain('asset_state')
    expect(logged?.err?.stack).toBeTruthy()
  }
})

test('a server that stops lets requests under way finish and takes no new ones', async () => {
  await using server = await startTestServer()
  await record(server, { assets: [{ key: 'a' }] })
  const { answer, stopped } = await whileHolding(
    server.database,
    'LOCK TABLE asset_state IN EXCLUSIVE MODE',
    async (untilBlocked) => {
      const underWay = tryRecord(server, { assets: [{ key: 'a' }] })
      await untilBlocked(1)
      const stopping = server.stop()
      await expect(fetch(`${server.url}/livez`)).rejects.toThrow('fetch failed')
      // Not awaited here: the request waits for what this holds.
      return { answer: underWay, stopped: stopping }
    },
  )
  expect(await answer).toMatchObject({ status: 200, errors: [] })
  const started = performance.now()
  await stopped
  // Nobody waits for connections that are only kept alive.
  expect(performance.now() - started).toBeLessThan(2_000)
})

test('while it stops it is not ready, and a connection that is open learns that it must go elsewhere', async () => {
  await using server = await startTestServer()
  await record(server, { assets: [{ key: 'a' }] })
  const { answer, stopped } = await whileHolding(
    server.database,
    'LOCK TABLE asset_state IN EXCLUSIVE MODE',
    async (untilBlocked) => {
      const underWay = tryRecord(server, { assets: [{ key: 'a' }] })
      await untilBlocked(1)
      const ready = await begin(server.url, 'GET /readyz')
      const asking = [
        await begin(server.url, 'POST /graphql'),
        await begin(server.url, 'POST /api/v1/lineage'),
      ]
      const stopping = server.stop()
      expect(await ready()).toMatch(/^HTTP\/1\.1 503 [\s\S]*draining$/)
      for (const asked of await Promise.all(asking.map((finish) => finish()))) {
        expect(asked).toMatch(/^HTTP\/1\.1 503 [\s\S]*"code":"SERVICE_UNAVAILABLE"/)
        expect(asked.toLowerCase()).toContain('\r\nconnection: close\r\n')
        expect(asked.toLowerCase()).toContain('\r\nretry-after: 1\r\n')
      }
      return { answer: underWay, stopped: stopping }
    },
  )
  expect((await answer).status).toBe(200)
  await stopped
})

/** Sends the beginning of a request, and gives what sends the rest and resolves with the answer. */
async function begin(url: string, line: string): Promise<() => Promise<string>> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  socket.write(`${line} HTTP/1.1\r\nhost: localhost\r\n`)
  // Answered only after the server has read what was sent before.
  await (await fetch(`${url}/livez`)).text()
  return async () => {
    socket.write('content-type: application/json\r\ncontent-length: 2\r\n\r\n{}')
    let text = ''
    for await (const chunk of socket) text += String(chunk)
    return text
  }
}

test('a body beyond the limit is refused as too large', async () => {
  await using server = await startTestServer({ variables: { HEADWATER_BODY_LIMIT_BYTES: '2000' } })
  const send = (bytes: number) => {
    const rest = '{"query":"{ __typename }","x":""}'.length
    return fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: JSON_BODY,
      body: `{"query":"{ __typename }","x":"${'x'.repeat(bytes - rest)}"}`,
    })
  }
  expect((await send(2_000)).status).toBe(200)
  const refused = await send(2_001)
  expect(refused.status).toBe(413)
  expect(await refused.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] })
})
