import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { clear } from '../harness/dump.js'
import { minute, record } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
beforeEach(() => clear(server))
afterAll(() => server[Symbol.asyncDispose]())

const made = (
  at: number,
  dagId: string,
  nodeTaskId: string,
  key: string,
  version: string,
  ...from: string[]
) =>
  record(server, {
    materializedAt: minute(at),
    dagId,
    nodeTaskId,
    assets: [{ key, version }],
    upstream: from.map((upstream) => ({ key: upstream })),
  })

/** As texts: `key@version`, with the run that made it. */
async function upstreamAssets(dagId: string, nodeTaskId: string) {
  interface Found {
    asset: { key: string }
    version: string | null
    partitionKey: string | null
    materialization: { dagId: string | null } | null
  }
  const { upstreamAssets } = await server.query<{ upstreamAssets: Found[] }, never>(
    `{ upstreamAssets(dagId: "${dagId}", nodeTaskId: "${nodeTaskId}") {
         asset { key } version partitionKey materialization { dagId } } }`,
  )
  return upstreamAssets.map(
    ({ asset, version, partitionKey, materialization }) =>
      `${asset.key}${partitionKey === null ? '' : `[${partitionKey}]`}@${version} of ${materialization?.dagId}`,
  )
}

const register = (nodes: object[]) =>
  server.query<object, object>(
    'mutation ($nodes: [NodeAssetConfigInput!]!) { registerAssetConfig(input: { nodes: $nodes }) { nodeCount } }',
    { nodes },
  )

test('of registered upstream nodes: what they made in this run, and of a node that made nothing there what it made lately', async () => {
  await register([
    { nodeTaskId: 'ocr', assets: [{ key: 'text' }, { key: 'never made' }] },
    { nodeTaskId: 'extract', upstreamNodes: ['ocr', 'classify'], assets: [] },
  ])
  await made(1, 'run-1', 'ocr', 'text', '1')
  await made(1, 'run-1', 'ocr', 'boxes', '1')
  await made(2, 'run-1', 'classify', 'type', '1')
  await made(3, 'run-2', 'ocr', 'text', '2')
  expect(await upstreamAssets('run-2', 'extract')).toEqual(['text@2 of run-2', 'type@1 of run-1'])
  // The newest of a run is not what another run used.
  expect(await upstreamAssets('run-1', 'extract')).toEqual([
    'boxes@1 of run-1',
    'text@1 of run-1',
    'type@1 of run-1',
  ])
  expect(await upstreamAssets('run-3', 'extract')).toEqual([
    'boxes@1 of run-1',
    'text@2 of run-2',
    'type@1 of run-1',
  ])
})

test('where nothing is registered, what earlier runs of the node used counts', async () => {
  await made(1, 'run-1', 'ocr', 'text', '1')
  await made(1, 'run-1', 'ocr', 'unused', '1')
  await made(2, 'run-1', 'extract', 'claims', '1', 'text', 'rules')
  await made(3, 'run-2', 'ocr', 'text', '2')
  expect(await upstreamAssets('run-2', 'extract')).toEqual(['rules@null of undefined', 'text@2 of run-2'])
  expect(await upstreamAssets('run-1', 'extract')).toEqual(['rules@null of undefined', 'text@1 of run-1'])
  expect(await upstreamAssets('run-9', 'extract')).toEqual(['rules@null of undefined', 'text@2 of run-2'])
  expect(await upstreamAssets('run-1', 'unheard of')).toEqual([])
})

test('a node that is registered to use none has none; partitions of a run are all there', async () => {
  await register([
    { nodeTaskId: 'first', upstreamNodes: [], assets: [] },
    { nodeTaskId: 'merge', upstreamNodes: ['split'], assets: [] },
  ])
  await made(1, 'run', 'first', 'a', '1', 'b')
  expect(await upstreamAssets('run', 'first')).toEqual([])
  for (const partitionKey of ['q', 'p'])
    await record(server, {
      dagId: 'run',
      nodeTaskId: 'split',
      partitionKey,
      assets: [{ key: 'page', version: '1' }],
    })
  expect(await upstreamAssets('run', 'merge')).toEqual(['page[p]@1 of run', 'page[q]@1 of run'])
})
