import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { make, minute, record, unique } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})

afterAll(() => server[Symbol.asyncDispose]())

interface Page {
  nodes: { id: string; version: string | null }[]
  totalCount: number
  pageInfo: { hasNextPage: boolean; endCursor: string | null }
}
type Filter = Record<string, string>

const PAGE = 'nodes { id version } totalCount pageInfo { hasNextPage endCursor }'

/** The two lists of materializations: of all assets, and of one. */
const LISTS: [string, (key: string, filter: Filter, first: number, after: string | null) => Promise<Page>][] =
  [
    [
      'materializations',
      async (_key, filter, first, after) => {
        const { materializations } = await server.query<{ materializations: Page }, object>(
          `query ($filter: MaterializationFilter, $first: Int, $after: String) {
          materializations(filter: $filter, first: $first, after: $after) { ${PAGE} } }`,
          { filter, first, after },
        )
        return materializations
      },
    ],
    [
      'asset.materializations',
      async (key, filter, first, after) => {
        const { asset } = await server.query<{ asset: { materializations: Page } }, object>(
          `query ($key: String!, $filter: MaterializationFilter, $first: Int, $after: String) { asset(key: $key) {
          materializations(filter: $filter, first: $first, after: $after) { ${PAGE} } } }`,
          { key, filter, first, after },
        )
        return asset.materializations
      },
    ],
  ]

describe.each(LISTS)('%s', (_name, list) => {
  const versionsOf = ({ nodes }: Page) => nodes.map(({ version }) => version)

  test('comes newest first, narrowed by each filter and by several', async () => {
    const key = unique('made')
    const job = (name: string) => `${key} ${name}`
    const runs = [
      { version: 'v1', at: 1, jobId: 'j1', dagId: 'd1', nodeTaskId: 'n1', partitionKey: 'p1' },
      { version: 'v2', at: 2, jobId: 'j1', dagId: 'd2', nodeTaskId: 'n1', partitionKey: 'p2' },
      { version: 'v3', at: 3, jobId: 'j2', dagId: 'd1', nodeTaskId: 'n2', partitionKey: 'p1' },
      { version: 'v3', at: 4, jobId: 'j2', dagId: 'd1', nodeTaskId: 'n1', partitionKey: 'p2' },
    ]
    for (const { version, at, jobId, dagId, nodeTaskId, partitionKey } of runs.toReversed()) {
      await record(server, {
        jobId: job(jobId),
        dagId: job(dagId),
        nodeTaskId: job(nodeTaskId),
        partitionKey: job(partitionKey),
        materializedAt: minute(at),
        assets: [{ key, version: job(version) }],
      })
    }
    // Of all assets, those of other tests aside: a materialization of each has this key in what the filter names.
    const found = async (filter: Filter) => {
      const { nodes, totalCount } = await list(key, filter, 50, null)
      expect(totalCount).toBe(nodes.length)
      return nodes.map(({ version }) => version?.slice(key.length + 1))
    }
    expect(await found({ jobId: job('j1') })).toEqual(['v2', 'v1'])
    expect(await found({ dagId: job('d1') })).toEqual(['v3', 'v3', 'v1'])
    expect(await found({ nodeTaskId: job('n1') })).toEqual(['v3', 'v2', 'v1'])
    expect(await found({ partitionKey: job('p2') })).toEqual(['v3', 'v2'])
    expect(await found({ version: job('v3') })).toEqual(['v3', 'v3'])
    expect(await found({ nodeTaskId: job('n1'), dagId: job('d1') })).toEqual(['v3', 'v1'])
    expect(await found({ nodeTaskId: job('n1'), since: minute(2) })).toEqual(['v3', 'v2'])
    expect(await found({ nodeTaskId: job('n1'), until: minute(2) })).toEqual(['v1'])
    expect(await found({ nodeTaskId: job('n1'), since: minute(1), until: minute(4) })).toEqual(['v2', 'v1'])
    expect(await found({ jobId: job('none') })).toEqual([])
  })

  test('comes in pages that hold each once, over equal times and while others record', async () => {
    const key = unique('made')
    const jobId = key
    for (const at of [1, 2, 2, 2, 2, 3]) {
      await record(server, { jobId, materializedAt: minute(at), assets: [{ key, version: `at ${at}` }] })
    }
    const whole = await list(key, { jobId }, 50, null)
    const pages: Page[] = [await list(key, { jobId }, 2, null)]
    while (pages.at(-1)?.pageInfo.hasNextPage) {
      await record(server, { jobId, materializedAt: minute(9), assets: [{ key, version: 'newer' }] })
      pages.push(await list(key, { jobId }, 2, pages.at(-1)?.pageInfo.endCursor ?? null))
    }
    expect(pages.flatMap(({ nodes }) => nodes)).toEqual(whole.nodes)
    expect(pages.flatMap(versionsOf)).toEqual(['at 3', 'at 2', 'at 2', 'at 2', 'at 2', 'at 1'])
    expect(pages.map(({ totalCount }) => totalCount)).toEqual([6, 7, 8])
  })
})

test('a materialization answers with all that was said of it', async () => {
  const key = unique('made')
  const before = Date.now()
  const asset = {
    key,
    version: 'v1',
    sizeBytes: 12,
    checksum: 'sha256:1',
    uri: 's3://bucket/a b',
    codeVersion: 'abc',
    metadata: { rows: 3 },
  }
  const run = { jobId: 'j', dagId: 'd', nodeTaskId: 'n', partitionKey: 'p', storageEventId: 7 }
  const { materializations } = await record(server, { ...run, materializedAt: minute(1), assets: [asset] })
  const id = materializations[0]?.id ?? ''
  const { recordedAt, ...rest } = (
    await server.query<{ materialization: { recordedAt: string } }, { id: string }>(
      `query ($id: ID!) { materialization(id: $id) { id asset { key } version jobId dagId nodeTaskId partitionKey
        storageEventId sizeBytes checksum uri codeVersion metadata materializedAt recordedAt } }`,
      { id },
    )
  ).materialization
  expect(rest).toEqual({ ...asset, ...run, id, asset: { key }, materializedAt: minute(1), key: undefined })
  expect(Date.parse(recordedAt)).toBeGreaterThanOrEqual(before)
  expect(await server.query('query ($id: ID!) { node(id: $id) { __typename id } }', { id })).toEqual({
    node: { __typename: 'Materialization', id },
  })
})

test('materializationByVersion is the newest of exactly that version of that asset', async () => {
  const key = unique('made')
  await make(server, key, { version: 'v', materializedAt: minute(1) })
  const newest = await make(server, key, { version: 'v', materializedAt: minute(3) })
  await make(server, key, { version: 'v', materializedAt: minute(2) })
  await make(server, key, { version: 'V', materializedAt: minute(4) })
  await make(server, `${key}/other`, { version: 'v', materializedAt: minute(5) })
  const byVersion = async (asset: object, version: string) => {
    const answer = await server.query<{ materializationByVersion: { id: string } | null }, object>(
      'query ($asset: AssetRef!, $version: String!) { materializationByVersion(asset: $asset, version: $version) { id } }',
      { asset, version },
    )
    return answer.materializationByVersion?.id
  }
  expect(await byVersion({ key }, 'v')).toBe(newest)
  expect(await byVersion({ key, namespace: 'other' }, 'v')).toBeUndefined()
  expect(await byVersion({ key }, 'v ')).toBeUndefined()
  const statements = await server.statementsOf(() => byVersion({ key }, 'v'))
  expect(statements).toHaveLength(1)
})

test.each([
  [0, 0],
  [2 ** 53 - 1, 2 ** 53 - 1],
  ['9007199254740991', 2 ** 53 - 1],
  ['9007199254740992', '9007199254740992'],
  ['9007199254740993', '9007199254740993'],
  ['-9007199254740991', -(2 ** 53 - 1)],
  ['-9007199254740992', '-9007199254740992'],
  ['9223372036854775807', '9223372036854775807'],
  ['-9223372036854775808', '-9223372036854775808'],
  ['007', 7],
])('the integer %p is answered as %p, and names the storage event', async (sent, answered) => {
  const key = unique('made')
  const first = await make(server, key, { storageEventId: sent, materializedAt: minute(1) })
  expect(await make(server, key, { storageEventId: answered, materializedAt: minute(2) })).toBe(first)
  const storageEventId = { storageEventId: answered }
  const { byId, listed } = await server.query<{ byId: object; listed: object }, object>(
    `query ($id: ID!, $key: String!) { byId: materialization(id: $id) { storageEventId }
      listed: asset(key: $key) { materializations { nodes { storageEventId } } } }`,
    { id: first, key },
  )
  expect(byId).toEqual(storageEventId)
  expect(listed).toEqual({ materializations: { nodes: [storageEventId] } })
})

test('integers are taken as literals of any notation, and listed over all assets as they are of one', async () => {
  const jobId = unique('job')
  await server.query(
    `mutation { recordMaterializations(input: { jobId: "${jobId}", storageEventId: "-1", assets: [
      { key: "${jobId}/0", sizeBytes: 9223372036854775807 }, { key: "${jobId}/1", sizeBytes: "9223372036854775807" }] }) {
      duplicate } }`,
  )
  const { materializations } = await server.query<{ materializations: { nodes: object[] } }, object>(
    'query ($jobId: String) { materializations(filter: { jobId: $jobId }) { nodes { sizeBytes storageEventId } } }',
    { jobId },
  )
  const one = { sizeBytes: '9223372036854775807', storageEventId: -1 }
  expect(materializations.nodes).toEqual([one, one])
})
