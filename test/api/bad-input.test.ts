import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { RecordMaterializationsDocument } from '../../schema/operations.generated.js'
import { startTestServer, type TestServer } from '../harness/server.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
  await server.query(RecordMaterializationsDocument, {
    input: {
      jobId: 'job',
      assets: [
        { key: 'b' },
        { key: 'a', upstream: [{ key: 'b' }] },
        { key: 'c', upstream: [{ key: 'a' }, { key: 'b' }] },
      ],
    },
  })
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

const asset = (members: object) => ({ assets: [{ key: 'k', ...members }] })

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
  [
    'an integer that JSON rounds',
    asset({ sizeBytes: 2 ** 53 }),
    'BigInt: expected a whole number from -2^63 to 2^63-1 (from 2^53 on as a string), got 9007199254740992',
  ],
  [
    'an integer past 2^63 - 1',
    asset({ sizeBytes: '9223372036854775808' }),
    'BigInt: expected a whole number from -2^63 to 2^63-1 (from 2^53 on as a string), got 9223372036854775808',
  ],
  [
    'a storage event past -2^63',
    { storageEventId: '-9223372036854775809' },
    'BigInt: expected a whole number from -2^63 to 2^63-1 (from 2^53 on as a string), got -9223372036854775809',
  ],
  [
    'a text for an integer',
    asset({ sizeBytes: 'x'.repeat(100) }),
    `BigInt: expected a whole number from -2^63 to 2^63-1 (from 2^53 on as a string), got "${'x'.repeat(60)}…"`,
  ],
  ['a list for metadata', asset({ metadata: [1] }), 'JSONObject: expected a JSON object, got a list'],
  ['a long text for metadata', asset({ metadata: '{'.repeat(100) }), `got "${'{'.repeat(60)}…"`],
  ['a text for metadata', asset({ metadata: '{}' }), 'JSONObject: expected a JSON object, got "{}"'],
  ...(
    [
      ['a time without an offset', '2026-01-01T00:00:00'],
      ['a date', '2026-01-01'],
      ['a day that is not', '2026-02-30T00:00:00Z'],
      ['a leap second', '2016-12-31T23:59:60Z'],
      ['the year 10000', '10000-01-01T00:00:00Z'],
    ] as const
  ).map(([what, materializedAt]): (typeof VALUES)[number] => [
    what,
    { materializedAt },
    `DateTime: expected an ISO 8601 instant with an offset, got "${materializedAt}"`,
  ]),
  [
    'a number for a time',
    { materializedAt: 1_767_225_600_000 },
    'DateTime: expected an ISO 8601 instant with an offset, got 1767225600000',
  ],
  [
    'a field that is not there',
    asset({ nothing: 1 }),
    'Field "nothing" is not defined by type "MaterializedAssetInput".',
  ],
  ['a job that is null', { jobId: null }, 'Expected non-nullable type "String!" not to be null.'],
]

test.each(VALUES)('a variable is refused with %s', async (_what, input, message) => {
  const { status, errors } = await server.ask(RecordMaterializationsDocument, {
    input: { jobId: 'job', assets: [{ key: 'k' }], ...input },
  })
  expect(status).toBe(400)
  expect(errors[0]?.message.slice(-message.length)).toBe(message)
  expect(errors[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT' })
})

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
    `{ lineage(${LINEAGE}, atLeast: "${Buffer.from('w1:99999999999999999999').toString('base64url')}") { watermark } }`,
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

interface Cursors {
  assets: { pageInfo: { endCursor: string } }
  materializations: { pageInfo: { endCursor: string } }
  asset: {
    upstream: { pageInfo: { endCursor: string } }
    materializations: { pageInfo: { endCursor: string } }
  }
  used: { latestMaterialization: { consumers: { pageInfo: { endCursor: string } } } }
  lineage: { completeness: { nextCursor: string } }
  lineagePaths: { completeness: { nextCursor: string } }
}

/** A cursor of each list that has any. */
async function cursors(): Promise<Record<string, string>> {
  const page = 'pageInfo { endCursor }'
  const { assets, materializations, asset, used, lineage, lineagePaths } = await server.query<Cursors, never>(
    `{ assets { ${page} } materializations { ${page} }
      asset(key: "a") { upstream { ${page} } materializations { ${page} } }
      used: asset(key: "b") { latestMaterialization { consumers { ${page} } } }
      lineage(${LINEAGE}, limit: 1) { completeness { nextCursor } }
      lineagePaths(${PATHS}, limit: 1) { completeness { nextCursor } } }`,
  )
  return {
    assets: assets.pageInfo.endCursor,
    materializations: materializations.pageInfo.endCursor,
    upstream: asset.upstream.pageInfo.endCursor,
    history: asset.materializations.pageInfo.endCursor,
    consumers: used.latestMaterialization.consumers.pageInfo.endCursor,
    lineage: lineage.completeness.nextCursor,
    lineagePaths: lineagePaths.completeness.nextCursor,
  }
}

/** A list that takes a cursor, and the lists that differ from it in what decides what they hold. */
const LISTS: [list: string, ask: (after: string) => string, ...others: ((after: string) => string)[]][] = [
  [
    'assets',
    (after) => `{ assets(${after}) { nodes { id } } }`,
    (after) => `{ assets(filter: { kinds: ["json"] }, ${after}) { nodes { id } } }`,
  ],
  [
    'materializations',
    (after) => `{ materializations(${after}) { nodes { id } } }`,
    (after) => `{ materializations(filter: { jobId: "job" }, ${after}) { nodes { id } } }`,
  ],
  [
    'upstream',
    (after) => `{ asset(key: "a") { upstream(${after}) { nodes { id } } } }`,
    (after) => `{ asset(key: "a") { downstream(${after}) { nodes { id } } } }`,
    (after) => `{ asset(key: "b") { upstream(${after}) { nodes { id } } } }`,
    (after) => `{ asset(key: "a") { upstream(scope: CURRENT, ${after}) { nodes { id } } } }`,
  ],
  [
    'history',
    (after) => `{ asset(key: "a") { materializations(${after}) { nodes { id } } } }`,
    (after) => `{ asset(key: "b") { materializations(${after}) { nodes { id } } } }`,
    (after) =>
      `{ asset(key: "a") { materializations(filter: { version: "v" }, ${after}) { nodes { id } } } }`,
  ],
  [
    'consumers',
    (after) => `{ asset(key: "b") { latestMaterialization { consumers(${after}) { nodes { id } } } } }`,
    (after) => `{ asset(key: "a") { latestMaterialization { consumers(${after}) { nodes { id } } } } }`,
  ],
  [
    'lineage',
    (after) => `{ lineage(${LINEAGE}, ${after}) { watermark } }`,
    (after) => `{ lineage(root: { key: "b" }, direction: UPSTREAM, ${after}) { watermark } }`,
    (after) => `{ lineage(root: { key: "a" }, direction: BOTH, ${after}) { watermark } }`,
    (after) => `{ lineage(${LINEAGE}, scope: CURRENT, ${after}) { watermark } }`,
    (after) => `{ lineage(${LINEAGE}, depth: 3, ${after}) { watermark } }`,
  ],
  [
    'lineagePaths',
    (after) => `{ lineagePaths(${PATHS}, ${after}) { watermark } }`,
    (after) => `{ lineagePaths(from: { key: "c" }, to: { key: "b" }, ${after}) { watermark } }`,
    (after) => `{ lineagePaths(${PATHS}, scope: CURRENT, ${after}) { watermark } }`,
    (after) => `{ lineagePaths(${PATHS}, maxLength: 3, ${after}) { watermark } }`,
    (after) => `{ lineagePaths(${PATHS}, asOf: "2026-01-01T00:00:00Z", ${after}) { watermark } }`,
  ],
]

describe.each(LISTS)('a cursor of %s', (list, ask, ...others) => {
  const withCursor = (query: (after: string) => string, cursor: string) =>
    server.ask(
      query(
        `first: 1, after: ${JSON.stringify(cursor)}`.replace(
          /^first: 1, /,
          list.startsWith('lineage') ? '' : '$&',
        ),
      ),
    )

  test('continues that list, and no other', async () => {
    const all = await cursors()
    const foreign = Object.keys(all).filter((name) => name !== list)
    expect((await withCursor(ask, all[list] ?? '')).errors).toEqual([])
    const refused = [
      ...others.map((other) => withCursor(other, all[list] ?? '')),
      ...foreign.map((name) => withCursor(ask, all[name] ?? '')),
    ]
    for (const { errors } of await Promise.all(refused)) {
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field: 'after' } }])
      expect(errors[0]?.message).toMatch(
        /^after: expected a cursor (of this query, with|that this query answered)/,
      )
    }
  })

  test('that was tampered with is refused', async () => {
    const [tag, position] = JSON.parse(
      Buffer.from((await cursors())[list] ?? '', 'base64url').toString('utf8'),
    ) as [string, Record<string, unknown>]
    const forged = [
      ...Object.keys(position).map((name) => ({ ...position, [name]: 'a\0' })),
      ...Object.keys(position).map((name) => ({ ...position, [name]: null })),
      // PostgreSQL knows no year 0, and no recording is older than 1970.
      ...('materializedAt' in position ? [{ ...position, materializedAt: '0000-01-01T00:00:00Z' }] : []),
      null,
      [],
    ]
    for (const one of forged) {
      const cursor = Buffer.from(JSON.stringify([tag, one])).toString('base64url')
      const { errors } = await withCursor(ask, cursor)
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field: 'after' } }])
    }
  })
})

describe('an id', () => {
  const idOf = (tag: number, bytes: number) =>
    Buffer.from([
      tag,
      ...Array.from({ length: bytes }, (_, at) => (at % 16 === 6 ? 0x70 : at % 16 === 8 ? 0x80 : 7)),
    ]).toString('base64url')

  test('of what is not there is null', async () => {
    const answer = await server.query<Record<string, null>, never>(
      `{ materialization(id: "${idOf(2, 32)}") { id } one: node(id: "${idOf(2, 32)}") { id } other: node(id: "${idOf(1, 16)}") { id } }`,
    )
    expect(answer).toEqual({ materialization: null, one: null, other: null })
  })

  test('of another type is refused', async () => {
    const id = idOf(1, 16)
    const { status, errors } = await server.ask(`{ materialization(id: "${id}") { id } }`)
    expect(status).toBe(400)
    expect(errors[0]).toMatchObject({
      message: `id: expected the id of a Materialization that this API answered with, got "${id}"`,
      extensions: { code: 'BAD_USER_INPUT', field: 'id' },
    })
  })

  test.each([
    ['of no type', idOf(3, 16)],
    ['of no UUID', Buffer.alloc(17, 1).toString('base64url')],
    ['too short', idOf(1, 15)],
    ['too long', idOf(2, 33)],
    ['in another alphabet', `${idOf(1, 16)}=`],
    ['empty', ''],
  ])('that is %s is refused', async (_what, id) => {
    const { errors } = await server.ask(`{ node(id: "${id}") { id } }`)
    expect(errors[0]).toMatchObject({
      message: `id: expected the id of a node that this API answered with, got "${id}"`,
      extensions: { code: 'BAD_USER_INPUT', field: 'id' },
    })
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

  const deepList = `${'['.repeat(20_000)}${']'.repeat(20_000)}`
  const deepObject = `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`
  test.each([
    ['metadata', deepObject, 'input.assets[0].metadata: expected at most 64 levels, got more than 64 levels'],
    ['metadata', deepList, 'JSONObject: expected a JSON object, got a list'],
    [
      'sizeBytes',
      deepList,
      'BigInt: expected a whole number from -2^63 to 2^63-1 (from 2^53 on as a string), got a list',
    ],
    ['key', deepList, 'String cannot represent a non string value: [[[Array]]]'],
    ['upstream', deepList, 'Expected type "UpstreamRefInput" to be an object.'],
    ['nothing', deepList, 'Field "nothing" is not defined by type "MaterializedAssetInput".'],
  ])('JSON of 20,000 levels is read, and refused as %s', async (member, value, message) => {
    const query =
      'mutation ($input: RecordMaterializationsInput!) { recordMaterializations(input: $input) { duplicate } }'
    const response = await post(
      `{"query":${JSON.stringify(query)},"variables":{"input":{"jobId":"j","assets":[{"key":"k","${member}":${value}}]}}}`,
    )
    expect(response.status).toBe(400)
    const { errors } = (await response.json()) as { errors: { message: string }[] }
    expect(errors[0]?.message.endsWith(message)).toBe(true)
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
