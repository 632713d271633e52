import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { clear } from '../harness/dump.js'
import { record } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'

let server: TestServer
let materializationId: string
beforeAll(async () => {
  server = await startTestServer()
})
beforeEach(async () => {
  await clear(server)
  materializationId = (await record(server, { assets: [{ key: 'a' }] })).materializations[0]?.id ?? ''
})
afterAll(() => server[Symbol.asyncDispose]())

const FIELDS = 'id name status severity details checkedAt materialization { id }'

interface Check {
  id: string
  name: string
}

const recordChecks = (input: object) =>
  server.ask<{ results: Check[] }, object>(
    `mutation ($input: RecordCheckResultsInput!) { results: recordCheckResults(input: $input) { ${FIELDS} } }`,
    { input: { materializationId, ...input } },
  )

const PASSED = { name: 'no nulls', status: 'PASSED' }
const FAILED = { name: 'in range', status: 'FAILED', severity: 'WARN', details: { worst: [1, 'x'] } }

test('results are found on the materialization, on the asset and by their ids, newest first', async () => {
  const checkedAt = '2026-01-01T00:00:00.000Z'
  const { data } = await recordChecks({ checks: [PASSED, FAILED], checkedAt })
  const results = data?.results ?? []
  expect(results).toEqual([
    {
      ...PASSED,
      id: expect.any(String),
      severity: 'ERROR',
      details: null,
      checkedAt,
      materialization: { id: materializationId },
    },
    { ...FAILED, id: expect.any(String), checkedAt, materialization: { id: materializationId } },
  ])
  const later = (await recordChecks({ checks: [PASSED] })).data?.results[0]
  await record(server, { assets: [{ key: 'a' }] })

  const page = 'totalCount pageInfo { endCursor hasNextPage }'
  const lists = (after: string) =>
    server.query<
      Record<
        'one' | 'all',
        {
          checks: {
            nodes: Check[]
            totalCount: number
            pageInfo: { endCursor: string; hasNextPage: boolean }
          }
        }
      >,
      never
    >(
      `{ one: materialization(id: "${materializationId}") { checks(first: 2${after}) { nodes { ${FIELDS} } ${page} } }
         all: asset(key: "a") { checks(first: 3) { nodes { ${FIELDS} } ${page} } }
         latest: asset(key: "a") { latestMaterialization { checks { totalCount } } } }`,
    )
  const first = await lists('')
  expect(first).toMatchObject({ latest: { latestMaterialization: { checks: { totalCount: 0 } } } })
  expect(first.all.checks.nodes).toEqual([later, results[1], results[0]])
  expect(first.one.checks).toMatchObject({
    nodes: [later, results[1]],
    totalCount: 3,
    pageInfo: { hasNextPage: true },
  })
  const second = await lists(`, after: "${first.one.checks.pageInfo.endCursor}"`)
  expect(second.one.checks).toMatchObject({ nodes: [results[0]], pageInfo: { hasNextPage: false } })
  expect(
    await server.query<object, never>(
      `{ node(id: "${results[1]?.id}") { __typename id ... on CheckResult { name } } }`,
    ),
  ).toEqual({ node: { __typename: 'CheckResult', id: results[1]?.id, name: 'in range' } })
})

test('under an idempotency key a repeat answers with the first results, and other content is refused', async () => {
  const call = { idempotencyKey: 'k', checks: [PASSED, FAILED] }
  const answers = await Promise.all(Array.from({ length: 20 }, () => recordChecks(call)))
  const first = answers[0]?.data
  expect(first?.results).toHaveLength(2)
  // Whoever came first set the time.
  for (const { data } of answers) expect(data).toEqual(first)
  for (const other of [[PASSED], [PASSED, FAILED, PASSED], [FAILED, PASSED]]) {
    const { status, errors } = await recordChecks({ ...call, checks: other })
    expect([status, errors[0]?.extensions]).toEqual([
      409,
      { code: 'IDEMPOTENCY_KEY_REUSED', field: 'input.idempotencyKey' },
    ])
  }
  expect(await server.database.sql('SELECT id FROM check_result')).toHaveLength(2)
  // Without a key each call counts.
  await recordChecks({ checks: [PASSED] })
  await recordChecks({ checks: [PASSED] })
  expect(await server.database.sql('SELECT id FROM check_result')).toHaveLength(4)
})

test('what is wrong is refused, and nothing is written', async () => {
  const gone = materializationId
  await clear(server)
  const refused = async (input: object) => {
    const { status, errors } = await recordChecks(input)
    return [status, errors[0]?.message]
  }
  expect(await refused({ checks: [PASSED] })).toEqual([
    404,
    'input.materializationId: no materialization has this id',
  ])
  expect(await refused({ materializationId: 'forged', checks: [PASSED] })).toEqual([
    400,
    'input.materializationId: expected the id of a Materialization that this API answered with, got "forged"',
  ])
  materializationId = gone
  expect(await refused({ checks: [] })).toEqual([400, 'input.checks: expected 1 to 1000 items, got 0 items'])
  expect(await refused({ checks: [{ ...PASSED, name: '' }] })).toEqual([
    400,
    'input.checks[0].name: expected 1 to 512 characters, got 0 characters',
  ])
  expect(await refused({ checks: [PASSED, { ...PASSED, details: { a: '\0' } }] })).toEqual([
    400,
    'input.checks[1].details: expected a text without U+0000, got U+0000 at index 0',
  ])
  expect((await refused({ checks: [{ ...PASSED, status: 'MAYBE' }] }))[0]).toBe(400)
  expect(await server.database.sql('SELECT id FROM check_result')).toEqual([])
})
