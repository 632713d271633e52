import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { grant, startGuardedServer, tokenFor } from '../harness/callers.js'
import type { TestServer } from '../harness/server.js'
import { headwater, ndjson } from './run-headwater.js'

let server: TestServer
beforeAll(async () => {
  server = await startGuardedServer()
}, 60_000)
afterAll(() => server[Symbol.asyncDispose]())

const record = async (grants: Parameters<typeof tokenFor>[1], stdin: string, ...args: string[]) =>
  headwater(['record', '-', ...args], {
    url: server.url,
    stdin,
    variables: { HEADWATER_TOKEN: await tokenFor(server, grants) },
  })

const made = (jobId: string, namespace: string) => ({ jobId, assets: [{ key: jobId, namespace }] })
const MIXED = ndjson(
  made('a', 'own'),
  made('b', 'foreign'),
  made('c', 'own'),
  made('d', 'foreign'),
  made('e', 'own'),
)
const WHY = 'the server does not allow it: expected a token with scope record in namespace "foreign"'

test('what the token may not record is named by its line, and nothing of the batch is recorded', async () => {
  const { code, stdout, stderr } = await record([grant('RECORD', 'own')], MIXED)
  expect([code, stdout]).toEqual([1, 'recorded 0 (0 materializations), already there 0, bad 1\n'])
  expect(stderr).toBe(`line 2: ${WHY}\nheadwater: the server refused line 2; nothing was recorded\n`)
})

test('with --keep-good what it may record beside is recorded', async () => {
  const { code, stdout, stderr } = await record([grant('RECORD', 'own')], MIXED, '--keep-good')
  expect([code, stdout]).toEqual([1, 'recorded 3 (3 materializations), already there 0, bad 2\n'])
  expect(stderr).toBe(`line 2: ${WHY}\nline 4: ${WHY}\n`)
})

test('a token that may do nothing ends it at once', async () => {
  const { code, stderr } = await record([], MIXED, '--keep-good')
  expect(code).toBe(1)
  expect(stderr).toBe(
    'headwater: the server does not allow it: expected a token with scope read in some namespace; none of 5 recordings is known to be recorded\n',
  )
})
