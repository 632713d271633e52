import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { makeToken, readToken } from '../../src/lineage/access/token.js'
import { TRUSTED_MS } from '../../src/server/access/api-tokens.js'
import { createFolder, headwater, PROGRAM } from '../cli/run-headwater.js'
import { callerOf, grant, startGuardedServer, tokenFor } from '../harness/callers.js'
import { program } from '../harness/program.js'
import type { TestServer } from '../harness/server.js'

let server: TestServer
beforeAll(async () => {
  server = await startGuardedServer()
}, 60_000)
afterAll(() => server[Symbol.asyncDispose]())
// Commands take seconds where others use the machine too.
jest.setTimeout(60_000)
afterEach(() => {
  jest.restoreAllMocks()
})

/** The command, on the server's database. */
const token = (...args: string[]) =>
  headwater(['token', ...args], { variables: { DATABASE_URL: server.database.url } })

const statusFor = async (text: string) => (await callerOf(server, text).ask('{ __typename }')).status

/** Everything that is known to be true for a while only is old. */
function later(ms: number): void {
  const { performance } = program.clocks
  const now = performance.now.bind(performance)
  jest.spyOn(performance, 'now').mockImplementation(() => now() + ms)
}

const prefixOf = (text: string) => readToken(text)?.prefix ?? ''

describe('headwater token', () => {
  test('makes one that works at once, shows it once, and keeps only a hash of it', async () => {
    const { code, stdout, stderr } = await token(
      'create',
      '--name',
      'ocr',
      '--scope',
      'record',
      '--namespace',
      'ocr',
      '--reads',
      'raw',
      '--expires',
      '90d',
    )
    const text = stdout.trim()
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^hw_[0-9a-f]{12}_[0-9a-f]{72}\n$/)])
    expect(stderr).toMatch(
      /^token [0-9a-f]{12} \(ocr\): record in ocr; read in raw; expires 20\S+; in postgresql:\/\/\S+; it is shown this once\n$/,
    )
    const record = (namespace: string, upstream: string) =>
      callerOf(server, text).ask(
        'mutation ($input: RecordMaterializationsInput!) { recordMaterializations(input: $input) { duplicate } }',
        {
          input: {
            jobId: 'j',
            assets: [{ key: 'a', namespace }],
            upstream: [{ key: 'b', namespace: upstream }],
          },
        },
      )
    expect((await record('ocr', 'raw')).errors).toEqual([])
    expect((await record('raw', 'raw')).status).toBe(403)
    const rows = await server.database.sql<{ row: string }>('SELECT t::text AS row FROM api_token t')
    const secret = text.slice(16, 80)
    for (const { row } of rows) expect(row).not.toContain(secret)
    const listed = await token('list')
    expect(listed.stdout).toContain(prefixOf(text))
    expect(listed.stdout).not.toContain(secret)
  })

  test('revokes one; servers know it after no more than they say', async () => {
    const text = await tokenFor(server, [grant('READ')], { name: 'gone' })
    expect(await statusFor(text)).toBe(200)
    const { code, stdout } = await token('revoke', prefixOf(text))
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^revoked [0-9a-f]{12} \(gone\): .*within 5 seconds\n$/),
    ])
    expect(TRUSTED_MS).toBe(5_000)
    later(TRUSTED_MS)
    expect(await statusFor(text)).toBe(401)
    expect((await token('list')).stdout).toMatch(new RegExp(`${prefixOf(text)}  gone .*revoked`))
  })

  test.each([
    [['create', '--name', 'x', '--scope', 'read'], /expected either --namespace or --all-namespaces/],
    [['create', '--name', 'x', '--scope', 'read', '--namespace', 'a', '--all-namespaces'], /expected either/],
    [['create', '--name', 'x', '--scope', 'write', '--namespace', 'a'], /read, record, admin/],
    [['create', '--name', 'x', '--scope', 'read', '--namespace', '*'], /say --all-namespaces/],
    [
      ['create', '--name', 'x', '--scope', 'read', '--all-namespaces', '--expires', '90'],
      /e\.g\. 30m, 12h, 90d/,
    ],
  ])('%j is wrong usage', async (args, message) => {
    const { code, stderr } = await token(...args)
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)])
  })

  test('of no token is an error', async () => {
    expect(await token('revoke', '0'.repeat(12))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no token 000000000000 is known'),
    })
  })

  test('works beside a server on the embedded PostgreSQL, and without one', async () => {
    await using folder = await createFolder()
    const { spawn } = await import('node:child_process')
    const variables = {
      HEADWATER_DATA_DIR: `${folder.path}/data`,
      DATABASE_URL: '',
      HEADWATER_AUTH: 'on',
      PORT: '0',
      HEADWATER_LOG_LEVEL: 'info',
    }
    const before = await headwater(
      ['token', 'create', '--name', 'first', '--scope', 'read', '--all-namespaces'],
      { variables },
    )
    expect(before.code).toBe(0)
    const child = spawn(process.execPath, [PROGRAM, 'serve'], { env: { ...process.env, ...variables } })
    try {
      let log = ''
      const url = await new Promise<string>((resolve, reject) => {
        child.stderr.on('data', (chunk) => {
          log += chunk
          const found = /"url":"(http[^"]+)"/.exec(log)?.[1]
          if (found !== undefined) resolve(found)
        })
        child.once('exit', () => reject(new Error(log)))
      })
      const { stdout } = await headwater(
        ['token', 'create', '--name', 'x', '--scope', 'read', '--all-namespaces', '--json'],
        { variables },
      )
      const { token: text } = JSON.parse(stdout) as { token: string }
      for (const one of [before.stdout.trim(), text])
        expect((await callerOf({ url }, one).ask('{ __typename }')).data).toEqual({ __typename: 'Query' })
      expect((await callerOf({ url }, null).ask('{ __typename }')).status).toBe(401)
    } finally {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await ended
    }
  }, 120_000)
})

test('commands show the token that they are given, and say what is wrong with it', async () => {
  const text = await tokenFor(server, [grant('READ', 'own')])
  const select = (...args: string[]) => headwater(['select', '*', ...args], { url: server.url })
  expect(await select('--token', text)).toMatchObject({ code: 0, stderr: '' })
  expect(await select()).toEqual({
    code: 1,
    stdout: '',
    stderr:
      'headwater: the server does not know who asks: expected a token (Authorization: Bearer …), got none; pass one with --token, or as HEADWATER_TOKEN\n',
  })
  const config = 'asset_config: { n: [x] }'
  const apply = await headwater(['config', 'apply', '-'], {
    stdin: config,
    url: server.url,
    variables: { HEADWATER_TOKEN: text },
  })
  expect(apply.stderr).toContain(
    'the server does not allow it: expected a token with scope record in namespace "default"',
  )
  const bad = await select('--token', 'a secret')
  expect(bad.stderr).toBe('headwater: --token: expected printable ASCII without spaces\n')
})

test('a token counts until it expires', async () => {
  const text = await tokenFor(server, [grant('READ')], { expiresAt: new Date(Date.now() + 3_600_000) })
  expect(await statusFor(text)).toBe(200)
  jest.spyOn(program.clocks.Date, 'now').mockImplementation(() => Date.now() + 3_600_000)
  expect(await statusFor(text)).toBe(401)
})

test('the right prefix with another secret is none', async () => {
  const text = await tokenFor(server, [grant('READ')])
  const other = makeToken()
  // Its checksum is right.
  const { createHash } = await import('node:crypto')
  const secret = other.text.slice(16, 80)
  const checksum = createHash('sha256')
    .update(`${prefixOf(text)}_${secret}`)
    .digest('hex')
    .slice(0, 8)
  const forged = `hw_${prefixOf(text)}_${secret}${checksum}`
  expect(readToken(forged)).not.toBeNull()
  expect([await statusFor(forged), await statusFor(text)]).toEqual([401, 200])
})

/** When it was, once it has been noted: nobody waits for that. */
async function lastUsed(text: string): Promise<number> {
  for (;;) {
    const [row] = await server.database.sql<{ at: Date | null }>(
      'SELECT last_used_at AS at FROM api_token WHERE prefix = $1',
      [prefixOf(text)],
    )
    if (row?.at != null) return row.at.getTime()
  }
}

describe('asking the database', () => {
  test('one statement for a token, and none while that is trusted; none for a mistyped one', async () => {
    const text = await tokenFor(server, [grant('READ')])
    await statusFor(text)
    await lastUsed(text)
    expect(await server.statementsOf(() => statusFor(text))).toEqual([])
    later(TRUSTED_MS)
    const looked = await server.statementsOf(() =>
      Promise.all([statusFor(text), statusFor(text), statusFor(text)]),
    )
    expect(looked).toEqual([expect.stringMatching(/FROM "public"\."api_token"/)])
    const mistyped = `${text.slice(0, -1)}${text.endsWith('0') ? '1' : '0'}`
    const none = makeToken().text
    expect(await server.statementsOf(async () => expect(await statusFor(mistyped)).toBe(401))).toEqual([])
    expect(await server.statementsOf(async () => expect(await statusFor(none)).toBe(401))).toHaveLength(1)
    expect(await server.statementsOf(async () => expect(await statusFor(none)).toBe(401))).toEqual([])
  })

  test('when it was last used is written once a minute', async () => {
    const text = await tokenFor(server, [grant('READ')])
    await statusFor(text)
    const first = await lastUsed(text)
    expect(await server.statementsOf(() => statusFor(text))).toEqual([])
    jest.spyOn(program.clocks.Date, 'now').mockImplementation(() => Date.now() + 61_000)
    await statusFor(text)
    let second = first
    while (second === first) second = await lastUsed(text)
    expect(second - first).toBeGreaterThanOrEqual(60_000)
  })

  test('a flood of unknown tokens does not become one of statements, and holds up nobody who is known', async () => {
    const text = await tokenFor(server, [grant('READ')])
    await statusFor(text)
    await lastUsed(text)
    // A second in which time stands still.
    const at = program.clocks.performance.now() + 60_000
    jest.spyOn(program.clocks.performance, 'now').mockImplementation(() => at)
    let refused = 0
    const statements = await server.statementsOf(async () => {
      const statuses = await Promise.all(Array.from({ length: 150 }, () => statusFor(makeToken().text)))
      refused = statuses.filter((status) => status === 503).length
      expect(statuses.filter((status) => status === 401)).toHaveLength(150 - refused)
      expect(await statusFor(text)).toBe(200)
    })
    expect(refused).toBe(50)
    expect(statements).toHaveLength(101)
  })
})
