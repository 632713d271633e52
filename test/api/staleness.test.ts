import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { clear } from '../harness/dump.js'
import { minute, record, recordBatch } from '../harness/recordings.js'
import { startTestServer, type TestServer, WALKED } from '../harness/server.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
beforeEach(() => clear(server))
afterAll(() => server[Symbol.asyncDispose]())

const CAUSE = 'reason upstream { key } usedVersion latestVersion'

interface Cause {
  reason: string
  upstream: { key: string }
  usedVersion: string | null
  latestVersion: string | null
}

/** Causes as texts: `CHANGED raw 1>2`. */
const shown = (causes: readonly Cause[]) =>
  causes.map(
    ({ reason, upstream, usedVersion, latestVersion }) =>
      `${reason.slice('UPSTREAM_'.length)} ${upstream.key} ${usedVersion}>${latestVersion}`,
  )

async function staleness(key: string, partitionKey?: string) {
  const argument = partitionKey === undefined ? '' : `(partitionKey: "${partitionKey}")`
  const { asset } = await server.query<
    { asset: { staleness: { status: string; causes: Cause[]; rootCauses: Cause[] } } },
    never
  >(
    `{ asset(key: "${key}") { staleness${argument} { status causes { ${CAUSE} } rootCauses { ${CAUSE} } } } }`,
  )
  const { status, causes, rootCauses } = asset.staleness
  return { status, causes: shown(causes), rootCauses: shown(rootCauses) }
}

const FRESH = { status: 'FRESH', causes: [], rootCauses: [] }

/** Makes `key` of a version from others, as they are latest at that minute. */
const make = (at: number, key: string, version: string, ...from: string[]) =>
  record(server, {
    materializedAt: minute(at),
    assets: [{ key, version }],
    upstream: from.map((upstream) => ({ key: upstream })),
  })

test('what was never materialized is missing, and makes nothing stale', async () => {
  await make(1, 'claims', '1', 'text')
  expect(await staleness('text')).toEqual({ status: 'MISSING', causes: [], rootCauses: [] })
  expect(await staleness('claims')).toEqual(FRESH)
})

test('a root change three hops up makes everything behind it stale, and is the one root cause', async () => {
  await make(1, 'scan', '1')
  await make(2, 'text', '1', 'scan')
  await make(3, 'tables', '1', 'text')
  await make(4, 'claims', '1', 'tables')
  expect(await staleness('claims')).toEqual(FRESH)
  await make(5, 'scan', '2')
  const rootCauses = ['CHANGED scan 1>2']
  expect(await staleness('scan')).toEqual(FRESH)
  expect(await staleness('text')).toEqual({ status: 'STALE', causes: rootCauses, rootCauses })
  expect(await staleness('tables')).toEqual({ status: 'STALE', causes: ['STALE text 1>1'], rootCauses })
  expect(await staleness('claims')).toEqual({ status: 'STALE', causes: ['STALE tables 1>1'], rootCauses })
  // Made again to the same content, text has not changed; and what was made from it is fresh again.
  await make(6, 'text', '1', 'scan')
  expect(await staleness('claims')).toEqual(FRESH)
})

test('of two changes on one way up only the further one is a root cause', async () => {
  await make(1, 'scan', '1')
  await make(2, 'text', '1', 'scan')
  await make(3, 'claims', '1', 'text')
  await make(4, 'text', '2', 'scan')
  await make(5, 'scan', '2')
  expect(await staleness('claims')).toEqual({
    status: 'STALE',
    causes: ['CHANGED text 1>2', 'STALE text 1>2'],
    rootCauses: ['CHANGED scan 1>2'],
  })
})

test('the same version recorded again is no change; back to the version used is none either', async () => {
  await make(1, 'raw', '1')
  await make(2, 'made', '1', 'raw')
  await make(3, 'raw', '1')
  expect(await staleness('made')).toEqual(FRESH)
  await make(4, 'raw', '2')
  expect((await staleness('made')).causes).toEqual(['CHANGED raw 1>2'])
  await make(5, 'raw', '1')
  expect(await staleness('made')).toEqual(FRESH)
})

test('without versions a newer materialization is a change', async () => {
  await record(server, { materializedAt: minute(1), assets: [{ key: 'raw' }] })
  await make(2, 'made', '1', 'raw')
  await record(server, { materializedAt: minute(3), assets: [{ key: 'raw' }] })
  expect((await staleness('made')).causes).toEqual(['CHANGED raw null>null'])
})

test('an older version that arrives late changes nothing', async () => {
  await make(5, 'raw', '5')
  await make(6, 'made', '1', 'raw')
  await make(4, 'raw', '4')
  expect(await staleness('made')).toEqual(FRESH)
})

test('a version that was named and is not recorded is outdated by what is newer than its product alone', async () => {
  await make(1, 'raw', '1')
  await record(server, {
    materializedAt: minute(2),
    assets: [{ key: 'made', version: '1' }],
    upstream: [{ key: 'raw', version: 'unheard of' }],
  })
  expect(await staleness('made')).toEqual(FRESH)
  await make(3, 'raw', '3')
  expect((await staleness('made')).causes).toEqual(['CHANGED raw unheard of>3'])
})

test('a partition counts for itself; an asset without one given is as stale as its partitions', async () => {
  const page = (at: number, key: string, partitionKey: string, version: string, from?: string) =>
    record(server, {
      materializedAt: minute(at),
      partitionKey,
      assets: [{ key, version }],
      upstream: from === undefined ? [] : [{ key: from, partitionKey }],
    })
  await page(1, 'scan', 'p', '1')
  await page(1, 'scan', 'q', '1')
  await page(2, 'text', 'p', '1', 'scan')
  await page(2, 'text', 'q', '1', 'scan')
  await page(3, 'scan', 'q', '2')
  const stale = { status: 'STALE', causes: ['CHANGED scan 1>2'], rootCauses: ['CHANGED scan 1>2'] }
  expect(await staleness('text', 'p')).toEqual(FRESH)
  expect(await staleness('text', 'q')).toEqual(stale)
  expect(await staleness('text')).toEqual(stale)
  expect((await staleness('text', 'r')).status).toBe('MISSING')
})

test('cycles end; what is made from itself is not stale by itself', async () => {
  await make(1, 'state', '1')
  await make(2, 'state', '2', 'state')
  expect(await staleness('state')).toEqual(FRESH)

  await make(3, 'a', '1', 'raw')
  await make(4, 'b', '1', 'a')
  await record(server, {
    materializedAt: minute(5),
    assets: [{ key: 'a', version: '1' }],
    upstream: [{ key: 'raw' }, { key: 'b' }],
  })
  expect(await staleness('b')).toEqual(FRESH)
  await make(6, 'raw', '2')
  const rootCauses = ['CHANGED raw null>2']
  expect(await staleness('a')).toEqual({
    status: 'STALE',
    causes: ['CHANGED raw null>2', 'STALE b 1>1'],
    rootCauses,
  })
  expect(await staleness('b')).toEqual({ status: 'STALE', causes: ['STALE a 1>1'], rootCauses })
})

test('a page of 100 assets costs what the deepest of them does', async () => {
  const chain = (width: number) =>
    Array.from({ length: 4 }, (_, level) => ({
      materializedAt: minute(level),
      assets: Array.from({ length: width }, (_unused, at) => ({
        key: `l${level}/${at}`,
        version: '1',
        upstream: level === 0 ? [] : [{ key: `l${level - 1}/${at}` }],
      })),
    }))
  await recordBatch(server, chain(100))
  const statements = (first: number) =>
    server.statementsOf(() =>
      server.query<object, never>(
        `{ assets(first: ${first}, filter: { keyPrefix: "l3/" }) { nodes { staleness { status } } } }`,
      ),
    )
  // The list, the slices, and four for each of the four levels but the last, which has no inputs to resolve.
  expect((await statements(100)).length).toBe((await statements(1)).length)
  expect((await statements(100)).length).toBeLessThanOrEqual(2 + 4 * 4)
})

interface DeepAnswer {
  status: string
  rootCauses: Omit<Cause, 'reason'>[]
}

describe.each(Object.entries(WALKED))('what is deep is read ahead, walking %s:', (_name, variables) => {
  const deep = async (recordings: Parameters<typeof recordBatch>[1], query: string) => {
    await using own = await startTestServer({ variables })
    for (let at = 0; at < recordings.length; at += 100) await recordBatch(own, recordings.slice(at, at + 100))
    let answer: { asset: { staleness: DeepAnswer } } | undefined
    const statements = await own.statementsOf(async () => {
      answer = await own.query<{ asset: { staleness: DeepAnswer } }, never>(query)
    })
    return { staleness: answer?.asset.staleness, statements: statements.length }
  }
  const FIELDS = 'status rootCauses { upstream { key } usedVersion latestVersion }'
  const root = { upstream: { key: 'root' }, usedVersion: '1', latestVersion: '2' }

  test('a chain of 1,000 assets', async () => {
    const { staleness, statements } = await deep(
      [
        { materializedAt: minute(0), assets: [{ key: 'root', version: '1' }] },
        ...Array.from({ length: 1_000 }, (_, at) => ({
          materializedAt: minute(1),
          assets: [{ key: `link/${at}`, version: '1' }],
          upstream: [{ key: at === 0 ? 'root' : `link/${at - 1}`, version: '1' }],
        })),
        { materializedAt: minute(2), assets: [{ key: 'root', version: '2' }] },
      ],
      `{ asset(key: "link/999") { staleness { ${FIELDS} } } }`,
    )
    expect(staleness).toEqual({ status: 'STALE', rootCauses: [root] })
    expect(statements).toBeLessThanOrEqual(80)
  })

  test('a thousand daily partitions, each made from the day before', async () => {
    const day = (at: number) => String(at).padStart(4, '0')
    const { staleness, statements } = await deep(
      [
        { materializedAt: minute(0), assets: [{ key: 'root', version: '1' }] },
        ...Array.from({ length: 1_000 }, (_, at) => ({
          materializedAt: minute(1),
          assets: [{ key: 'daily', version: day(at), partitionKey: day(at) }],
          upstream: [
            at === 0
              ? { key: 'root', version: '1' }
              : { key: 'daily', version: day(at - 1), partitionKey: day(at - 1) },
          ],
        })),
        { materializedAt: minute(2), assets: [{ key: 'root', version: '2' }] },
      ],
      `{ asset(key: "daily") { staleness(partitionKey: "0999") { ${FIELDS} } } }`,
    )
    expect(staleness).toEqual({ status: 'STALE', rootCauses: [root] })
    expect(statements).toBeLessThanOrEqual(80)
  })
})

test('freshness goes by the age of the latest materialization', async () => {
  const ago = (seconds: number) => new Date(Date.now() - 1_000 * seconds).toISOString()
  for (const [key, seconds] of [
    ['new', 60],
    ['aging', 7_200],
    ['old', 90_000],
  ] as const)
    await record(server, { materializedAt: ago(seconds), assets: [{ key }], upstream: [{ key: 'never' }] })
  const ask = (on: TestServer) =>
    on.query<
      { assets: { nodes: { key: string; freshness: { status: string; ageSeconds: number | null } }[] } },
      never
    >('{ assets { nodes { key freshness { status latestAt ageSeconds } } } }')
  const statuses = async (on: TestServer) =>
    (await ask(on)).assets.nodes.map(({ key, freshness }) => [key, freshness.status])
  expect(await statuses(server)).toEqual([
    ['aging', 'STALE'],
    ['never', 'NEVER_MATERIALIZED'],
    ['new', 'FRESH'],
    ['old', 'VERY_STALE'],
  ])
  const { nodes } = (await ask(server)).assets
  expect(nodes[1]?.freshness.ageSeconds).toBeNull()
  expect(nodes[3]?.freshness.ageSeconds).toBeGreaterThanOrEqual(90_000)

  await using other = await startTestServer({
    database: server.database,
    variables: { HEADWATER_FRESH_SECONDS: '10', HEADWATER_STALE_SECONDS: '100000' },
  })
  expect(await statuses(other)).toEqual([
    ['aging', 'STALE'],
    ['never', 'NEVER_MATERIALIZED'],
    ['new', 'STALE'],
    ['old', 'STALE'],
  ])
})
