import { describe, expect, test } from '@jest/globals'
import {
  AssetRepository,
  AssetTracker,
  BackgroundRecorder,
  DAGAssetMapper,
  type EndpointOptions,
  type HeadwaterError,
  LineageClient,
} from '../../../clients/typescript/src/index.js'
import { startTestServer } from '../../harness/server.js'
import { startFakeServer } from './fake-server.js'

const RUN = { jobId: 'job', assets: [{ key: 'ocr/text' }] }

const failureOf = (work: Promise<unknown>): Promise<HeadwaterError> =>
  work.then(
    (result) => Promise.reject(new Error(`expected an error, got ${JSON.stringify(result)}`)),
    (error) => error,
  )

const TRANSPORTS: [string, EndpointOptions][] = [
  ['Node’s HTTP client', {}],
  ['fetch', { fetch: (...args) => fetch(...args) }],
]

test.each(TRANSPORTS)(
  'through %s, an answer that never ends is not read to its end',
  async (_, transport) => {
    const chunk = Buffer.alloc(1024 * 1024, 'x')
    const closed: Promise<void>[] = []
    await using fake = await startFakeServer((_request, response) => {
      closed.push(new Promise((resolve) => response.on('close', resolve)))
      const pour = () => {
        while (response.write(chunk));
        response.once('drain', pour)
      }
      pour()
    })
    const client = new LineageClient({ url: fake.url, retries: 3, ...transport })
    const error = await failureOf(client.recordMaterializations(RUN))
    expect(error).toMatchObject({ name: 'HeadwaterError', code: 'UNEXPECTED_ANSWER' })
    expect(error.message).toBe(`${fake.url}/graphql answered with more than 256 MiB, not as Headwater does`)
    expect(fake.requests).toBe(1)
    // The connection too is let go.
    await Promise.all(closed)
  },
  60_000,
)

describe('an answer that lacks what was asked for is no success', () => {
  const WRONG: [data: unknown, ask: (options: EndpointOptions) => Promise<unknown>, misfit: string][] = [
    [
      {},
      (options) => new LineageClient(options).recordMaterializations(RUN),
      'data.recordMaterializations is not there',
    ],
    [[1], (options) => new LineageClient(options).recordMaterializations(RUN), 'data is no object'],
    ['x', (options) => new LineageClient(options).request('{ mine }', {}), 'data is no object'],
    [
      { recordMaterializationBatch: [null] },
      (options) => new LineageClient(options).recordMaterializationBatch([RUN]),
      'data.recordMaterializationBatch[0] is null',
    ],
    [
      { recordMaterializations: { materializations: null, duplicate: false, watermark: 'w' } },
      (options) =>
        new AssetTracker({ ...options, onError: 'raise' }).recordMaterializations({
          jobId: 'job',
          assets: [{ assetKey: 'a' }],
        }),
      'data.recordMaterializations.materializations is null',
    ],
    [
      { upstreamAssets: null },
      (options) => new DAGAssetMapper(options).getUpstreamAssetsForNode('dag', 'node'),
      'data.upstreamAssets is null',
    ],
    [
      { upstreamAssets: [{ version: null, partitionKey: null }] },
      (options) => new DAGAssetMapper(options).getUpstreamAssetsForNode('dag', 'node'),
      'data.upstreamAssets[0].asset is not there',
    ],
    [
      { upstreamAssets: 'none' },
      (options) => new DAGAssetMapper(options).getUpstreamAssetsForNode('dag', 'node'),
      'data.upstreamAssets is no list',
    ],
    [
      { asset: { latestMaterialization: 5 } },
      (options) => new AssetRepository(options).getLatestVersion('a'),
      'data.asset.latestMaterialization is no object',
    ],
  ]

  test.each(WRONG)('%j', async (data, ask, misfit) => {
    await using fake = await startFakeServer((_request, response) => {
      response.end(JSON.stringify({ data }))
    })
    const error = await failureOf(ask({ url: fake.url }))
    expect(error).toMatchObject({ name: 'HeadwaterError', code: 'UNEXPECTED_ANSWER', status: 200 })
    expect(error.message).toBe(`${fake.url}/graphql answered HTTP 200, not as Headwater does (${misfit})`)
  })
})

test('an error whose code and field are no texts has neither', async () => {
  await using fake = await startFakeServer((_request, response) => {
    const errors = [{ message: 'odd', extensions: { code: ['x'], field: 5 } }]
    response.writeHead(400).end(JSON.stringify({ errors }))
  })
  const error = await failureOf(new LineageClient({ url: fake.url }).asset('a'))
  expect(error).toMatchObject({ code: 'UNEXPECTED_ANSWER', field: undefined, message: 'odd' })
})

test('what a server says of a wrong path is nothing against what was sent', async () => {
  await using server = await startTestServer()
  const client = new LineageClient({ url: `${server.url}/elsewhere` })
  const error = await failureOf(client.recordMaterializations(RUN))
  expect(error).toMatchObject({ code: 'UNEXPECTED_ANSWER', status: 404 })
  const recorder = new BackgroundRecorder(client, { closeTimeoutMs: 50, logger: { warn: () => undefined } })
  await recorder.record(RUN)
  expect(await recorder.close()).toMatchObject({ refused: 0, unsent: 1 })
})

test('so is what refuses the method', async () => {
  const body = JSON.stringify({
    errors: [{ message: 'expected GET', extensions: { code: 'BAD_USER_INPUT' } }],
  })
  await using fake = await startFakeServer((_request, response) => {
    response.writeHead(405, { 'content-type': 'application/json' }).end(body)
  })
  const error = await failureOf(new LineageClient({ url: fake.url }).recordMaterializations(RUN))
  expect(error).toMatchObject({ code: 'UNEXPECTED_ANSWER', status: 405 })
})

test('what is wrong with a URL is said without what may be secret in it', async () => {
  for (const url of ['me:secret@nowhere', 'http://me:%secret@127.0.0.1']) {
    const error = await failureOf(Promise.resolve().then(() => new LineageClient({ url })))
    expect(error).toMatchObject({ name: 'HeadwaterError', code: 'BAD_USER_INPUT', field: 'url' })
    expect(error.message + String(error.cause)).not.toContain('secret')
  }
})

test('a token that cannot be had, or that no header can hold, is a HeadwaterError', async () => {
  await using fake = await startFakeServer((_request, response) => response.end())
  const ask = (token: EndpointOptions['token']) =>
    failureOf(new LineageClient({ url: fake.url, retries: 0, token: token ?? '' }).asset('a'))
  const failing = await ask(() => {
    throw new Error('the vault is shut')
  })
  expect(failing).toMatchObject({ name: 'HeadwaterError', code: 'UNAUTHENTICATED' })
  expect(failing.message).toBe('no token could be had: the vault is shut')
  const unfit = await ask('sec\nret')
  expect(unfit).toMatchObject({ name: 'HeadwaterError', code: 'CONNECTION_FAILED' })
  expect(unfit.message).not.toMatch(/sec\nret/)
})
