import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { RegisterAssetConfigDocument } from '../../schema/operations.generated.js'
import { record } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'
import { subscribe, TRANSPORTS } from '../harness/subscriber.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

interface DagEvent {
  dagStatusChanged: { nodeTaskId: string; isComplete: boolean; missingRequiredAssets: string[] }[]
}

const DAG = `subscription ($dagId: String!) {
  dagStatusChanged(dagId: $dagId) { nodeTaskId isComplete missingRequiredAssets }
}`

interface StalenessChange {
  stalenessChanged: {
    asset: { key: string; staleness: { causes: { upstream: { key: string } }[] } }
    status: string
    previousStatus: string | null
  }
}

const STALENESS = `subscription ($assets: AssetFilter, $selection: String, $withStale: Boolean) {
  stalenessChanged(assets: $assets, selection: $selection, withStale: $withStale) {
    asset { key staleness { causes { upstream { key } } } } status previousStatus
  }
}`

describe.each(TRANSPORTS)('over an open %s', (transport) => {
  test('the status of a run comes at once, and again at each change: recorded or registered', async () => {
    const dagId = `run of an ${transport}`
    const register = (keys: string[]) =>
      server.query(RegisterAssetConfigDocument, {
        input: {
          dagId,
          nodes: [{ nodeTaskId: 'ocr', assets: keys.map((key) => ({ key, isRequired: true })) }],
        },
      })
    await register(['text', 'pages'])
    await using subscription = subscribe<DagEvent>(server.url, DAG, { transport, variables: { dagId } })
    const status = async () => (await subscription.next()).dagStatusChanged
    const node = { nodeTaskId: 'ocr', isComplete: false }
    expect(await status()).toEqual([{ ...node, missingRequiredAssets: ['text', 'pages'] }])
    await record(server, { dagId, nodeTaskId: 'ocr', assets: [{ key: 'text' }] })
    expect(await status()).toEqual([{ ...node, missingRequiredAssets: ['pages'] }])
    // Of other runs nothing is said.
    await record(server, { dagId: 'another', nodeTaskId: 'ocr', assets: [{ key: 'pages' }] })
    await record(server, { dagId, nodeTaskId: 'ocr', assets: [{ key: 'pages' }] })
    expect(await status()).toEqual([{ nodeTaskId: 'ocr', isComplete: true, missingRequiredAssets: [] }])
    await register(['text', 'pages', 'index'])
    expect(await status()).toEqual([{ ...node, missingRequiredAssets: ['index'] }])
  })

  test('what becomes stale is said, with the cause, and when it is fresh again', async () => {
    const [raw, made] = [`raw of an ${transport}`, `made over an ${transport}`]
    const makeRaw = (version: string) => record(server, { assets: [{ key: raw, version }] })
    const make = (version: string) =>
      record(server, { assets: [{ key: made, version, upstream: [{ key: raw }] }] })
    await makeRaw('1')
    await make('a')
    const [markRaw, mark] = [
      `raw of the mark of an ${transport}`,
      `made over an ${transport}, stale from the first`,
    ]
    await record(server, { assets: [{ key: markRaw, version: '1' }] })
    await record(server, { assets: [{ key: mark, upstream: [{ key: markRaw }] }] })
    await record(server, { assets: [{ key: markRaw, version: '2' }] })
    const variables = {
      assets: { keyPrefix: `made over an ${transport}` },
      selection: 'kind:json',
      withStale: true,
    }
    await using subscription = subscribe<StalenessChange>(server.url, STALENESS, { transport, variables })
    // Nothing says that it has begun, but what it begins with.
    const begins = { asset: { key: mark, staleness: { causes: [expect.anything()] } }, status: 'STALE' }
    expect((await subscription.next()).stalenessChanged).toEqual({ ...begins, previousStatus: null })
    await makeRaw('2')
    expect((await subscription.next()).stalenessChanged).toEqual({
      asset: { key: made, staleness: { causes: [{ upstream: { key: raw } }] } },
      status: 'STALE',
      previousStatus: 'FRESH',
    })
    await make('fresh')
    expect((await subscription.next()).stalenessChanged).toEqual({
      asset: { key: made, staleness: { causes: [] } },
      status: 'FRESH',
      previousStatus: 'STALE',
    })
  })
})

test('more than 1,000 assets cannot be followed, and what is no selection is refused', async () => {
  const keys = Array.from({ length: 1_001 }, (_, at) => ({ key: `wide/${at}` }))
  await record(server, { assets: keys.slice(0, 1_000) })
  await record(server, { assets: keys.slice(1_000) })
  const refusal = async (variables: Record<string, unknown>) => {
    await using subscription = subscribe(server.url, STALENESS, { transport: 'event stream', variables })
    return (await subscription.answer())?.errors?.[0]?.message
  }
  expect(await refusal({ assets: { keyPrefix: 'wide/' } })).toBe(
    'assets: expected at most 1000 assets to follow, got more',
  )
  expect(await refusal({ selection: 'key:' })).toMatch(/^selection: /)
})
