import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { clear, countRows } from '../harness/dump.js'
import { minute, record, recordBatch } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
beforeEach(() => clear(server))
afterAll(() => server[Symbol.asyncDispose]())

const register = (input: object) =>
  server.ask<{ payload: { nodeCount: number; assetCount: number } }, object>(
    'mutation ($input: AssetConfigInput!) { payload: registerAssetConfig(input: $input) { nodeCount assetCount } }',
    { input },
  )

const STATUS = `dagId dagName nodeTaskId expectedAssets materializedAssets requiredAssets materializedRequired
  allRequiredMaterialized isComplete completionPercentage missingRequiredAssets lastMaterializedAt`

interface Status {
  nodeTaskId: string
  dagName: string | null
  expectedAssets: number
  completionPercentage: number
  isComplete: boolean
  missingRequiredAssets: string[]
}

const dagStatus = async (dagId: string) =>
  (
    await server.query<{ dagStatus: Status[] }, object>(
      `query ($dagId: String!) { dagStatus(dagId: $dagId) { ${STATUS} } }`,
      { dagId },
    )
  ).dagStatus

const OCR = {
  nodeTaskId: 'ocr',
  assets: [
    { key: 'ocr/text', isPrimary: true },
    { key: 'ocr/bboxes' },
    { key: 'ocr/confidence', isRequired: false },
  ],
}

test('a node is complete when the run has all its required assets; what nobody expected counts as made', async () => {
  expect((await register({ nodes: [OCR] })).data?.payload).toEqual({ nodeCount: 1, assetCount: 3 })
  const run = { dagId: 'run-1', nodeTaskId: 'ocr' }
  await record(server, { ...run, materializedAt: minute(1), assets: [{ key: 'ocr/text' }] })
  const half = {
    dagId: 'run-1',
    dagName: null,
    nodeTaskId: 'ocr',
    expectedAssets: 3,
    materializedAssets: 1,
    requiredAssets: 2,
    materializedRequired: 1,
    allRequiredMaterialized: false,
    isComplete: false,
    completionPercentage: 50,
    missingRequiredAssets: ['ocr/bboxes'],
    lastMaterializedAt: minute(1),
  }
  expect(await dagStatus('run-1')).toEqual([half])

  await record(server, {
    ...run,
    materializedAt: minute(2),
    assets: [{ key: 'ocr/bboxes' }, { key: 'ocr/undeclared' }, { key: 'ocr/text' }],
  })
  expect(await dagStatus('run-1')).toEqual([
    {
      ...half,
      materializedAssets: 3,
      materializedRequired: 2,
      allRequiredMaterialized: true,
      isComplete: true,
      completionPercentage: 100,
      missingRequiredAssets: [],
      lastMaterializedAt: minute(2),
    },
  ])
  // Another run has made nothing yet.
  await record(server, { dagId: 'run-2', nodeTaskId: 'ocr', assets: [{ key: 'ocr/confidence' }] })
  expect(await dagStatus('run-2')).toMatchObject([{ completionPercentage: 0, materializedAssets: 1 }])
  expect(await dagStatus('unheard of')).toEqual([])
})

test('a run shows the nodes registered for it before they run, and nodes of which nothing is registered', async () => {
  await register({ dagId: 'run', dagName: 'claims', nodes: [OCR, { nodeTaskId: 'gate', assets: [] }] })
  await record(server, {
    dagId: 'run',
    nodeTaskId: 'adhoc',
    materializedAt: minute(1),
    assets: [{ key: 'x' }],
  })
  await record(server, { dagId: 'run', materializedAt: minute(1), assets: [{ key: 'of no node' }] })
  expect(await dagStatus('run')).toMatchObject([
    { nodeTaskId: 'adhoc', dagName: null, expectedAssets: 0, isComplete: true, completionPercentage: 100 },
    { nodeTaskId: 'gate', dagName: 'claims', expectedAssets: 0, isComplete: true },
    { nodeTaskId: 'ocr', dagName: 'claims', missingRequiredAssets: ['ocr/text', 'ocr/bboxes'] },
  ])
  const one = (nodeTaskId: string) =>
    server.query<{ nodeStatus: Status | null }, never>(
      `{ nodeStatus(dagId: "run", nodeTaskId: "${nodeTaskId}") { ${STATUS} } }`,
    )
  expect((await one('ocr')).nodeStatus).toEqual((await dagStatus('run'))[2])
  expect((await one('unheard of')).nodeStatus).toBeNull()
})

test('what is registered for a run wins over what holds for every run; registering again replaces a node as a whole', async () => {
  await register({ nodes: [OCR, { nodeTaskId: 'other', assets: [{ key: 'o' }] }] })
  await register({ dagId: 'special', nodes: [{ nodeTaskId: 'ocr', assets: [{ key: 'ocr/text' }] }] })
  for (const dagId of ['special', 'usual'])
    await record(server, { dagId, nodeTaskId: 'ocr', assets: [{ key: 'ocr/text' }] })
  expect(await dagStatus('special')).toMatchObject([{ expectedAssets: 1, isComplete: true }])
  expect(await dagStatus('usual')).toMatchObject([{ expectedAssets: 3, isComplete: false }])

  await register({ nodes: [{ nodeTaskId: 'ocr', assets: [{ key: 'ocr/text' }, { key: 'ocr/new' }] }] })
  expect(await dagStatus('usual')).toMatchObject([{ expectedAssets: 2, missingRequiredAssets: ['ocr/new'] }])
  await record(server, { dagId: 'usual', nodeTaskId: 'other', assets: [{ key: 'x' }] })
  expect((await dagStatus('usual'))[1]).toMatchObject({ nodeTaskId: 'other', missingRequiredAssets: ['o'] })
})

test('expected assets are there at once, as registered, and recording them stays as it was', async () => {
  await register({
    nodes: [
      {
        nodeTaskId: 'n',
        assets: [{ key: 'a/table' }, { key: 'b', kind: 'vector', kinds: ['s3'], description: 'B' }],
      },
    ],
  })
  const assets = async () =>
    (
      await server.query<{ assets: { nodes: object[] } }, never>(
        '{ assets { nodes { key kind kinds description } } }',
      )
    ).assets.nodes
  expect(await assets()).toEqual([
    { key: 'a/table', kind: 'table', kinds: [], description: null },
    { key: 'b', kind: 'vector', kinds: ['s3'], description: 'B' },
  ])
  // A kind that is inferred does not undo one that was stated, a later one that is stated does.
  await record(server, { assets: [{ key: 'b' }] })
  expect((await assets())[1]).toMatchObject({ kind: 'vector' })
  await record(server, { materializedAt: '2030-01-01T00:00:00Z', assets: [{ key: 'b', kind: 'image' }] })
  expect((await assets())[1]).toMatchObject({ kind: 'image', description: 'B' })
})

test.each([
  [{ nodes: [] }, 'input.nodes: expected 1 to 1000 items, got 0 items'],
  [
    { nodes: [{ nodeTaskId: '', assets: [] }] },
    'input.nodes[0].nodeTaskId: expected 1 to 512 characters, got 0 characters',
  ],
  [{ nodes: [OCR, OCR] }, 'input.nodes[1].nodeTaskId: expected each once, got "ocr" again'],
  [
    { nodes: [{ nodeTaskId: 'n', assets: [{ key: 'a' }, { key: 'a', namespace: 'default' }] }] },
    'input.nodes[0].assets[1].key: expected each once, got "a" again',
  ],
  [{ dagId: 'a\nb', nodes: [OCR] }, 'input.dagId: expected no control characters, got U+000A at index 1'],
  [
    { nodes: [{ nodeTaskId: 'n', upstreamNodes: ['a', ''], assets: [] }] },
    'input.nodes[0].upstreamNodes[1]: expected 1 to 512 characters, got 0 characters',
  ],
  [
    { nodes: [OCR, { nodeTaskId: 'n', assets: [{ key: 'a', kinds: Array(33).fill('k') }] }] },
    'input.nodes[1].assets[0].kinds: expected 0 to 32 items, got 33 items',
  ],
])('a config is refused as a whole: %j', async (input, message) => {
  const { status, errors } = await register(input)
  expect([status, errors[0]?.message]).toEqual([400, message])
  expect(await server.database.sql('SELECT id FROM node_config')).toEqual([])
  expect((await countRows(server))['assets']).toBe(0)
})

test('concurrent registrations of the same nodes leave one of them, whole', async () => {
  const nodes = (version: number) =>
    Array.from({ length: 10 }, (_, at) => ({
      // Some in one order, some in the other.
      nodeTaskId: `n${version % 2 === 0 ? at : 9 - at}`,
      assets: [{ key: `v${version}/a` }, { key: `v${version}/b` }, { key: 'shared' }],
    }))
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, version) => register({ nodes: nodes(version) })),
  )
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
  const rows = await server.database.sql<{ keys: string }>(
    `SELECT string_agg(a.key, ' ' ORDER BY e.position) AS keys FROM expected_asset e JOIN asset a ON a.id = e.asset_id
     GROUP BY e.node_config_id`,
  )
  expect(rows).toHaveLength(10)
  expect(new Set(rows.map(({ keys }) => keys)).size).toBe(1)
  expect(rows[0]?.keys).toMatch(/^v(\d+)\/a v\1\/b shared$/)
})

test('the status of a run of 500 nodes takes at most three statements', async () => {
  const names = Array.from({ length: 500 }, (_, at) => `node-${at}`)
  await register({
    nodes: names.map((nodeTaskId) => ({
      nodeTaskId,
      assets: [{ key: `${nodeTaskId}/a` }, { key: `${nodeTaskId}/b` }],
    })),
  })
  for (let at = 0; at < names.length; at += 100) {
    await recordBatch(
      server,
      names
        .slice(at, at + 100)
        .map((nodeTaskId) => ({ dagId: 'big', nodeTaskId, assets: [{ key: `${nodeTaskId}/a` }] })),
    )
  }
  let nodes: Status[] = []
  const statements = await server.statementsOf(async () => {
    nodes = await dagStatus('big')
  })
  expect(nodes).toHaveLength(500)
  expect(nodes.every(({ completionPercentage }) => completionPercentage === 50)).toBe(true)
  expect(statements.length).toBeLessThanOrEqual(3)
})

test('health counts materializations and DAG runs of a span of time, most materialized first', async () => {
  const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString()
  const made = (key: string, hours: number, dagId?: string) =>
    record(server, {
      ...(dagId === undefined ? {} : { dagId }),
      materializedAt: ago(hours),
      assets: [{ key }],
    })
  await made('often', 1, 'x')
  await made('often', 2, 'x')
  await made('often', 3, 'y')
  await made('often', 30, 'z')
  await made('once', 5)
  await made('formerly', 25, 'x')
  const health = (args: string) =>
    server.ask<{ assetHealth: object[] }, never>(
      `{ assetHealth${args} { asset { key kind } dagCount materializationCount lastMaterializedAt } }`,
    )
  const often = { asset: { key: 'often', kind: 'json' }, dagCount: 2, materializationCount: 3 }
  const once = { asset: { key: 'once', kind: 'json' }, dagCount: 0, materializationCount: 1 }
  expect((await health('')).data?.assetHealth).toMatchObject([often, once])
  expect((await health('(first: 1)')).data?.assetHealth).toMatchObject([often])
  expect((await health('(lastHours: 48)')).data?.assetHealth[0]).toMatchObject({
    dagCount: 3,
    materializationCount: 4,
  })
  await record(server, { materializedAt: ago(1), assets: [{ key: 'often', namespace: 'far' }] })
  expect((await health('(namespace: "far")')).data?.assetHealth).toMatchObject([
    { asset: { key: 'often' }, dagCount: 0, materializationCount: 1 },
  ])
  expect((await health('(namespace: "default")')).data?.assetHealth).toMatchObject([often, once])
  expect((await health('(namespace: "nobody")')).data?.assetHealth).toEqual([])
  expect((await health('')).data?.assetHealth).toHaveLength(3)
  const bad = ['(lastHours: 0)', '(lastHours: 87601)', '(first: 0)', '(first: 1001)', '(namespace: "")']
  for (const args of bad)
    expect((await health(args)).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
})
