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
    expect(short('constructor')).toEqual([])
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
  expect(inferKind(key)).toBe(inferKindOfServer(key))
})
