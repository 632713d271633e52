import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { LineageClient, type RecordMaterializationsInput } from '../../../clients/typescript/src/index.js'
import { clear, countRows } from '../../harness/dump.js'
import { minute } from '../../harness/recordings.js'
import { startTestServer, type TestServer } from '../../harness/server.js'

let server: TestServer
let client: LineageClient
beforeAll(async () => {
  server = await startTestServer()
  client = new LineageClient({ url: server.url })
})
beforeEach(() => clear(server))
afterAll(async () => {
  client.close()
  await server[Symbol.asyncDispose]()
})

/** Collects what an iterator gives. */
async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = []
  for await (const item of items) list.push(item)
  return list
}

const keys = (count: number, prefix = 'key') =>
  Array.from({ length: count }, (_, at) => `${prefix}-${String(at).padStart(4, '0')}`)

describe('recording and asking', () => {
  test('what is recorded comes back, with its inputs', async () => {
    const { materializations, duplicate } = await client.recordMaterializations({
      jobId: 'extract-42',
      dagId: 'run-1',
      nodeTaskId: 'extract',
      partitionKey: 'p1',
      storageEventId: '9223372036854775807',
      materializedAt: minute(1),
      assets: [
        {
          key: 'extract/claims',
          version: 'v1',
          sizeBytes: 12,
          checksum: 'abc',
          uri: 's3://claims/1.json',
          codeVersion: 'git:1',
          metadata: { claims: 2 },
        },
      ],
      upstream: [{ key: 'ocr/text', version: 'v7' }],
    })
    expect(duplicate).toBe(false)
    const [id = ''] = materializations.map((one) => one.id)
    const expected = {
      id,
      asset: { namespace: 'default', key: 'extract/claims' },
      version: 'v1',
      jobId: 'extract-42',
      dagId: 'run-1',
      nodeTaskId: 'extract',
      partitionKey: 'p1',
      storageEventId: '9223372036854775807',
      sizeBytes: 12,
      checksum: 'abc',
      uri: 's3://claims/1.json',
      codeVersion: 'git:1',
      metadata: { claims: 2 },
      materializedAt: minute(1),
      inputs: [
        {
          asset: { namespace: 'default', key: 'ocr/text', kind: 'text' },
          version: 'v7',
          partitionKey: null,
          resolution: 'UNRESOLVED',
          materialization: null,
        },
      ],
    }
    expect(await client.materialization(id)).toMatchObject(expected)
    expect(await client.materializationByVersion('extract/claims', 'v1')).toMatchObject(expected)
    expect(await client.latestMaterialization({ key: 'extract/claims' }, 'p1')).toMatchObject(expected)
    const { inputs: _, ...listed } = expected
    expect(await client.materializations({ filter: { dagId: 'run-1' } })).toMatchObject({ nodes: [listed] })
    expect(await client.history('extract/claims')).toMatchObject({ nodes: [listed], hasNextPage: false })
    expect(await client.node(id)).toMatchObject({ __typename: 'Materialization', id, version: 'v1' })

    const [producer] = (
      await client.recordMaterializations({
        jobId: 'ocr',
        materializedAt: minute(0),
        assets: [{ key: 'ocr/text', version: 'v7' }],
      })
    ).materializations
    expect(await client.consumers(producer?.id ?? '')).toMatchObject({ nodes: [listed] })
    expect(await all(client.eachConsumer(producer?.id ?? ''))).toHaveLength(1)
  })

  test('an asset can be described, and is found by its name and its id', async () => {
    await client.recordMaterializations({ jobId: 'j', assets: [{ key: 'a', namespace: 'mine' }] })
    const name = { key: 'a', namespace: 'mine' }
    const told = await client.updateAsset({
      asset: name,
      kinds: ['s3'],
      description: 'd',
      tags: { x: 1 },
      owners: ['me'],
    })
    expect(told).toMatchObject({
      ...name,
      kind: 'json',
      kinds: ['s3'],
      description: 'd',
      tags: { x: 1 },
      owners: ['me'],
    })
    expect(await client.asset(name)).toEqual(told)
    expect(await client.node(told.id)).toEqual({ __typename: 'Asset', ...told })
    expect(await client.freshness(name)).toMatchObject({ status: 'FRESH' })
    expect(await client.countAssets({ filter: { namespace: 'mine' } })).toBe(1)
  })

  test('checks of a materialization are recorded once, and listed', async () => {
    const { materializations } = await client.recordMaterializations({ jobId: 'j', assets: [{ key: 'a' }] })
    const materializationId = materializations[0]?.id ?? ''
    const checks = [{ name: 'not empty', status: 'FAILED' as const, details: { rows: 0 } }]
    const [recorded] = await client.recordCheckResults({ materializationId, checks })
    expect(recorded).toMatchObject({
      name: 'not empty',
      status: 'FAILED',
      severity: 'ERROR',
      details: { rows: 0 },
    })
    expect(await client.checks('a')).toMatchObject({ nodes: [recorded] })
    expect(await all(client.eachCheck('a'))).toEqual([recorded])
    expect(await all(client.eachMaterializationCheck(materializationId))).toEqual([recorded])
    expect(await client.node(recorded?.id ?? '')).toMatchObject({ __typename: 'CheckResult' })
  })

  test('what is unknown is null; its lists and walks are an error', async () => {
    const id =
      (await client.recordMaterializations({ jobId: 'j', assets: [{ key: 'a' }] })).materializations[0]?.id ??
      ''
    await clear(server)
    expect(await client.asset('nobody')).toBeNull()
    expect(await client.history('nobody')).toBeNull()
    expect(await client.staleness('nobody')).toBeNull()
    expect(await client.materialization(id)).toBeNull()
    expect(await client.latestMaterialization('nobody')).toBeNull()
    await expect(all(client.eachOfHistory('nobody'))).rejects.toMatchObject({ code: 'ASSET_NOT_FOUND' })
    await expect(all(client.eachUpstream('nobody'))).rejects.toMatchObject({ code: 'ASSET_NOT_FOUND' })
    await expect(all(client.eachConsumer(id))).rejects.toMatchObject({ code: 'MATERIALIZATION_NOT_FOUND' })
    await expect(client.lineage({ root: 'nobody', direction: 'BOTH' })).rejects.toMatchObject({
      code: 'ASSET_NOT_FOUND',
      field: 'root',
      status: 404,
    })
  })

  test('an operation of one’s own is sent as it is', async () => {
    expect(await client.request<{ __typename: string }, undefined>('{ __typename }', undefined)).toEqual({
      __typename: 'Query',
    })
  })
})

describe('lists of any length', () => {
  test('are gone through page by page', async () => {
    const many = keys(1_000)
    await client.recordMaterializations({
      jobId: 'j',
      assets: many.map((key) => ({ key })),
      upstream: [{ key: 'raw' }],
    })
    await client.recordMaterializations({ jobId: 'j', assets: [{ key: 'last' }], upstream: [{ key: 'raw' }] })
    const found = await all(client.eachAsset())
    expect(found.map(({ key }) => key)).toEqual([...many, 'last', 'raw'])
    const below = await all(client.eachDownstream('raw'))
    expect(below.map(({ node }) => node.key)).toEqual([...many, 'last'])
    expect(below[0]?.edge).toMatchObject({ materializationCount: 1, isCurrent: true })
    expect(await all(client.eachMaterialization({ filter: { jobId: 'j' } }))).toHaveLength(1_001)
    const [above] = await all(client.eachUpstream('last', { scope: 'CURRENT' }))
    expect(above?.node.key).toBe('raw')
  })

  test('ask for no more than is used', async () => {
    await client.recordMaterializations({ jobId: 'j', assets: keys(5).map((key) => ({ key })) })
    const { nodes, hasNextPage, endCursor } = await client.assets({ first: 2 })
    expect([nodes.length, hasNextPage]).toEqual([2, true])
    const rest = await client.assets({ after: endCursor ?? '' })
    expect(rest.nodes.map(({ key }) => key)).toEqual(keys(5).slice(2))
  })
})

describe('walks', () => {
  /** a → b0…b4 → c, and d → b0: what a page hides another shows. */
  const record = () =>
    client.recordMaterializationBatch([
      {
        jobId: 'j',
        materializedAt: minute(1),
        assets: keys(5, 'b').map((key) => ({ key })),
        upstream: [{ key: 'a' }],
      },
      {
        jobId: 'j',
        materializedAt: minute(2),
        assets: [{ key: 'c' }],
        upstream: keys(5, 'b').map((key) => ({ key })),
      },
      { jobId: 'j', materializedAt: minute(3), assets: [{ key: 'b-0000' }], upstream: [{ key: 'd' }] },
    ])

  test('that are cut by their limit are continued to the end', async () => {
    await record()
    const args = { root: 'a', direction: 'DOWNSTREAM' as const }
    const pages = await all(client.walk({ ...args, limit: 2 }))
    expect(pages.map(({ nodes }) => nodes.length)).toEqual([2, 2, 2, 1])
    expect(pages.map(({ completeness }) => completeness.complete)).toEqual([false, false, false, true])
  })

  test('joined, they are what one answer would be', async () => {
    await record()
    const args = { root: 'a', direction: 'DOWNSTREAM' as const }
    const { edges, watermark: _, ...whole } = await client.wholeLineage({ ...args, limit: 2 })
    const { edges: expectedEdges, watermark: __, ...expected } = await client.lineage(args)
    expect(whole).toEqual(expected)
    const ends = (list: typeof edges) => list.map((edge) => JSON.stringify(edge)).sort()
    expect(ends(edges)).toEqual(ends(expectedEdges))
    expect(whole.nodes.find(({ asset }) => asset.key === 'b-0000')).toMatchObject({
      hiddenUpstream: 1,
      hiddenDownstream: 0,
    })
  })

  test('say what stopped them', async () => {
    await record()
    const { completeness } = await client.wholeLineage({
      root: 'a',
      direction: 'DOWNSTREAM',
      depth: 1,
      limit: 2,
    })
    expect(completeness).toEqual({ complete: false, stoppedBy: ['DEPTH'], nextCursor: null })
  })
})

describe('any number of recordings', () => {
  const runs = (count: number): RecordMaterializationsInput[] =>
    keys(count).map((key, at) => ({ jobId: `job-${at}`, assets: [{ key }] }))

  test('go out in batches, and those that are refused do not keep the others from being recorded', async () => {
    const inputs = runs(205)
    for (const at of [3, 77, 204]) inputs[at] = { jobId: `job-${at}`, assets: [{ key: '' }] }
    const outcomes = await all(client.recordAll(inputs))
    expect(outcomes.map(({ input }) => input.jobId)).toEqual(inputs.map(({ jobId }) => jobId))
    const refused = outcomes.flatMap((outcome, at) => ('error' in outcome ? [[at, outcome.error.field]] : []))
    expect(refused).toEqual([3, 77, 204].map((at) => [at, 'input.assets[0].key']))
    expect(await countRows(server)).toMatchObject({ materializations: 202, recordings: 202 })
  })

  test('may come one by one, and as much as a request holds goes into it', async () => {
    const large = runs(3).map((run) => ({
      ...run,
      assets: run.assets.map((asset) => ({ ...asset, metadata: { text: 'x'.repeat(250_000) } })),
    }))
    async function* slowly() {
      yield* large
    }
    expect(await all(client.recordAll(slowly()))).toHaveLength(3)
    expect(await countRows(server)).toMatchObject({ materializations: 3 })
  })
})
