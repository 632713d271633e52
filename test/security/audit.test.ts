import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { type Caller, callerOf, grant, startGuardedServer, tokenFor } from '../harness/callers.js'
import { runEvent } from '../harness/lineage-events.js'
import { minute, record } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'

interface Entry {
  level: number
  audit: true
  caller: string
  operation: string
  namespaces: string[]
  outcome: string
  requestId: string
  remoteAddress: string
}

let server: TestServer
let caller: Caller
let token: string
let text = ''
beforeAll(async () => {
  server = await startGuardedServer({
    variables: { HEADWATER_LOG_LEVEL: 'info' },
    logTo: {
      write: (line) => {
        text += line
      },
    },
  })
  token = await tokenFor(server, [grant('RECORD', 'own')], { name: 'pipeline' })
  caller = callerOf(server, token)
}, 60_000)
beforeEach(() => {
  text = ''
})
afterAll(() => server[Symbol.asyncDispose]())

const entries = (log = text): Entry[] =>
  log
    .split('\n')
    .filter((line) => line.includes('"audit":true'))
    .map((line) => JSON.parse(line) as Entry)

const RECORD = `mutation ($one: RecordMaterializationsInput!, $other: RecordMaterializationsInput!) {
  one: recordMaterializations(input: $one) { duplicate } other: recordMaterializations(input: $other) { duplicate } }`

test('every mutation is a line: who, what, in which namespaces, with which outcome', async () => {
  const input = (namespace: string) => ({
    jobId: 'secret-job',
    assets: [{ key: 'secret-key', namespace, metadata: { key: 'k', namespace: 'not one' } }],
  })
  const answer = await caller.ask(RECORD, { one: input('own'), other: input('foreign') })
  const common = {
    level: 30,
    audit: true,
    caller: `pipeline (${token.slice(3, 15)})`,
    operation: 'recordMaterializations',
    requestId: answer.headers.get('x-request-id'),
    remoteAddress: '127.0.0.1',
  }
  expect(entries()).toMatchObject([
    { ...common, namespaces: ['own'], outcome: 'OK' },
    { ...common, namespaces: ['foreign'], outcome: 'FORBIDDEN' },
  ])
  await caller.ask('mutation { updateAsset(input: { asset: { key: "", namespace: "own" } }) { key } }')
  expect(entries().at(-1)).toMatchObject({
    operation: 'updateAsset',
    namespaces: ['own'],
    outcome: 'BAD_USER_INPUT',
  })
  expect(text).not.toMatch(/secret/)
  expect(text).not.toContain(token.slice(16, 80))
})

test('reading is none', async () => {
  await caller.ask('{ assets { totalCount } }')
  expect(entries()).toEqual([])
})

test('so is every OpenLineage event, of a batch too', async () => {
  const event = (namespace: string) => {
    const one = runEvent('secret', 'secret', 'START', minute(1))
    return { ...one, job: { ...one.job, namespace } }
  }
  await caller.send(event('own'))
  await caller.send([event('foreign'), {}, event('own')])
  const said = entries().map(({ operation, namespaces, outcome }) => `${operation} ${namespaces} ${outcome}`)
  // Those of a batch end in any order.
  expect(new Set(entries().map(({ remoteAddress }) => remoteAddress))).toEqual(new Set(['127.0.0.1']))
  expect(said.sort()).toEqual([
    'openlineage  BAD_USER_INPUT',
    'openlineage foreign FORBIDDEN',
    'openlineage own OK',
    'openlineage own OK',
  ])
  expect(text).not.toMatch(/secret/)
})

test('a token is in no line of the log, whatever becomes of the request', async () => {
  await caller.fetch('/export/lineage?key=nothing')
  await callerOf(server, `${token}0`).ask('{ __typename }')
  expect(text).toContain('request completed')
  expect(text).not.toContain(token.slice(16, 80))
})

test('HEADWATER_AUDIT: off with tokens, and on without', async () => {
  for (const [variables, count] of [
    [{}, 0],
    [{ HEADWATER_AUDIT: 'on' }, 1],
    [{ HEADWATER_AUTH: 'on', HEADWATER_AUDIT: 'off' }, 0],
  ] as const) {
    let log = ''
    await using other = await startTestServer({
      database: server.database,
      variables: { HEADWATER_LOG_LEVEL: 'info', ...variables },
      logTo: {
        write: (line) => {
          log += line
        },
      },
    })
    if ('HEADWATER_AUTH' in variables)
      await callerOf(other, token).ask('mutation { retireAsset(asset: { key: "x" }) { key } }')
    else await record(other, { assets: [{ key: 'x' }] })
    expect(entries(log)).toHaveLength(count)
    if (count === 1)
      expect(entries(log)).toMatchObject([{ caller: 'anyone', namespaces: ['default'], outcome: 'OK' }])
  }
})
