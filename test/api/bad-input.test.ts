import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { RecordMaterializationsDocument } from '../../schema/operations.generated.js'
import { startTestServer, type TestServer } from '../harness/server.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
  await server.query(RecordMaterializationsDocument, {
    input: { jobId: 'job', assets: [{ key: 'a' }], upstream: [{ key: 'b' }] },
  })
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

const nested = (levels: number): Record<string, unknown> => (levels === 1 ? {} : { x: nested(levels - 1) })
const asset = (members: object) => ({ assets: [{ key: 'k', ...members }] })

/** What is wrong with a recording, and the whole of the message that says so. */
const RECORDINGS: [what: string, input: object, message: string][] = [
  ['no assets', { assets: [] }, 'input.assets: expected 1 to 1000 items, got 0 items'],
  [
    '1,001 assets',
    { assets: Array.from({ length: 1_001 }, (_, at) => ({ key: `k${at}` })) },
    'input.assets: expected 1 to 1000 items, got 1001 items',
  ],
  [
    '1,001 upstreams',
    asset({ upstream: Array.from({ length: 1_001 }, (_, at) => ({ key: `u${at}` })) }),
    'input.assets[0].upstream: expected 0 to 1000 items, got 1001 items',
  ],
  [
    '1,001 upstreams in two places',
    {
      ...asset({ upstream: Array.from({ length: 600 }, (_, at) => ({ key: `u${at}` })) }),
      upstream: Array.from({ length: 401 }, (_, at) => ({ key: `v${at}` })),
    },
    'input.assets[0].upstream: expected 0 to 1000 items, got 1001 items',
  ],
  [
    'an empty key',
    asset({ key: '' }),
    'input.assets[0].key: expected 1 to 2048 characters, got 0 characters',
  ],
  [
    'a key of 2,049 characters',
    asset({ key: '𝒳'.repeat(2_049) }),
    'input.assets[0].key: expected 1 to 2048 characters, got 2049 characters',
  ],
  [
    'a key with a NUL',
    asset({ key: 'a\0' }),
    'input.assets[0].key: expected a text without U+0000, got U+0000 at index 1',
  ],
  [
    'a key with a line feed',
    asset({ key: 'a\n' }),
    'input.assets[0].key: expected no control characters, got U+000A at index 1',
  ],
  [
    'a key with half a surrogate pair',
    asset({ key: 'a\ud800' }),
    'input.assets[0].key: expected well-formed Unicode, got a lone surrogate at index 1',
  ],
  [
    'an empty namespace',
    asset({ namespace: '' }),
    'input.assets[0].namespace: expected 1 to 512 characters, got 0 characters',
  ],
  [
    'an upstream without a key',
    { upstream: [{ key: '' }] },
    'input.upstream[0].key: expected 1 to 2048 characters, got 0 characters',
  ],
  [
    'an empty version',
    asset({ version: '' }),
    'input.assets[0].version: expected 1 to 256 characters, got 0 characters',
  ],
  [
    'a partition of 257 characters',
    { partitionKey: 'p'.repeat(257) },
    'input.partitionKey: expected 1 to 256 characters, got 257 characters',
  ],
  [
    'a negative size',
    asset({ sizeBytes: -1 }),
    'input.assets[0].sizeBytes: expected 0 or more bytes, got -1',
  ],
  [
    'metadata of 65 levels',
    asset({ metadata: nested(65) }),
    'input.assets[0].metadata: expected at most 64 levels, got more than 64 levels',
  ],
  [
    'metadata with \\u0000',
    asset({ metadata: { x: ['\0'] } }),
    'input.assets[0].metadata: expected a text without U+0000, got U+0000 at index 0',
  ],
  [
    'metadata with \\u0000 in a name',
    asset({ metadata: { 'x\0': 1 } }),
    'input.assets[0].metadata: expected a text without U+0000, got U+0000 at index 1',
  ],
  [
    'metadata with half a surrogate pair',
    asset({ metadata: { x: '\udfff' } }),
    'input.assets[0].metadata: expected well-formed Unicode, got a lone surrogate at index 0',
  ],
  [
    'metadata with an integer that JSON rounds',
    asset({ metadata: { x: 2 ** 53 } }),
    'input.assets[0].metadata: expected integers within ±(2^53 - 1); send larger ones as strings, got the integer 9007199254740992',
  ],
  [
    'metadata of more than 256 KiB',
    asset({ metadata: { x: 'y'.repeat(262_144) } }),
    'input.assets[0].metadata: expected at most 262144 bytes of JSON, got 262152 bytes of JSON',
  ],
  [
    'a year before 1970',
    { materializedAt: '1969-12-31T23:59:59.999Z' },
    'input.materializedAt: expected 1970-01-01T00:00:00.000Z to 9999-12-31T23:59:59.999Z, got 1969-12-31T23:59:59.999Z',
  ],
  [
    'an empty idempotency key',
    { idempotencyKey: '' },
    'input.idempotencyKey: expected 1 to 512 characters, got 0 characters',
  ],
]

describe('a recording is refused with', () => {
  test.each(RECORDINGS)('%s', async (_what, input, message) => {
    const { status, errors, data } = await server.ask(RecordMaterializationsDocument, {
      input: { jobId: 'job', assets: [{ key: 'k' }], ...input },
    })
    expect({ status, data, message: errors[0]?.message }).toEqual({ status: 400, data: null, message })
    expect(errors[0]?.extensions).toEqual({
      code: 'BAD_USER_INPUT',
      field: message.slice(0, message.indexOf(':')),
    })
  })

  test('exactly at the bounds it is taken', async () => {
    const key = '𝒳'.repeat(2_048)
    await server.query(RecordMaterializationsDocument, {
      input: {
        jobId: 'j'.repeat(512),
        partitionKey: 'é'.repeat(256),
        materializedAt: '9999-12-31T23:59:59.999Z',
        assets: [
          {
            key,
            namespace: '𝒳'.repeat(512),
            version: '𝒳'.repeat(256),
            sizeBytes: '9223372036854775807',
            metadata: nested(64),
          },
          ...Array.from({ length: 999 }, (_, at) => ({
            key: `bound/${at}`,
            metadata: { x: 'y'.repeat(at === 0 ? 262_136 : 0) },
          })),
        ],
        upstream: [{ key, version: '𝒳'.repeat(256), partitionKey: '𝒳'.repeat(256) }],
      },
    })
  })
})

/** What is wrong with the values of a request, and the end of the message that says so. */
const VALUES: [what: string, input: object, message: string][] = [
  [
    'an integer of 70 bits',
    asset({ sizeBytes: 2 ** 70 }),
    'BigInt: expected a whole number from -2^63 to 2^63-1 (from 2^53 on as a string), got 1.1805916207174113e+21',
  ],
  [
    'an integer of 70 bits as a string',
    asset({ sizeBytes: '1180591620717411303424' }),
    'BigInt: expected a whole number from -2^63 to 2^63-1 (from 2^53 on as a string), got 1180591620717411303424',
  ],
  [
    'a fraction for an integer',
    asset({ sizeBytes: 0.5 }),
    'BigInt: expected a whole number from -2^63 to 2^63-1 (from 2^53 on as a string), got 0.5',
  ],
  ['a list for metadata', asset({ metadata: [1] }), 'JSONObject: expected a JSON object, got [1]'],
  [
    'a time without an offset',
    { materializedAt: '2026-01-01T00:00:00' },
    'DateTime cannot represent an invalid date-time-string 2026-01-01T00:00:00.',
  ],
  ['a job that is null', { jobId: null }, 'Expected non-nullable type "String!" not to be null.'],
]

test.each(VALUES)('a variable is refused with %s', async (_what, input, message) => {
  const { status, errors } = await server.ask(RecordMaterializationsDocument, {
    input: { jobId: 'job', assets: [{ key: 'k' }], ...input },
  })
  expect(status).toBe(400)
  expect(errors[0]?.message.endsWith(message)).toBe(true)
  expect(errors[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT' })
})

const LINEAGE = 'root: { key: "a" }, direction: UPSTREAM'
const A_WALK = `{ lineage(${LINEAGE}, limit: 1) { completeness { nextCursor } } }`

/** What is wrong with a query, and the whole of the message that says so. */
const QUERIES: [query: string, code: string, status: number, message: string][] = [
  [
    '{ lineage(root: { key: "z" }, direction: BOTH) { watermark } }',
    'ASSET_NOT_FOUND',
    404,
    'root: no asset "z" in namespace "default" has been recorded',
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

describe('a cursor', () => {
  test.each([
    [
      'of a walk from another root',
      `{ lineage(root: { key: "b" }, direction: UPSTREAM, after: $CURSOR) { watermark } }`,
    ],
    [
      'of a walk the other way',
      `{ lineage(root: { key: "a" }, direction: BOTH, after: $CURSOR) { watermark } }`,
    ],
    ['of a walk in another scope', `{ lineage(${LINEAGE}, scope: CURRENT, after: $CURSOR) { watermark } }`],
    ['of a walk for a list', '{ assets(after: $CURSOR) { totalCount } }'],
    ['of a walk for neighbours', '{ asset(key: "a") { upstream(after: $CURSOR) { totalCount } } }'],
  ])('%s is refused', async (_what, query) => {
    const { lineage } = await server.query<{ lineage: { completeness: { nextCursor: string } } }, never>(
      A_WALK,
    )
    const { nextCursor } = lineage.completeness
    const { errors } = await server.ask(query.replace('$CURSOR', JSON.stringify(nextCursor)))
    expect(errors[0]).toMatchObject({
      message:
        'after: expected a cursor of this query, with the same arguments, got a cursor of another query',
      extensions: { code: 'BAD_USER_INPUT', field: 'after' },
    })
  })
})

describe('an id', () => {
  test('of what is not there is null', async () => {
    const { asset, materialization } = await server.query<
      { asset: { id: string }; materialization: null },
      never
    >(
      `{ asset(key: "a") { id } materialization(id: "${Buffer.from([2, ...Array(6).fill(0), 0x70, 0, 0x80, ...Array(7).fill(0), ...Array(6).fill(0), 0x70, 0, 0x80, ...Array(7).fill(0)]).toString('base64url')}") { id } }`,
    )
    expect(materialization).toBeNull()
    const other = await server.ask(`{ materialization(id: "${asset.id}") { id } }`)
    expect(other.errors[0]?.message).toBe(
      `id: expected the id of a Materialization that this API answered with, got "${asset.id}"`,
    )
  })
})

describe('over HTTP', () => {
  const post = (body: string, type = 'application/json') =>
    fetch(`${server.url}/graphql`, { method: 'POST', headers: { 'content-type': type }, body })

  test.each([
    ['a body that is no JSON', () => post('{'), 400],
    ['a batch of operations', () => post('[{"query":"{ __typename }"}]'), 400],
    ['a form, which a foreign page could send', () => post('{"query":"{ __typename }"}', 'text/plain'), 400],
    [
      'a mutation by GET',
      () =>
        fetch(`${server.url}/graphql?query=mutation{a}`, { headers: { 'apollo-require-preflight': '1' } }),
      400,
    ],
    ['a body beyond the limit', () => post(`{"query":"${' '.repeat(33 * 1024 * 1024)}"}`), 413],
    ['a path that is not there', () => fetch(`${server.url}/nowhere`), 404],
  ])('%s is refused in the form of every other error', async (_what, send, status) => {
    const response = await send()
    expect(response.status).toBe(status)
    const body = (await response.json()) as { errors: { message: string; extensions: { code: string } }[] }
    expect(body.errors[0]?.extensions.code).toBe('BAD_USER_INPUT')
  })

  test('JSON of 20,000 levels is read, and metadata so deep refused', async () => {
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`
    const response = await post(
      `{"query":"mutation ($m: JSONObject) { recordMaterializations(input: { jobId: \\"j\\", assets: [{ key: \\"k\\", metadata: $m }] }) { duplicate } }","variables":{"m":{"a":${deep}}}}`,
    )
    expect(response.status).toBe(400)
    expect(await response.text()).toContain('input.assets[0].metadata: expected at most 64 levels')
  })

  test('what nobody foresaw is masked, under an id', async () => {
    await using broken = await startTestServer()
    await broken.database.sql('DROP TABLE asset CASCADE')
    const { status, errors } = await broken.ask('{ asset(key: "a") { id } }')
    expect(status).toBe(500)
    expect(errors[0]?.message).toMatch(/^internal error [0-9a-f-]{36}: the server’s log says more$/)
    expect(Object.keys(errors[0]?.extensions ?? {})).toEqual(['code', 'errorId'])
  })
})

test('metadata comes out as it went in, whatever its names', async () => {
  const metadata = JSON.parse(
    '{"__proto__": {"a": 1}, "constructor": null, "": [1e300, "\\u2028", {"b": false}]}',
  )
  const { recordMaterializations } = await server.query<
    { recordMaterializations: { materializations: { metadata: object }[] } },
    object
  >(
    'mutation ($m: JSONObject) { recordMaterializations(input: { jobId: "j", assets: [{ key: "m", metadata: $m }] }) { materializations { metadata } } }',
    { m: metadata },
  )
  expect(JSON.stringify(recordMaterializations.materializations[0]?.metadata)).toBe(JSON.stringify(metadata))
  const stored = await server.ask<{ asset: { latestMaterialization: { metadata: object } } }, never>(
    '{ asset(key: "m") { latestMaterialization { metadata } } }',
  )
  const entries = (value: object) => Object.entries(value).sort()
  expect(entries(stored.data?.asset.latestMaterialization.metadata ?? {})).toEqual(entries(metadata))
  const literal = await server.ask<
    { recordMaterializations: { materializations: { metadata: object }[] } },
    never
  >(
    'mutation { recordMaterializations(input: { jobId: "j", assets: [{ key: "m", metadata: { __proto__: { a: 1 } } }] }) { materializations { metadata } } }',
  )
  expect(JSON.stringify(literal.data?.recordMaterializations.materializations[0]?.metadata)).toBe(
    '{"__proto__":{"a":1}}',
  )
})
