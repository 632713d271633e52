import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { headwater } from '../cli/run-headwater.js'
import { postEvents, runEvent } from '../harness/lineage-events.js'
import { minute, tryRecord } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'

const TOKEN = 'hw_0123456789abcdef_SecretOfTheToken'
const SECRETS = [TOKEN, 'SecretOfTheToken', 'VerySecretValue', 'SecretPassword', 'c2VjcmV0OnNlY3JldA']

const lines: string[] = []
let server: TestServer
beforeAll(async () => {
  server = await startTestServer({
    variables: { HEADWATER_LOG_LEVEL: 'trace' },
    logTo: { write: (line) => void lines.push(line) },
  })
})
afterAll(() => server[Symbol.asyncDispose]())

const HEADERS = {
  'content-type': 'application/json',
  authorization: `Bearer ${TOKEN}`,
  'proxy-authorization': 'Basic c2VjcmV0OnNlY3JldA==',
  cookie: `session=${TOKEN}`,
  // An id of the caller's is logged.
  'x-request-id': TOKEN,
}

const post = (body: object | string, headers: Record<string, string> = HEADERS) =>
  fetch(`${server.url}/graphql?token=${TOKEN}`, {
    method: 'POST',
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  }).then((response) => response.text())

function expectNoSecrets(text: string): void {
  for (const secret of SECRETS) expect(text).not.toContain(secret)
}

const VARIABLE = 'query ($key: String!) { asset(key: $key) { key } }'

test('requests, those that fail too, leave no token, header, query string or variable in the log', async () => {
  lines.length = 0
  const answers = [
    await post({ query: VARIABLE, variables: { key: 'VerySecretValue' } }),
    await post({ query: '{ nothing }', variables: { key: 'VerySecretValue' } }),
    await post('{"query": "VerySecretValue'),
    await post(
      { query: VARIABLE, variables: { key: 'VerySecretValue' } },
      { ...HEADERS, 'content-type': 'text/plain' },
    ),
    await (await fetch(`${server.url}/nowhere?key=VerySecretValue`, { headers: HEADERS })).text(),
    await (
      await fetch(`${server.url}/export/lineage?key=VerySecretValue&direction=UP`, { headers: HEADERS })
    ).text(),
    await (await postEvents(server, runEvent('load', 'VerySecretValue', 'START', minute(1)))).text(),
  ]
  await tryRecord(server, {
    jobId: 'VerySecretValue',
    assets: [{ key: 'VerySecretValue', metadata: { password: 'SecretPassword' } }],
  })
  expect(lines.length).toBeGreaterThan(6)
  expectNoSecrets(lines.join(''))
  expect(lines.join('')).toContain('"id":"hw_***"')
  for (const answer of answers) expect(answer).not.toContain('SecretOfTheToken')
})

const broken = async (how: string, mended: string, work: () => Promise<unknown>) => {
  lines.length = 0
  await server.database.sql(how)
  try {
    await work()
  } finally {
    await server.database.sql(mended)
  }
  return lines.join('')
}

test('what PostgreSQL says of values that it does not take is in no log and in no answer', async () => {
  const fails = async () => {
    const { errors } = await tryRecord(server, { jobId: 'VerySecretValue', assets: [{ key: 'made' }] })
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['INTERNAL_SERVER_ERROR'])
    expectNoSecrets(JSON.stringify(errors))
  }
  const add = (check: string) =>
    `ALTER TABLE materialization ADD CONSTRAINT broken CHECK (${check}) NOT VALID`
  const drop = 'ALTER TABLE materialization DROP CONSTRAINT broken'
  // Its detail is the row, and the message of the other the value.
  for (const [check, code] of [
    [`job_id <> 'VerySecretValue'`, '23514'],
    [`job_id::int > 0`, '22P02'],
  ] as const) {
    const log = await broken(add(check), drop, fails)
    expect(log).toContain(code)
    expect(log).toContain('internal error')
    expectNoSecrets(log)
  }
})

test('nor is what Prisma says of a statement', async () => {
  const rename = (from: string, to: string) => `ALTER TABLE materialization RENAME COLUMN ${from} TO ${to}`
  const log = await broken(rename('job_id', 'gone'), rename('gone', 'job_id'), async () => {
    const { errors } = await server.ask(
      'query ($filter: MaterializationFilter) { materializations(filter: $filter) { nodes { id } } }',
      { filter: { jobId: 'VerySecretValue' } },
    )
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['INTERNAL_SERVER_ERROR'])
    expectNoSecrets(JSON.stringify(errors))
  })
  expect(log).toContain('internal error')
  expectNoSecrets(log)
})

test.each([
  'postgresql://me:SecretPassword@127.0.0.1:1/mine',
  'postgresql://me:SecretPassword@127.0.0.1:1/mine?password=SecretPassword',
  'postgresql://me:Secret/Password@SecretPassword@127.0.0.1:1/mine',
  'SecretPassword',
])('the password of %s is in no output of the command', async (url) => {
  const variables = { DATABASE_URL: url, PORT: '0', HEADWATER_LOG_LEVEL: 'trace' }
  const commands = [['serve'], ['prune', '--older-than', '1d']]
  for (const { code, stdout, stderr } of await Promise.all(
    commands.map((command) => headwater(command, { variables })),
  )) {
    expect(code).toBe(1)
    expect(stderr).toMatch(/DATABASE_URL/)
    expectNoSecrets(stdout + stderr)
  }
})
