import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { MaterializedAssetInput } from '../../schema/operations.generated.js'
import { countRows } from '../harness/dump.js'
import {
  minute,
  type Run,
  record,
  recordBatch,
  tryRecord,
  tryRecordBatch,
  unique,
} from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})

afterAll(() => server[Symbol.asyncDispose]())

const list = <T>(count: number, make: (at: number) => T) => Array.from({ length: count }, (_, at) => make(at))

/** Characters that take four bytes each and do not repeat, so that nothing can be compressed. */
const astral = (count: number) =>
  list(count, (at) => String.fromCodePoint(0x20000 + ((at * 7919) % 40_000))).join('')

const nested = (levels: number): object => (levels === 1 ? {} : { a: nested(levels - 1) })
/** Metadata that is so many bytes of JSON. */
const sized = (bytes: number) => ({ x: 'x'.repeat(bytes - '{"x":""}'.length) })

const withAsset = (asset: Partial<MaterializedAssetInput>): Run => ({ assets: [{ key: 'a', ...asset }] })

describe('at the bound', () => {
  test('every text may have as many characters as it may, four bytes each', async () => {
    const asset = {
      namespace: astral(512),
      key: astral(2_048),
      version: astral(256),
      kind: astral(128),
      kinds: list(32, (at) => astral(127) + at.toString(36)),
      description: astral(65_536),
      checksum: astral(512),
      uri: astral(8_192),
      codeVersion: astral(512),
      partitionKey: astral(256),
    }
    const { namespace, key, version, partitionKey } = asset
    const run = {
      jobId: astral(512),
      dagId: astral(512),
      nodeTaskId: astral(512),
      idempotencyKey: astral(512),
      assets: [asset],
      upstream: [{ namespace, key, version, partitionKey }],
    }
    await record(server, run)
    expect(await record(server, run)).toMatchObject({ duplicate: true })
    const { asset: found } = await server.query<
      { asset: { materializations: { nodes: object[] } } },
      { key: string; namespace: string; filter: object }
    >(
      `query ($key: String!, $namespace: String, $filter: MaterializationFilter) { asset(key: $key, namespace: $namespace) {
        namespace key kind kinds description
        materializations(filter: $filter) { nodes { version jobId dagId nodeTaskId checksum uri codeVersion partitionKey } } } }`,
      { key, namespace, filter: { version, partitionKey, jobId: run.jobId, dagId: run.dagId } },
    )
    const { kind, kinds, description, checksum, uri, codeVersion } = asset
    const { jobId, dagId, nodeTaskId } = run
    expect(found).toEqual({
      namespace,
      key,
      kind,
      kinds,
      description,
      materializations: {
        nodes: [{ version, jobId, dagId, nodeTaskId, checksum, uri, codeVersion, partitionKey }],
      },
    })
  })

  test('a call may make a thousand assets', async () => {
    const prefix = unique('many')
    const { materializations } = await record(server, {
      assets: list(1_000, (at) => ({ key: `${prefix}/${at}` })),
    })
    expect(materializations).toHaveLength(1_000)
  })

  test('an asset may have a thousand upstreams, its own and the call’s together', async () => {
    const [own, shared] = [unique('own'), unique('shared')]
    await record(server, {
      assets: [{ key: unique('made'), upstream: list(500, (at) => ({ key: `${own}/${at}` })) }],
      upstream: list(500, (at) => ({ key: `${shared}/${at}` })),
    })
    const { assets } = await server.query<{ assets: { totalCount: number } }, { prefix: string }>(
      'query ($prefix: String!) { assets(filter: { keyPrefix: $prefix }) { totalCount } }',
      { prefix: `${own}/` },
    )
    expect(assets.totalCount).toBe(500)
  })

  test('a batch may hold a hundred recordings', async () => {
    const payloads = await recordBatch(
      server,
      list(100, (at) => withAsset({ key: `batch/${at}` })),
    )
    expect(payloads).toHaveLength(100)
  })

  test.each<[string, Record<string, unknown>]>([
    ['64 levels', nested(64) as Record<string, unknown>],
    ['256 KiB', sized(256 * 1024)],
    ['the largest exact integers', { most: 2 ** 53 - 1, least: -(2 ** 53 - 1) }],
    ['floats', { large: 1e300, small: 5e-324, third: 1 / 3 }],
    ['odd names', { '': 1, ' ': 2, '\u2028': 3, '🜁': [[], {}, null, false, ''] }],
  ])('metadata of %s comes out as it went in', async (_, metadata) => {
    const { materializations } = await record(server, withAsset({ metadata }))
    const { materialization } = await server.query<{ materialization: object }, { id: string }>(
      'query ($id: ID!) { materialization(id: $id) { metadata } }',
      { id: materializations[0]?.id ?? '' },
    )
    expect(materialization).toEqual({ metadata })
  })

  test.each(['1970-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z'])('%s is an instant', async (instant) => {
    const { materializations } = await record(server, { materializedAt: instant, assets: [{ key: 'a' }] })
    expect(materializations[0]?.materializedAt).toBe(instant)
  })

  test('instants are kept to the millisecond, and answered in UTC', async () => {
    const { materializations } = await record(server, {
      materializedAt: '2026-03-01T13:00:00.123987+01:00',
      assets: [{ key: 'a' }],
    })
    expect(materializations[0]?.materializedAt).toBe('2026-03-01T12:00:00.123Z')
  })
})

const expected = (most: number) => `1 to ${most} characters`

/** What is sent, the field that is wrong and what is said of it. */
const REFUSED: [string, Run, string, string][] = [
  ['no assets', { assets: [] }, 'input.assets', 'expected 1 to 1000 items, got 0 items'],
  [
    '1,001 assets',
    { assets: list(1_001, () => ({ key: 'a' })) },
    'input.assets',
    'expected 1 to 1000 items, got 1001 items',
  ],
  [
    '1,001 upstreams of the call',
    { ...withAsset({}), upstream: list(1_001, (at) => ({ key: `${at}` })) },
    'input.upstream',
    'expected 0 to 1000 items, got 1001 items',
  ],
  [
    '1,001 upstreams of an asset',
    withAsset({ upstream: list(1_001, (at) => ({ key: `${at}` })) }),
    'input.assets[0].upstream',
    'expected 0 to 1000 items, got 1001 items',
  ],
  [
    '1,001 upstreams of both',
    {
      assets: [{ key: 'a' }, { key: 'a', upstream: [{ key: 'own' }] }],
      upstream: list(1_000, (at) => ({ key: `${at}` })),
    },
    'input.assets[1].upstream',
    'expected 0 to 1000 items, got 1001 items',
  ],
  [
    'an empty key',
    withAsset({ key: '' }),
    'input.assets[0].key',
    `expected ${expected(2048)}, got 0 characters`,
  ],
  [
    'a key of 2,049 characters',
    withAsset({ key: '🜁'.repeat(2_049) }),
    'input.assets[0].key',
    `expected ${expected(2048)}, got 2049 characters`,
  ],
  [
    'a key with NUL',
    withAsset({ key: 'a\0' }),
    'input.assets[0].key',
    'expected a text without U+0000, got U+0000 at index 1',
  ],
  [
    'a key with a line feed',
    withAsset({ key: 'a\nb' }),
    'input.assets[0].key',
    'expected no control characters, got U+000A at index 1',
  ],
  [
    'a key with a C1 control character',
    withAsset({ key: '\u0085' }),
    'input.assets[0].key',
    'expected no control characters, got U+0085 at index 0',
  ],
  [
    'a lone surrogate in a key',
    withAsset({ key: 'a\ud800b' }),
    'input.assets[0].key',
    'expected well-formed Unicode, got a lone surrogate at index 1',
  ],
  [
    'a lone surrogate in a description',
    withAsset({ description: '\udc00' }),
    'input.assets[0].description',
    'expected well-formed Unicode, got a lone surrogate at index 0',
  ],
  [
    'a lone surrogate in metadata',
    withAsset({ metadata: { a: ['\ud83d'] } }),
    'input.assets[0].metadata',
    'expected well-formed Unicode, got a lone surrogate at index 0',
  ],
  [
    'a lone surrogate in a name of metadata',
    withAsset({ metadata: { '\ud83d': 1 } }),
    'input.assets[0].metadata',
    'expected well-formed Unicode, got a lone surrogate at index 0',
  ],
  [
    'U+0000 in metadata',
    withAsset({ metadata: { a: { b: 'x\0' } } }),
    'input.assets[0].metadata',
    'expected a text without U+0000, got U+0000 at index 1',
  ],
  [
    'metadata of 65 levels',
    withAsset({ metadata: nested(65) as Record<string, unknown> }),
    'input.assets[0].metadata',
    'expected at most 64 levels, got more than 64 levels',
  ],
  [
    'metadata past 256 KiB',
    withAsset({ metadata: sized(256 * 1024 + 1) }),
    'input.assets[0].metadata',
    'expected at most 262144 bytes of JSON, got 262145 bytes of JSON',
  ],
  [
    'an integer of 2^53 in metadata',
    withAsset({ metadata: { a: 2 ** 53 } }),
    'input.assets[0].metadata',
    'expected integers within ±(2^53 - 1); send larger ones as strings, got the integer 9007199254740992',
  ],
  [
    'a negative size',
    withAsset({ sizeBytes: -1 }),
    'input.assets[0].sizeBytes',
    'expected 0 or more bytes, got -1',
  ],
  [
    '33 kinds',
    withAsset({ kinds: list(33, (at) => `k${at}`) }),
    'input.assets[0].kinds',
    'expected 0 to 32 items, got 33 items',
  ],
  [
    'an upstream of no name',
    { ...withAsset({}), upstream: [{ key: 'a' }, { key: '' }] },
    'input.upstream[1].key',
    `expected ${expected(2048)}, got 0 characters`,
  ],
  [
    'an upstream of an empty version',
    withAsset({ upstream: [{ key: 'a', version: '' }] }),
    'input.assets[0].upstream[0].version',
    `expected ${expected(256)}, got 0 characters`,
  ],
  [
    'an asset twice under a storage event',
    { storageEventId: 1, assets: [{ key: 'a' }, { key: 'b' }, { key: 'a', partitionKey: 'p' }] },
    'input.assets[2].key',
    'expected each asset once in a call with a storageEventId, got "a" again',
  ],
  [
    'an empty idempotencyKey',
    { ...withAsset({}), idempotencyKey: '' },
    'input.idempotencyKey',
    `expected ${expected(512)}, got 0 characters`,
  ],
  [
    'an empty jobId',
    { ...withAsset({}), jobId: '' },
    'input.jobId',
    `expected ${expected(512)}, got 0 characters`,
  ],
  [
    'an empty partitionKey',
    { ...withAsset({}), partitionKey: '' },
    'input.partitionKey',
    `expected ${expected(256)}, got 0 characters`,
  ],
  [
    'the year 1960',
    { ...withAsset({}), materializedAt: '1960-01-01T00:00:00Z' },
    'input.materializedAt',
    'expected 1970-01-01T00:00:00.000Z to 9999-12-31T23:59:59.999Z, got 1960-01-01T00:00:00.000Z',
  ],
  [
    'the year 10000, by an offset',
    { ...withAsset({}), materializedAt: '9999-12-31T23:59:59-01:00' },
    'input.materializedAt',
    'expected 1970-01-01T00:00:00.000Z to 9999-12-31T23:59:59.999Z, got +010000-01-01T00:59:59.000Z',
  ],
  ...(
    [
      ['namespace', 512],
      ['version', 256],
      ['kind', 128],
      ['checksum', 512],
      ['uri', 8_192],
      ['codeVersion', 512],
      ['partitionKey', 256],
    ] as const
  ).map(([name, most]): [string, Run, string, string] => [
    `a ${name} of ${most + 1} characters`,
    withAsset({ [name]: 'x'.repeat(most + 1) }),
    `input.assets[0].${name}`,
    `expected ${expected(most)}, got ${most + 1} characters`,
  ]),
  [
    'a description of 65,537 characters',
    withAsset({ description: 'x'.repeat(65_537) }),
    'input.assets[0].description',
    'expected 0 to 65536 characters, got 65537 characters',
  ],
]

test.each(REFUSED)('%s is refused', async (_, run, field, said) => {
  const { status, data, errors } = await tryRecord(server, { materializedAt: minute(1), ...run })
  expect(errors.map(({ message, extensions }) => ({ message, extensions }))).toEqual([
    { message: `${field}: ${said}`, extensions: { code: 'BAD_USER_INPUT', field } },
  ])
  expect(status).toBe(400)
  expect(data).toBeNull()
})

test.each([0, 101])('a batch of %d recordings is refused', async (count) => {
  const { status, errors } = await tryRecordBatch(
    server,
    list(count, () => withAsset({})),
  )
  expect(status).toBe(400)
  expect(errors).toMatchObject([
    {
      message: `inputs: expected 1 to 100 items, got ${count} items`,
      extensions: { code: 'BAD_USER_INPUT', field: 'inputs' },
    },
  ])
})

test('what is refused writes nothing', async () => {
  const before = await countRows(server)
  for (const [, run] of REFUSED) await tryRecord(server, run)
  expect(await countRows(server)).toEqual(before)
})
