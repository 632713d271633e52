import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { record } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'

let server: TestServer
beforeAll(async () => {
  // So that what is nested too deeply to be parsed comes to the parser.
  server = await startTestServer({ variables: { HEADWATER_QUERY_TOKENS: '100000' } })
  await record(server, {
    assets: [
      { key: 'b' },
      { key: 'a', upstream: [{ key: 'b' }] },
      { key: 'c', upstream: [{ key: 'a' }, { key: 'b' }] },
    ],
  })
})
afterAll(() => server[Symbol.asyncDispose]())

const PATHS = 'from: { key: "b" }, to: { key: "c" }'
const LINEAGE = 'root: { key: "a" }, direction: UPSTREAM'

/** What is wrong with a query, and the whole of the message that says so. */
const QUERIES: [query: string, code: string, status: number, message: string][] = [
  [
    '{ lineage(root: { key: "z" }, direction: BOTH) { watermark } }',
    'ASSET_NOT_FOUND',
    404,
    'root: no asset "z" in namespace "default" has been recorded',
  ],
  [
    '{ lineagePaths(from: { key: "z" }, to: { key: "a" }) { watermark } }',
    'ASSET_NOT_FOUND',
    404,
    'from: no asset "z" in namespace "default" has been recorded',
  ],
  [
    '{ lineagePaths(from: { key: "a" }, to: { key: "a", namespace: "z" }) { watermark } }',
    'ASSET_NOT_FOUND',
    404,
    'to: no asset "a" in namespace "z" has been recorded',
  ],
  [
    `{ lineagePaths(${PATHS}, limit: 0) { watermark } }`,
    'BAD_USER_INPUT',
    400,
    'limit: expected 1 to 1000 paths, got 0',
  ],
  [
    `{ lineagePaths(${PATHS}, limit: 1001) { watermark } }`,
    'BAD_USER_INPUT',
    400,
    'limit: expected 1 to 1000 paths, got 1001',
  ],
  [
    `{ lineagePaths(${PATHS}, maxLength: -1) { watermark } }`,
    'BAD_USER_INPUT',
    400,
    'maxLength: expected 0 or more hops, got -1',
  ],
  [
    `{ lineagePaths(${PATHS}, after: "forged") { watermark } }`,
    'BAD_USER_INPUT',
    400,
    'after: expected a cursor that this query answered with, got "forged"',
  ],
  [
    `{ lineage(${LINEAGE}, limit: 0) { watermark } }`,
    'BAD_USER_INPUT',
    400,
    'limit: expected 1 to 10000 nodes, got 0',
  ],
  [
    `{ lineage(${LINEAGE}, limit: 10001) { watermark } }`,
    'BAD_USER_INPUT',
    400,
    'limit: expected 1 to 10000 nodes, got 10001',
  ],
  [
    `{ lineage(${LINEAGE}, depth: -1) { watermark } }`,
    'BAD_USER_INPUT',
    400,
    'depth: expected 0 or more hops, got -1',
  ],
  [
    `{ lineage(${LINEAGE}, after: "forged") { watermark } }`,
    'BAD_USER_INPUT',
    400,
    'after: expected a cursor that this query answered with, got "forged"',
  ],
  [
    `{ lineage(${LINEAGE}, atLeast: "forged") { watermark } }`,
    'BAD_USER_INPUT',
    400,
    'atLeast: expected a watermark that this API answered with, got "forged"',
  ],
  [
    '{ asset(key: "a") { latestMaterialization(partitionKey: "\\u0000") { id } } }',
    'BAD_USER_INPUT',
    200,
    'partitionKey: expected a text without U+0000, got U+0000 at index 0',
  ],
  ['{ assets(first: -1) { totalCount } }', 'BAD_USER_INPUT', 400, 'first: expected 1 to 1000, got -1'],
  [
    '{ materializations(first: 1001) { totalCount } }',
    'BAD_USER_INPUT',
    400,
    'first: expected 1 to 1000, got 1001',
  ],
  [
    '{ assets(filter: { search: "" }) { totalCount } }',
    'BAD_USER_INPUT',
    400,
    'filter.search: expected 1 to 2048 characters, got 0 characters',
  ],
  [
    '{ assets(filter: { keys: ["a", "\\u0000"] }) { totalCount } }',
    'BAD_USER_INPUT',
    400,
    'filter.keys[1]: expected a text without U+0000, got U+0000 at index 0',
  ],
  [
    '{ materializations(filter: { since: "1960-01-01T00:00:00Z" }) { totalCount } }',
    'BAD_USER_INPUT',
    400,
    'filter.since: expected 1970-01-01T00:00:00.000Z to 9999-12-31T23:59:59.999Z, got 1960-01-01T00:00:00.000Z',
  ],
  ['{ assets(first: 0) { totalCount } }', 'BAD_USER_INPUT', 400, 'first: expected 1 to 1000, got 0'],
  ['{ assets(first: 1001) { totalCount } }', 'BAD_USER_INPUT', 400, 'first: expected 1 to 1000, got 1001'],
  [
    '{ assets(after: "forged") { totalCount } }',
    'BAD_USER_INPUT',
    400,
    'after: expected a cursor that this query answered with, got "forged"',
  ],
  [
    '{ asset(key: "") { id } }',
    'BAD_USER_INPUT',
    400,
    'key: expected 1 to 2048 characters, got 0 characters',
  ],
  [
    '{ node(id: "forged") { id } }',
    'BAD_USER_INPUT',
    400,
    'id: expected the id of a node that this API answered with, got "forged"',
  ],
  [
    '{ materializationByVersion(asset: { key: "a" }, version: "") { id } }',
    'BAD_USER_INPUT',
    400,
    'version: expected 1 to 256 characters, got 0 characters',
  ],
  [
    'mutation { recordMaterializationBatch(inputs: []) { duplicate } }',
    'BAD_USER_INPUT',
    400,
    'inputs: expected 1 to 100 items, got 0 items',
  ],
  [
    `{ lineage(${LINEAGE}, atLeast: "${Buffer.from('w1:999999999999999999').toString('base64url')}") { watermark } }`,
    'SERVICE_UNAVAILABLE',
    503,
    'atLeast: this database has not reached that watermark; try again shortly',
  ],
  [
    '{ materializations(filter: { since: ["2026-01-01"] }) { totalCount } }',
    'BAD_USER_INPUT',
    400,
    'DateTime: expected an ISO 8601 instant with an offset, got a list',
  ],
  [
    `mutation { recordMaterializations(input: { jobId: "j", assets: [{ key: "k", metadata: ${'['.repeat(1_000)}${']'.repeat(1_000)} }] }) { duplicate } }`,
    'BAD_USER_INPUT',
    400,
    'JSONObject: expected a JSON object, got a list',
  ],
  [
    'mutation { recordMaterializations(input: { jobId: "j", assets: [{ key: "k", metadata: { a: 1e400 } }] }) { duplicate } }',
    'BAD_USER_INPUT',
    400,
    'input.assets[0].metadata: expected numbers within ±1.7976931348623157e+308, got a larger one',
  ],
  [
    'mutation { recordMaterializations(input: { jobId: "j", assets: [{ key: "k", sizeBytes: 1180591620717411303424 }] }) { duplicate } }',
    'BAD_USER_INPUT',
    400,
    'BigInt: expected a whole number from -2^63 to 2^63-1 (from 2^53 on as a string), got 1180591620717411303424',
  ],
  ['{ nothing }', 'BAD_USER_INPUT', 400, 'Cannot query field "nothing" on type "Query".'],
  ['{ asset(', 'BAD_USER_INPUT', 400, 'Syntax Error: Expected Name, found <EOF>.'],
  [
    `mutation { recordMaterializations(input: { jobId: "j", assets: [{ key: "k", metadata: { a: ${'['.repeat(20_000)}${']'.repeat(20_000)} } }] }) { duplicate } }`,
    'BAD_USER_INPUT',
    400,
    'the document is nested too deeply to be read',
  ],
]

test.each(QUERIES)('refused: %s', async (query, code, status, message) => {
  const answer = await server.ask(query)
  expect(answer.errors[0]).toMatchObject({ message, extensions: { code } })
  expect(answer.status).toBe(status)
})

/** Asks three times: a query that comes again is compiled. */
async function askedAgain(body: object) {
  const answers = []
  for (let times = 0; times < 3; times++) {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const text = await response.text()
    const { errors } = JSON.parse(text) as { errors: { message: string; extensions: { code: string } }[] }
    answers.push({ status: response.status, length: text.length, errors })
  }
  return answers
}

test('an operation that is not there is not taken for the one that is', async () => {
  const query = 'mutation Describe($input: UpdateAssetInput!) { updateAsset(input: $input) { description } }'
  const variables = { input: { asset: { key: 'a' }, description: 'changed' } }
  for (const answer of await askedAgain({ query, variables, operationName: 'nope' })) {
    expect(answer).toMatchObject({
      status: 400,
      errors: [{ message: 'Unknown operation named "nope".', extensions: { code: 'BAD_USER_INPUT' } }],
    })
  }
  expect(await server.query('{ asset(key: "a") { description } }')).toEqual({ asset: { description: null } })
})

test.each([
  [
    'members that are null',
    { k: Array<null>(200_000).fill(null) },
    'query ($k: [String!]) { assets(filter: { kinds: $k }) { totalCount } }',
  ],
  [
    'members that are not known',
    { f: Object.fromEntries(Array.from({ length: 30_000 }, (_, at) => [`unknown${at}`, at])) },
    'query ($f: AssetFilter) { assets(filter: $f) { totalCount } }',
  ],
])('of variables with very many %s the first is said, in a short answer', async (_what, variables, query) => {
  for (const { status, length, errors } of await askedAgain({ query, variables })) {
    expect([status, errors.map(({ extensions }) => extensions.code)]).toEqual([
      400,
      ['BAD_USER_INPUT', 'BAD_USER_INPUT'],
    ])
    expect(length).toBeLessThan(10_000)
  }
})

test.each([
  [
    'a subscription',
    { query: 'subscription S { materializationRecorded { watermark } }' },
    /subscription: send it over/,
  ],
  [
    'a hash that is not that of the query',
    { query: '{ __typename }', extensions: { persistedQuery: { version: 1, sha256Hash: 'x' } } },
    /^expected the SHA-256 of the query, got another$/,
  ],
])('refused: %s', async (_what, body, message) => {
  for (const answer of await askedAgain(body)) {
    expect(answer).toMatchObject({
      status: 400,
      errors: [{ message: expect.stringMatching(message), extensions: { code: 'BAD_USER_INPUT' } }],
    })
  }
})
