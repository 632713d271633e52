import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import {
  AssetRepository,
  AssetTracker,
  DAGAssetMapper,
  inferKind,
  LineageClient,
} from '../../../clients/typescript/src/index.js'
import { inferKind as inferKindOfServer } from '../../../src/lineage/kind.js'
import { clear, countRows } from '../../harness/dump.js'
import { startTestServer, type TestServer } from '../../harness/server.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
beforeEach(() => clear(server))
afterAll(() => server[Symbol.asyncDispose]())

/** Collects what is logged. */
function collect() {
  const lines: string[] = []
  return { lines, logger: { warn: (line: string) => void lines.push(line) } }
}

const RUN = { jobId: 'job-1', assets: [{ assetKey: 'ocr/text', version: 'v1' }] }
const BAD = { jobId: 'job-1', assets: [{ assetKey: '' }] }
const AWAY = { url: 'http://127.0.0.1:1', retries: 1, firstPauseMs: 1 }

describe('tracking never fails a job', () => {
  test('where the server is away it is logged, and nothing is answered', async () => {
    const { lines, logger } = collect()
    expect(await new AssetTracker({ ...AWAY, logger }).recordMaterializations(RUN)).toEqual([])
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(
      /^what job "job-1" made was not recorded: no answer from http:\/\/127\.0\.0\.1:1\/graphql: /,
    )
  })

  test('where the server refuses it', async () => {
    const { lines, logger } = collect()
    expect(await new AssetTracker({ url: server.url, logger }).recordMaterializations(BAD)).toEqual([])
    expect(lines[0]).toMatch(/^what job "job-1" made was not recorded: input\.assets\[0\]\.key: expected /)
  })

  test('where the call itself makes no sense', async () => {
    const { lines, logger } = collect()
    const tracker = new AssetTracker({ url: server.url, logger })
    const nonsense = { jobId: 'job-1' } as unknown as typeof RUN
    expect(await tracker.recordMaterializations(nonsense)).toEqual([])
    expect(await tracker.recordInBackground(nonsense)).toBe(false)
    expect(lines).toHaveLength(2)
    await tracker.cleanup()
  })

  test('unless the executor wants it to', async () => {
    const tracker = new AssetTracker({ url: server.url, onError: 'raise' })
    await expect(tracker.recordMaterializations(BAD)).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      status: 400,
    })
  })
})

test('upstreams may be tuples or objects, and everything is in the tracker’s namespace', async () => {
  const tracker = new AssetTracker({ url: server.url, namespace: 'mine', onError: 'raise' })
  const [[id = ''] = []] = await tracker.recordMaterializations({
    ...RUN,
    partitionKey: 'p',
    upstreamAssets: [['a', 'v1', 'p1'], ['b'], { assetKey: 'c', version: 'v2' }],
  })
  const client = new LineageClient({ url: server.url })
  const made = await client.materialization(id)
  expect(made).toMatchObject({ asset: { namespace: 'mine', key: 'ocr/text' }, partitionKey: 'p' })
  expect(
    made?.inputs.map(({ asset, version, partitionKey }) => [
      asset.namespace,
      asset.key,
      version,
      partitionKey,
    ]),
  ).toEqual([
    ['mine', 'a', 'v1', 'p1'],
    ['mine', 'b', null, null],
    ['mine', 'c', 'v2', null],
  ])
  const repository = new AssetRepository({ client, namespace: 'mine' })
  expect(await repository.getLatestVersion('ocr/text', 'p')).toEqual({
    assetKey: 'ocr/text',
    version: 'v1',
    latestAt: new Date(made?.materializedAt ?? ''),
    partitionKey: 'p',
  })
  expect(await new AssetRepository({ client }).getAssetInfo('ocr/text')).toBeNull()
  client.close()
})

test('a storage event that is told again updates what it made', async () => {
  const tracker = new AssetTracker({ url: server.url, onError: 'raise' })
  const [first] = await tracker.recordMaterializations({ ...RUN, storageEventId: 7 })
  const [second] = await tracker.recordMaterializations({ ...RUN, storageEventId: 7 })
  expect(second).toEqual(first)
  expect(await countRows(server)).toMatchObject({ materializations: 1 })
})

test('in the background a job does not wait, and the end does', async () => {
  const tracker = new AssetTracker({ url: server.url })
  expect(await tracker.recordInBackground(RUN)).toBe(true)
  await tracker.flush()
  expect(await countRows(server)).toMatchObject({ materializations: 1 })
  await tracker.recordInBackground(RUN)
  await tracker.cleanup()
  expect(await countRows(server)).toMatchObject({ materializations: 2 })
})

test('of what is unknown a repository knows nothing', async () => {
  const repository = new AssetRepository({ url: server.url })
  expect(await repository.getAssetInfo('nobody')).toBeNull()
  expect(await repository.getLatestVersion('nobody')).toBeNull()
  expect(await repository.getMaterializationHistory('nobody')).toEqual([])
  await expect(repository.getLineage('nobody')).rejects.toMatchObject({ code: 'ASSET_NOT_FOUND' })
  expect(await repository.getNodeStatus('nobody', 'node')).toBeNull()
  repository.cleanup()
})

test('an asset may say all that the API takes of one, and what else it says is logged', async () => {
  const { lines, logger } = collect()
  const client = new LineageClient({ url: server.url })
  const tracker = new AssetTracker({ client, namespace: 'mine', onError: 'raise', logger })
  const more = { assetKey: 'other', colour: 'red', age: 3 }
  const [[id = ''] = [], [otherId = ''] = []] = await tracker.recordMaterializations({
    ...RUN,
    partitionKey: 'whole',
    assets: [
      {
        assetKey: 'ocr/text',
        version: 'v1',
        kinds: ['python'],
        description: 'What was read',
        partitionKey: 'page-1',
        upstream: ['own', ['far', 'v2', null, 'elsewhere']],
      },
      more,
    ],
    upstreamAssets: [{ assetKey: 'shared', version: 'v3', namespace: 'elsewhere' }],
  })
  const made = await client.materialization(id)
  expect(made).toMatchObject({ partitionKey: 'page-1' })
  expect(made?.inputs.map(({ asset, version }) => [asset.namespace, asset.key, version])).toEqual([
    ['mine', 'own', null],
    ['elsewhere', 'far', 'v2'],
    ['elsewhere', 'shared', 'v3'],
  ])
  expect(await client.materialization(otherId)).toMatchObject({ partitionKey: 'whole' })
  expect(await client.asset({ namespace: 'mine', key: 'ocr/text' })).toMatchObject({
    description: 'What was read',
    kinds: ['python'],
  })
  expect(lines).toEqual(['assets[1]: age, colour of "other" is not recorded'])
})

test('under an idempotency key of its own a run is recorded once', async () => {
  const run = { ...RUN, idempotencyKey: 'mine' }
  const [first] = await new AssetTracker({ url: server.url }).recordMaterializations(run)
  expect(await new AssetTracker({ url: server.url }).recordMaterializations(run)).toEqual([first])
  expect(await countRows(server)).toMatchObject({ materializations: 1 })
})

test('without assets there is nothing to do', async () => {
  const tracker = new AssetTracker({ ...AWAY, onError: 'raise' })
  expect(await tracker.recordMaterializations({ jobId: 'job-1', assets: [] })).toEqual([])
  expect(await tracker.recordInBackground({ jobId: 'job-1', assets: [] })).toBe(true)
  await tracker.cleanup()
})

test('of an asset that stands twice under a storage event the last counts, and the others are named', async () => {
  const { lines, logger } = collect()
  const client = new LineageClient({ url: server.url })
  const tracker = new AssetTracker({ client, onError: 'raise', logger })
  const made = await tracker.recordMaterializations({
    jobId: 'job-1',
    storageEventId: 7,
    assets: [
      { assetKey: 'a', version: 'v1' },
      { assetKey: 'b', version: 'v1' },
      { assetKey: 'a', version: 'v2' },
      { assetKey: 'a', version: 'v3', namespace: 'elsewhere' },
    ],
  })
  expect(made.map(([, key]) => key)).toEqual(['a', 'b', 'a', 'a'])
  expect(made[0]).toEqual(made[2])
  expect((await client.latestMaterialization('a'))?.version).toBe('v2')
  expect(await countRows(server)).toMatchObject({ materializations: 3 })
  expect(lines).toEqual([
    'job "job-1": of an asset that stands more than once under storage event 7 the last is recorded; left out: "a"',
  ])
  const again = { jobId: 'job-1', assets: [{ assetKey: 'a' }, { assetKey: 'a' }] }
  expect(new Set((await tracker.recordMaterializations(again)).map(([id]) => id)).size).toBe(2)
})

test('large integers become strings, and an empty text says nothing', async () => {
  const client = new LineageClient({ url: server.url })
  const tracker = new AssetTracker({ client, onError: 'raise' })
  const [[id = ''] = []] = await tracker.recordMaterializations({
    jobId: 'job-1',
    dagId: '',
    nodeTaskId: '',
    partitionKey: '',
    assets: [
      {
        assetKey: 'ocr/text',
        kind: '',
        version: '',
        metadata: {
          large: 2 ** 53,
          larger: 2n ** 70n,
          small: 5n,
          list: [-(2 ** 60)],
          float: 1e300,
          text: '',
        },
      },
    ],
    upstreamAssets: [['u', '', '']],
  })
  expect(await client.materialization(id)).toMatchObject({
    version: null,
    dagId: null,
    nodeTaskId: null,
    partitionKey: null,
    metadata: {
      large: '9007199254740992',
      larger: '1180591620717411303424',
      small: 5,
      list: ['-1152921504606846976'],
      float: 1e300,
      text: '',
    },
    inputs: [{ asset: { key: 'u' }, version: null, partitionKey: null }],
  })
  expect(await client.asset('ocr/text')).toMatchObject({ kind: 'text' })
})

test('a setting that makes no sense is refused at once', () => {
  expect(() => new AssetTracker({ onError: 'explode' as 'raise' })).toThrow(
    `onError: expected 'log' or 'raise', got "explode"`,
  )
})

test('an upstream of another namespace is the one that is used', async () => {
  const client = new LineageClient({ url: server.url })
  await client.recordMaterializations({
    jobId: 'j',
    dagId: 'd',
    nodeTaskId: 'ocr',
    assets: [{ namespace: 'far', key: 'ocr/text', version: 'v1' }],
  })
  const nodes = [{ nodeTaskId: 'extract', upstreamNodes: ['ocr'], assets: [] }]
  await client.registerAssetConfig({ nodes })
  const upstream = await new DAGAssetMapper({ client }).getUpstreamAssetsForNode('d', 'extract')
  expect(upstream).toEqual([
    { assetKey: 'ocr/text', latestVersion: 'v1', partitionKey: null, namespace: 'far' },
  ])
  const tracker = new AssetTracker({ client, namespace: 'mine', onError: 'raise' })
  const assets = [{ assetKey: 'extract/claims' }]
  await tracker.recordMaterializations({ jobId: 'j', dagId: 'd', assets, upstreamAssets: upstream })
  const tuples = upstream.map(
    (each) => [each.assetKey, each.latestVersion, each.partitionKey, each.namespace] as const,
  )
  await tracker.recordMaterializations({ jobId: 'j', dagId: 'd', assets, upstreamAssets: tuples })
  const repository = new AssetRepository({ client, namespace: 'mine' })
  expect((await repository.getLineage('extract/claims')).upstream).toEqual([
    { assetKey: 'ocr/text', version: 'v1', partitionKey: null, namespace: 'far' },
  ])
  expect(await new AssetRepository({ client, namespace: 'far' }).getLineage('ocr/text')).toMatchObject({
    downstream: ['extract/claims'],
    downstreamAssets: [{ assetKey: 'extract/claims', namespace: 'mine' }],
  })
  expect((await client.assets()).nodes.map(({ namespace, key }) => [namespace, key])).toEqual([
    ['far', 'ocr/text'],
    ['mine', 'extract/claims'],
  ])
})

test('a health summary is of the repository’s namespace, else of all, and names it', async () => {
  const client = new LineageClient({ url: server.url })
  for (const namespace of ['mine', 'other']) {
    await client.recordMaterializations({ jobId: 'j', assets: [{ namespace, key: `${namespace}/text` }] })
  }
  const healthOf = async (namespace?: string) => {
    const repository = new AssetRepository(namespace === undefined ? { client } : { client, namespace })
    const rows = await repository.getAssetHealthSummary()
    return rows.map((row) => [row.namespace, row.assetKey]).sort()
  }
  expect(await healthOf('mine')).toEqual([['mine', 'mine/text']])
  expect(await healthOf()).toEqual([
    ['mine', 'mine/text'],
    ['other', 'other/text'],
  ])
})

test('who owns an asset is told', async () => {
  const client = new LineageClient({ url: server.url })
  await client.recordMaterializations({ jobId: 'j', assets: [{ key: 'a' }] })
  await client.updateAsset({ asset: { key: 'a' }, owners: ['ada'] })
  expect(await new AssetRepository({ client }).getAssetInfo('a')).toMatchObject({ owners: ['ada'] })
})

describe('a mapper', () => {
  const specs = (assetConfig: ConstructorParameters<typeof DAGAssetMapper>[0], node: string) =>
    new DAGAssetMapper(assetConfig).nodeToAssetSpecs('documents', node, 'mine')

  test('reads the short form: the first is primary, all are required, kinds are inferred', () => {
    expect(specs({ assetConfig: { ocr: ['ocr/text', 'ocr/bboxes'] } }, 'ocr')).toEqual([
      {
        key: 'ocr/text',
        kind: 'text',
        isPrimary: true,
        isRequired: true,
        namespace: 'mine',
        metadata: { dagName: 'documents' },
      },
      {
        key: 'ocr/bboxes',
        kind: 'bbox',
        isPrimary: false,
        isRequired: true,
        namespace: 'mine',
        metadata: { dagName: 'documents' },
      },
    ])
  })

  test('knows what nodes of common names make', () => {
    const short = (node: string) =>
      specs({}, node).map(({ key, kind, isPrimary, isRequired }) => [key, kind, isPrimary, isRequired])
    expect(short('ocr')).toEqual([
      ['ocr/text', 'text', true, true],
      ['ocr/bboxes', 'bbox', false, true],
      ['ocr/confidence', 'metadata', false, false],
    ])
    expect(short('extract').map(([key]) => key)).toEqual([
      'extract/claims',
      'extract/headers',
      'extract/service_lines',
      'extract/metadata',
    ])
    expect(short('classify').map(([key]) => key)).toEqual([
      'classify/document_type',
      'classify/confidence_scores',
    ])
    expect(short('locate').map(([key]) => key)).toEqual(['locate/tables', 'locate/forms'])
    expect(short('anything else')).toEqual([])
    expect(short('ocr_extractor')).toEqual(short('ocr'))
    expect(short('OCR-2')).toEqual(short('ocr'))
    for (const node of ['allocate_gpu', 'mediocre', 'democracy', 'relocate']) expect(short(node)).toEqual([])
    expect(short('constructor')).toEqual([])
  })
})

describe('an asset_config', () => {
  const specs = (assetConfig: object, node = 'n') =>
    new DAGAssetMapper({ assetConfig: assetConfig as Record<string, string[]> }).nodeToAssetSpecs('d', node)

  test('in the long form says all of it', () => {
    const assets = [
      { key: 'a/text' },
      {
        key: 'b',
        namespace: 'far',
        kind: 'table',
        kinds: ['sql'],
        is_primary: true,
        is_required: false,
        description: 'B',
        metadata: { unit: 'mm' },
      },
      { key: 'c', isRequired: false, isPrimary: true },
    ]
    const metadata = { dagName: 'd' }
    expect(specs({ n: { upstream_nodes: ['m'], assets } })).toEqual([
      { key: 'a/text', kind: 'text', isPrimary: false, isRequired: true, metadata },
      {
        key: 'b',
        namespace: 'far',
        kind: 'table',
        kinds: ['sql'],
        isPrimary: true,
        isRequired: false,
        description: 'B',
        metadata: { unit: 'mm', dagName: 'd' },
      },
      { key: 'c', kind: 'json', isPrimary: true, isRequired: false, metadata },
    ])
  })

  test('gives specs the namespace that they name, else the one asked for, else the mapper’s', () => {
    const assetConfig = { n: { assets: [{ key: 'a' }, { key: 'b', namespace: 'far' }] } }
    const mapper = new DAGAssetMapper({ assetConfig, namespace: 'mine' })
    const namespaces = (...args: Parameters<typeof mapper.nodeToAssetSpecs>) =>
      mapper.nodeToAssetSpecs(...args).map(({ namespace }) => namespace)
    expect(namespaces('d', { taskId: 'n' })).toEqual(['mine', 'far'])
    expect(namespaces('d', { nodeTaskId: 'n' }, 'asked')).toEqual(['asked', 'far'])
  })

  test.each<[object, string]>([
    [['a'], 'assetConfig: expected nodes by name, got ["a"]'],
    [{ n: 'ocr/text' }, 'n: expected a list of keys, or an object with assets, got "ocr/text"'],
    [{ n: ['a', 1] }, 'n[1]: expected a key, got 1'],
    [
      { n: { assets: [{ kind: 'text' }] } },
      'n.assets[0]: expected an object with a key, got {"kind":"text"}',
    ],
    [
      { n: { assets: [{ key: 'a', is_requierd: true }] } },
      'n.assets[0]: expected description, is_primary, is_required, key, kind, kinds, metadata, namespace, got is_requierd',
    ],
    [
      { n: { assets: [{ key: 'a', is_required: 'no' }] } },
      'n.assets[0].is_required: expected true or false, got "no"',
    ],
    [
      { n: { assets: [{ key: 'a', kinds: 'sql' }] } },
      'n.assets[0].kinds: expected a list of texts, got "sql"',
    ],
    [
      { n: { assets: [{ key: 'a', isPrimary: true, is_primary: true }] } },
      'n.assets[0]: expected is_primary or isPrimary, got both',
    ],
  ])('that is wrong is refused: %j', (config, message) => {
    expect(() => specs(config)).toThrow(new TypeError(message))
  })

  test('a node without a name is refused', () => {
    const node = {} as { name: string }
    expect(() => new DAGAssetMapper().nodeToAssetSpecs('d', node)).toThrow('node: expected a name')
  })
})

test.each([
  'ocr/text',
  'context',
  'a/bbox',
  'x/boxes/y',
  'classify/a',
  'index/a',
  'my-embedding',
  'a/table',
  'other',
])('the kind of %s is inferred as the server does', (key) => {
  expect(inferKind(key)).toBe(inferKindOfServer({ namespace: 'default', key }))
})
