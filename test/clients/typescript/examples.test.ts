import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import {
  AssetRepository,
  AssetTracker,
  DAGAssetMapper,
  LineageClient,
  type TrackedAsset,
} from '../../../clients/typescript/src/index.js'
import { clear } from '../../harness/dump.js'
import { startTestServer, type TestServer } from '../../harness/server.js'

// The examples of the reference system, as an executor in TypeScript writes them.

const CODE = 'git:abcd1234'
const MODEL = 'craft-ocr-v2'
const CLAIMS = [
  { id: 'c1', amount: 120.5 },
  { id: 'c2', amount: 79.5 },
]

let server: TestServer
let client: LineageClient
let tracker: AssetTracker
let repository: AssetRepository
let mapper: DAGAssetMapper

beforeAll(async () => {
  server = await startTestServer()
  client = new LineageClient({ url: server.url })
  // What is not recorded must fail these tests.
  tracker = new AssetTracker({ client, onError: 'raise' })
  repository = new AssetRepository({ client })
  mapper = new DAGAssetMapper({ client })
})
beforeEach(() => clear(server))
afterAll(async () => {
  await tracker.cleanup()
  repository.cleanup()
  await server[Symbol.asyncDispose]()
})

/** What an executor says of one output. */
async function asset(
  assetKey: string,
  kind: string,
  content: unknown,
  {
    prompt,
    upstream = [],
    ...rest
  }: { prompt?: string; upstream?: string[] } & Pick<TrackedAsset, 'uri' | 'metadata'> = {},
): Promise<TrackedAsset & { version: string }> {
  const payloadBytes = Buffer.from(typeof content === 'string' ? content : JSON.stringify(content))
  const version = await AssetTracker.computeAssetVersion({
    payloadBytes,
    codeFingerprint: CODE,
    promptFingerprint: prompt,
    upstreamVersions: upstream,
  })
  const checksum = createHash('sha256').update(payloadBytes).digest('hex')
  return { assetKey, version, kind, sizeBytes: payloadBytes.length, checksum, ...rest }
}

/** Records the asset of one key, made from others as they are latest. */
async function make(key: string, version: string, ...from: string[]): Promise<void> {
  await tracker.recordMaterializations({
    jobId: `job-${key}-${version}`,
    dagId: `run-${version}`,
    assets: [{ assetKey: key, version }],
    upstreamAssets: from.map((upstream) => [upstream]),
  })
}

test('example 1: an OCR step records text, boxes and confidence, made from the page', async () => {
  await make('ingest/page', 'page-1')
  await client.registerAssetConfig({
    nodes: [
      { nodeTaskId: 'ocr', upstreamNodes: ['ingest'], assets: mapper.nodeToAssetSpecs('documents', 'ocr') },
    ],
  })
  const text = 'Invoice 42: 200.00'
  const upstream = ['page-1']
  const assets = [
    await asset('ocr/text', 'text', text, {
      prompt: MODEL,
      upstream,
      uri: 's3://docs/job-1/text.txt',
      metadata: { language: 'en', char_count: text.length, word_count: text.split(' ').length },
    }),
    await asset('ocr/bboxes', 'bbox', [[0, 0, 10, 10]], { upstream, metadata: { bbox_count: 1 } }),
    await asset(
      'ocr/confidence',
      'metadata',
      { Invoice: 0.9 },
      { upstream, metadata: { avg_confidence: 0.9 } },
    ),
  ]
  const recorded = await tracker.recordMaterializations({
    storageEventId: null,
    assets,
    jobId: 'job-1',
    dagId: 'dag-1',
    nodeTaskId: 'ocr',
    upstreamAssets: [['ingest/page', 'page-1', null]],
  })
  expect(recorded.map(([, key]) => key)).toEqual(['ocr/text', 'ocr/bboxes', 'ocr/confidence'])

  const [made] = await repository.getMaterializationHistory('ocr/text')
  expect(made).toEqual({
    id: recorded[0]?.[0],
    storageEventId: null,
    assetKey: 'ocr/text',
    // printf '%s' 'Invoice 42: 200.00git:abcd1234craft-ocr-v2page-1' | sha256sum
    assetVersion: `v:sha256:${createHash('sha256').update(`${text}${CODE}${MODEL}page-1`).digest('hex')}`,
    jobId: 'job-1',
    dagId: 'dag-1',
    nodeTaskId: 'ocr',
    partitionKey: null,
    sizeBytes: 18,
    checksum: createHash('sha256').update(text).digest('hex'),
    uri: 's3://docs/job-1/text.txt',
    metadata: { language: 'en', char_count: 18, word_count: 3 },
    createdAt: expect.any(Date),
  })
  expect(await repository.getAssetInfo('ocr/bboxes')).toMatchObject({ namespace: 'default', kind: 'bbox' })
  expect(await repository.getLineage('ocr/text')).toEqual({
    assetKey: 'ocr/text',
    upstream: [{ assetKey: 'ingest/page', version: 'page-1', partitionKey: null, namespace: 'default' }],
    downstream: [],
    downstreamAssets: [],
  })
  expect(await repository.getNodeStatus('dag-1', 'ocr')).toMatchObject({
    isComplete: true,
    materializedAssets: 3,
  })
})

test.each([
  [0.95, ['classify/document_type', 'classify/confidence_scores'], 2],
  [0.4, ['classify/document_type'], 1],
])('example 2: a classifier that is %d sure records %j', async (confidence, keys, materialized) => {
  const classifier = new DAGAssetMapper({
    client,
    assetConfig: {
      doc_classifier: {
        assets: [
          { key: 'classify/document_type', kind: 'classification', is_primary: true, is_required: true },
          { key: 'classify/confidence_scores', kind: 'metadata', is_required: false },
          { key: 'classify/alternatives', is_required: false },
        ],
      },
    },
  })
  const specs = classifier.nodeToAssetSpecs('documents', 'doc_classifier')
  expect(specs.map(({ kind, isPrimary, isRequired }) => [kind, isPrimary, isRequired])).toEqual([
    ['classification', true, true],
    ['metadata', false, false],
    ['classification', false, false],
  ])
  await client.registerAssetConfig({ nodes: [{ nodeTaskId: 'doc_classifier', assets: specs }] })

  const result = { document_type: 'invoice', confidence }
  const assets = [await asset('classify/document_type', 'classification', result, { metadata: result })]
  if (confidence >= 0.8) assets.push(await asset('classify/confidence_scores', 'metadata', { confidence }))
  await tracker.recordMaterializations({
    assets,
    jobId: 'job-1',
    dagId: 'dag-1',
    nodeTaskId: 'doc_classifier',
  })

  const run = { filter: { dagId: 'dag-1' } }
  const recorded = (await client.materializations(run)).nodes.map(({ asset: { key } }) => key)
  expect(recorded.sort()).toEqual([...keys].sort())
  // What was left out is optional: the node is complete all the same.
  expect(await repository.getNodeStatus('dag-1', 'doc_classifier')).toMatchObject({
    expectedAssets: 3,
    materializedAssets: materialized,
    requiredAssets: 1,
    isComplete: true,
    completionPercentage: 100,
  })
})

test('example 3: an extraction of several outputs has the versions used in its lineage', async () => {
  const text = await asset('ocr/text', 'text', 'Invoice 42')
  const boxes = await asset('ocr/bboxes', 'bbox', [])
  await client.registerAssetConfig({
    nodes: [
      { nodeTaskId: 'ocr', assets: mapper.nodeToAssetSpecs('documents', { name: 'ocr' }) },
      {
        nodeTaskId: 'extract',
        upstreamNodes: ['ocr'],
        assets: mapper.nodeToAssetSpecs('documents', 'extract'),
      },
    ],
  })
  const run = { dagId: 'dag-1', jobId: 'job-1' }
  await tracker.recordMaterializations({ ...run, nodeTaskId: 'ocr', assets: [text, boxes] })
  // Another run has been here since: this one's own versions count.
  await tracker.recordMaterializations({
    dagId: 'dag-2',
    jobId: 'job-2',
    nodeTaskId: 'ocr',
    assets: [{ assetKey: 'ocr/text', version: 'other' }],
  })

  const upstream = await mapper.getUpstreamAssetsForNode('dag-1', 'extract')
  expect(upstream).toEqual([
    { assetKey: 'ocr/bboxes', latestVersion: boxes.version, partitionKey: null, namespace: 'default' },
    { assetKey: 'ocr/text', latestVersion: text.version, partitionKey: null, namespace: 'default' },
  ])
  const versions = upstream.map(({ latestVersion }) => latestVersion ?? '')
  await tracker.recordMaterializations({
    ...run,
    nodeTaskId: 'extract',
    assets: [
      await asset('extract/claims', 'json', CLAIMS, {
        prompt: MODEL,
        upstream: versions,
        metadata: { claim_count: 2, total_amount: 200 },
      }),
      await asset('extract/headers', 'json', {}, { upstream: versions }),
      await asset('extract/service_lines', 'table', [], { upstream: versions }),
    ],
    upstreamAssets: upstream.map(({ assetKey, latestVersion, partitionKey }) => [
      assetKey,
      latestVersion,
      partitionKey,
    ]),
  })
  const used = [
    { assetKey: 'ocr/bboxes', version: boxes.version, partitionKey: null, namespace: 'default' },
    { assetKey: 'ocr/text', version: text.version, partitionKey: null, namespace: 'default' },
  ]
  for (const key of ['extract/claims', 'extract/headers', 'extract/service_lines']) {
    expect(await repository.getLineage(key)).toEqual({
      assetKey: key,
      upstream: used,
      downstream: [],
      downstreamAssets: [],
    })
  }
  expect((await repository.getLineage('ocr/text')).downstream).toEqual([
    'extract/claims',
    'extract/headers',
    'extract/service_lines',
  ])
  const [claims] = await repository.getMaterializationHistory('extract/claims')
  expect(claims?.metadata).toEqual({ claim_count: 2, total_amount: 200 })
})

/** The monitor of example 4. */
async function checkDagHealth(dagId: string) {
  const incompleteNodes = (await repository.getDagStatus(dagId))
    .filter(({ isComplete }) => !isComplete)
    .map(({ nodeTaskId, completionPercentage, missingRequiredAssets }) => ({
      node: nodeTaskId,
      completion: completionPercentage,
      missing: missingRequiredAssets,
    }))
  return { complete: incompleteNodes.length === 0, incompleteNodes }
}

test('example 4: a monitor sees which nodes of a run are incomplete, and what was made lately', async () => {
  await client.registerAssetConfig({
    nodes: ['ocr', 'extract'].map((nodeTaskId) => ({
      nodeTaskId,
      assets: mapper.nodeToAssetSpecs('documents', nodeTaskId),
    })),
  })
  const record = (nodeTaskId: string, ...keys: string[]) =>
    tracker.recordMaterializations({
      jobId: `job-${nodeTaskId}`,
      dagId: 'dag-1',
      nodeTaskId,
      assets: keys.map((assetKey) => ({ assetKey })),
    })
  await record('ocr', 'ocr/text', 'ocr/bboxes')
  await record('extract', 'extract/claims')
  expect(await checkDagHealth('dag-1')).toEqual({
    complete: false,
    incompleteNodes: [
      {
        node: 'extract',
        completion: expect.closeTo(100 / 3),
        missing: ['extract/headers', 'extract/service_lines'],
      },
    ],
  })
  await record('extract', 'extract/headers', 'extract/service_lines')
  expect(await checkDagHealth('dag-1')).toEqual({ complete: true, incompleteNodes: [] })
  expect(await repository.getDagStatus('unheard-of')).toEqual([])

  await tracker.recordMaterializations({ jobId: 'again', dagId: 'dag-2', assets: [{ assetKey: 'ocr/text' }] })
  await tracker.recordMaterializations({
    jobId: 'long ago',
    assets: [{ assetKey: 'old' }],
    materializedAt: new Date(Date.now() - 25 * 3_600_000),
  })
  const [first, ...others] = await repository.getAssetHealthSummary(24)
  expect(first).toEqual({
    assetKey: 'ocr/text',
    namespace: 'default',
    kind: 'text',
    dagCount: 2,
    materializationCount: 2,
    lastMaterialized: expect.any(Date),
  })
  expect(others.map(({ assetKey, materializationCount }) => [assetKey, materializationCount]).sort()).toEqual(
    [
      ['extract/claims', 1],
      ['extract/headers', 1],
      ['extract/service_lines', 1],
      ['ocr/bboxes', 1],
    ],
  )
})

/** What example 5 recommends. */
async function analyzeImpact(assetKey: string) {
  const { upstream, downstream } = await repository.getLineage(assetKey)
  const history = await repository.getMaterializationHistory(assetKey, 100)
  return {
    upstream: upstream.length,
    downstream: downstream.length,
    jobs: new Set(history.map(({ jobId }) => jobId)).size,
    dags: new Set(history.flatMap(({ dagId }) => dagId ?? [])).size,
    warns: downstream.length > 10,
  }
}

test('example 5: eleven direct consumers are a warning, ten are not', async () => {
  await make('scan', '1')
  await make('ocr/text', '1', 'scan')
  await make('ocr/text', '2', 'scan')
  for (let at = 1; at <= 10; at++) await make(`consumer-${at}`, '1', 'ocr/text')
  await make('report', '1', 'consumer-1')
  const seen = { upstream: 1, jobs: 2, dags: 2 }
  expect(await analyzeImpact('ocr/text')).toEqual({ ...seen, downstream: 10, warns: false })
  expect(await client.impact('ocr/text')).toMatchObject({ directConsumers: 10, advice: 'SAFE_TO_MODIFY' })

  await make('consumer-11', '1', 'ocr/text')
  expect(await analyzeImpact('ocr/text')).toEqual({ ...seen, downstream: 11, warns: true })
  expect(await client.impact('ocr/text')).toEqual({
    directConsumers: 11,
    transitiveConsumers: 12,
    byDistance: [
      { distance: 1, assetCount: 11 },
      { distance: 2, assetCount: 1 },
    ],
    recentJobs: 2,
    recentDags: 2,
    advice: 'MANY_CONSUMERS',
  })
})

test('example 6: a change three hops up is named as the root cause of what is stale', async () => {
  await make('scan', 'scan-1')
  await make('ocr/text', 'text-1', 'scan')
  await make('extract/tables', 'tables-1', 'ocr/text')
  await make('extract/claims', 'claims-1', 'extract/tables')
  expect(await client.staleness('extract/claims')).toEqual({ status: 'FRESH', causes: [], rootCauses: [] })
  await make('scan', 'scan-2')

  const [bad] = (await repository.getMaterializationHistory('extract/claims', 100)).filter(
    ({ assetVersion }) => assetVersion === 'claims-1',
  )
  expect(bad).toMatchObject({ jobId: 'job-extract/claims-claims-1', dagId: 'run-claims-1' })
  // What it was made from is the latest there is, so one hop shows nothing wrong.
  const { upstream } = await repository.getLineage('extract/claims')
  expect(upstream).toEqual([
    { assetKey: 'extract/tables', version: 'tables-1', partitionKey: null, namespace: 'default' },
  ])
  expect(await repository.getLatestVersion('extract/tables')).toMatchObject({ version: 'tables-1' })

  const staleness = await client.staleness('extract/claims')
  expect(staleness).toMatchObject({
    status: 'STALE',
    causes: [{ reason: 'UPSTREAM_STALE', upstream: { key: 'extract/tables' } }],
  })
  expect(staleness?.rootCauses).toEqual([
    {
      reason: 'UPSTREAM_CHANGED',
      upstream: { namespace: 'default', key: 'scan', kind: 'json' },
      usedVersion: 'scan-1',
      latestVersion: 'scan-2',
    },
  ])
  // What else the bad input has touched.
  const { nodes, completeness } = await client.wholeLineage({ root: 'scan', direction: 'DOWNSTREAM' })
  expect(nodes.map(({ asset: { key }, distance }) => [key, distance])).toEqual([
    ['scan', 0],
    ['ocr/text', 1],
    ['extract/tables', 2],
    ['extract/claims', 3],
  ])
  expect(completeness.complete).toBe(true)
})

test('example 7: what was extracted before is found by its version, and not extracted again', async () => {
  let extractions = 0
  const stored = new Map<string, unknown>()
  async function extractWithCache(input: string, code = CODE) {
    const version = await AssetTracker.computeAssetVersion({
      payloadBytes: Buffer.from(input),
      codeFingerprint: code,
      promptFingerprint: MODEL,
      upstreamVersions: ['v:sha256:aa'],
    })
    const hit = await repository.getMaterializationByVersion('extract/claims', version)
    if (hit?.uri != null) return stored.get(hit.uri)
    extractions++
    const uri = `s3://claims/${extractions}.json`
    stored.set(uri, { extracted: input })
    await tracker.recordMaterializations({
      jobId: `job-${extractions}`,
      assets: [{ assetKey: 'extract/claims', version, uri }],
    })
    return stored.get(uri)
  }
  expect(await extractWithCache('page one')).toEqual({ extracted: 'page one' })
  expect(extractions).toBe(1)
  expect(await extractWithCache('page one')).toEqual({ extracted: 'page one' })
  expect(extractions).toBe(1)
  expect(await extractWithCache('page two')).toEqual({ extracted: 'page two' })
  expect(extractions).toBe(2)
  await extractWithCache('page one', 'git:newer')
  expect(extractions).toBe(3)
  // As the reference looks: the whole history, newest first.
  expect(await repository.getMaterializationHistory('extract/claims', 1000)).toHaveLength(3)
})
