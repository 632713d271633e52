import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import {
  LineageOfSelectionDocument,
  type LineageOfSelectionQueryVariables,
  SelectedAssetCountDocument,
  SelectedAssetsDocument,
  type SelectedAssetsQueryVariables,
} from '../../schema/operations.generated.js'
import { type KeyedEdge, seedGraph } from '../harness/graph.js'
import { minute, record } from '../harness/recordings.js'
import { startTestServer, type TestServer, WALKED } from '../harness/server.js'

/** Keys that are selected, in the order of the answer. */
async function keysOf(server: TestServer, selection: string, scope?: 'ALL' | 'CURRENT'): Promise<string[]> {
  const { assets } = await server.query(SelectedAssetsDocument, { selection, scope })
  return assets.nodes.map(({ namespace, key }) => (namespace === 'default' ? key : `${namespace}:${key}`))
}

async function faultOf(server: TestServer, selection: string) {
  const { errors, status } = await server.ask(SelectedAssetsDocument, { selection })
  const [{ message, extensions } = { message: '', extensions: undefined }] = errors
  return { status, code: extensions?.code, field: extensions?.field, message }
}

describe.each(Object.entries(WALKED))('selecting, walking %s,', (_name, variables) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer({ variables })
    // raw → ocr/text → claims → report, raw → ocr/boxes → claims; lake:raw → ocr/boxes formerly.
    await record(server, {
      materializedAt: minute(0),
      assets: [
        { key: 'raw', version: '1' },
        { key: 'ocr/boxes', upstream: [{ namespace: 'lake', key: 'raw' }] },
      ],
    })
    await record(server, {
      materializedAt: minute(1),
      assets: [
        { key: 'ocr/text', upstream: [{ key: 'raw' }] },
        { key: 'ocr/boxes', kinds: ['s3', 'text'], upstream: [{ key: 'raw' }] },
        { key: 'claims', upstream: [{ key: 'ocr/text' }, { key: 'ocr/boxes' }] },
        { key: 'report', upstream: [{ key: 'claims' }] },
      ],
    })
    // Since then it has been made anew: whatever was made from it is stale.
    await record(server, {
      materializedAt: minute(2),
      assets: [{ key: 'ocr/boxes', version: '2', upstream: [{ key: 'raw' }] }],
    })
    const describe = `mutation ($input: UpdateAssetInput!) { updateAsset(input: $input) { id } }`
    for (const input of [
      { asset: { key: 'raw' }, owners: ['me', 'team:data'], tags: { tier: 1, team: 'data' } },
      { asset: { key: 'report' }, owners: ['you'], tags: { tier: 2, final: true } },
    ])
      await server.query<object, object>(describe, { input })
  })
  afterAll(() => server[Symbol.asyncDispose]())

  test.each([
    ['raw', ['raw', 'lake:raw']],
    ['"ocr/text"', ['ocr/text']],
    ['key:"ocr/*"', ['ocr/boxes', 'ocr/text']],
    ['key:*a*', ['claims', 'raw', 'lake:raw']],
    ['kind:text', ['ocr/boxes', 'ocr/text']],
    ['kind:s3', ['ocr/boxes']],
    ['tag:tier', ['raw', 'report']],
    ['tag:tier=1', ['raw']],
    ['tag:final=true', ['report']],
    ['owner:team:data', ['raw']],
    ['namespace:lake', ['lake:raw']],
    ['namespace:lake and raw', ['lake:raw']],
    ['status:missing', ['lake:raw']],
    ['status:stale', ['claims', 'report']],
    ['status:fresh and key:ocr/*', ['ocr/boxes', 'ocr/text']],
    ['*', ['claims', 'ocr/boxes', 'ocr/text', 'raw', 'report', 'lake:raw']],
    ['+claims', ['claims', 'ocr/boxes', 'ocr/text', 'raw', 'lake:raw']],
    ['1+claims', ['claims', 'ocr/boxes', 'ocr/text']],
    ['ocr/text+', ['claims', 'ocr/text', 'report']],
    ['1+ocr/text+1', ['claims', 'ocr/text', 'raw']],
    ['0+claims', ['claims']],
    ['"ocr/text"+ and +report', ['claims', 'ocr/text', 'report']],
    ['not +claims', ['report']],
    ['not (raw or claims+)', ['ocr/boxes', 'ocr/text']],
    ['+(not key:*)', []],
    ['roots(+claims)', ['raw', 'lake:raw']],
    ['sinks(key:ocr/* or claims)', ['claims']],
    // Over what is not selected, too.
    ['roots(raw or report)', ['raw', 'lake:raw']],
    ['sinks(*)', ['report']],
    ['1+(status:stale and not report)', ['claims', 'ocr/boxes', 'ocr/text']],
    ['none', []],
    ['none+', []],
  ])('%s', async (selection, keys) => {
    expect(await keysOf(server, selection)).toEqual(keys)
    const { assets } = await server.query(SelectedAssetCountDocument, { selection })
    expect(assets.totalCount).toBe(keys.length)
  })

  test('under CURRENT only edges of the latest materializations are followed', async () => {
    expect(await keysOf(server, '+ocr/boxes', 'CURRENT')).toEqual(['ocr/boxes', 'raw'])
    expect(await keysOf(server, '+ocr/boxes')).toEqual(['ocr/boxes', 'raw', 'lake:raw'])
  })

  test('* is the whole list, and a filter narrows what is selected', async () => {
    const all = await server.query<{ assets: { nodes: { namespace: string; key: string }[] } }, undefined>(
      '{ assets { nodes { namespace key kind } } }',
    )
    expect((await server.query(SelectedAssetsDocument, { selection: '*' })).assets.nodes).toEqual(
      all.assets.nodes,
    )
    const narrowed = async (selection: string, filter: SelectedAssetsQueryVariables['filter']) =>
      (await server.query(SelectedAssetsDocument, { selection, filter })).assets.nodes.map(({ key }) => key)
    for (const selection of ['not namespace:lake', '+report and not namespace:lake']) {
      expect(await narrowed(selection, { keyPrefix: 'r' })).toEqual(['raw', 'report'])
      expect(await narrowed(selection, { search: 'EX' })).toEqual(['ocr/text'])
      expect(await narrowed(selection, { kinds: ['text'] })).toEqual(['ocr/text'])
      expect(await narrowed(selection, { keys: ['raw', 'claims', 'x'] })).toEqual(['claims', 'raw'])
      expect(await narrowed(selection, { namespace: 'lake' })).toEqual([])
    }
  })

  test.each(['not namespace:x', '+report'])(
    'pages of %s, one after the other, are the whole',
    async (selection) => {
      const keys: string[] = []
      for (let after: string | null | undefined; after !== null; ) {
        const page: SelectedAssetsQueryVariables = { selection, first: 2, after }
        const { assets } = await server.query(SelectedAssetsDocument, page)
        keys.push(...assets.nodes.map(({ namespace, key }) => `${namespace}:${key}`))
        after = assets.pageInfo.hasNextPage ? assets.pageInfo.endCursor : null
      }
      expect(keys).toEqual([
        'default:claims',
        'default:ocr/boxes',
        'default:ocr/text',
        'default:raw',
        'default:report',
        'lake:raw',
      ])
    },
  )

  test('a cursor belongs to its selection, and to its scope', async () => {
    const first = await server.query(SelectedAssetsDocument, { selection: '+report', first: 1 })
    const after = first.assets.pageInfo.endCursor
    for (const other of [{ selection: '+claims' }, { selection: '+report', scope: 'CURRENT' as const }]) {
      const { errors } = await server.ask(SelectedAssetsDocument, { ...other, after })
      expect(errors[0]?.message).toBe(
        'after: expected a cursor of this query, with the same arguments, got a cursor of another query',
      )
    }
  })

  test('what is wrong is said with its column', async () => {
    expect(await faultOf(server, 'raw and (kind:json')).toEqual({
      status: 400,
      code: 'BAD_USER_INPUT',
      field: 'selection',
      message: 'selection: column 19: expected `)`, `+`, `and` or `or`, got the end',
    })
    const { errors } = await server.ask(LineageOfSelectionDocument, { selection: 'x y' })
    expect(errors[0]?.message).toBe('selection: column 3: expected `+`, `and`, `or` or the end, got "y"')
  })

  async function graphOf(args: LineageOfSelectionQueryVariables) {
    const { lineageOfSelection } = await server.query(LineageOfSelectionDocument, args)
    const { nodes, edges, totalCount, completeness } = lineageOfSelection
    return {
      nodes: nodes.map(
        ({ asset, hiddenUpstream, hiddenDownstream }) => `${asset.key} ${hiddenUpstream} ${hiddenDownstream}`,
      ),
      edges: edges.map(
        ({ upstream, downstream, viaCount }) => `${upstream.key}>${downstream.key} ${viaCount}`,
      ),
      totalCount,
      completeness,
    }
  }

  test('the lineage of a selection has the edges between, and contracts what is not selected where asked to', async () => {
    const selection = 'namespace:default and (raw or claims or report)'
    const answer = {
      nodes: ['claims 2 0', 'raw 0 2', 'report 0 0'],
      edges: ['claims>report 0'],
      totalCount: 3,
      completeness: { complete: true, stoppedBy: [], nextCursor: null },
    }
    expect(await graphOf({ selection })).toEqual(answer)
    expect(await graphOf({ selection, contract: true })).toEqual({
      ...answer,
      edges: ['raw>claims 1', 'claims>report 0'],
    })
  })

  test('the lineage of a selection is cut at a limit, and goes on', async () => {
    const selection = '+claims and namespace:default'
    const first = await graphOf({ selection, limit: 2 })
    expect(first).toMatchObject({
      nodes: ['claims 1 1', 'ocr/boxes 2 0'],
      edges: ['ocr/boxes>claims 0'],
      totalCount: 4,
    })
    expect(first.completeness).toMatchObject({ complete: false, stoppedBy: ['NODE_LIMIT'] })
    const second = await graphOf({ selection, limit: 2, after: first.completeness.nextCursor })
    expect(second).toMatchObject({
      nodes: ['ocr/text 0 0', 'raw 0 0'],
      edges: ['ocr/text>claims 0', 'raw>ocr/boxes 0', 'raw>ocr/text 0'],
      completeness: { complete: true, stoppedBy: [], nextCursor: null },
    })
  })

  test('what has just been recorded is selected, and seen at its watermark', async () => {
    const { watermark } = await record(server, { assets: [{ key: 'new/a', upstream: [{ key: 'new/b' }] }] })
    const { lineageOfSelection } = await server.query(LineageOfSelectionDocument, {
      selection: '+new/a',
      atLeast: watermark,
    })
    expect(lineageOfSelection.nodes.map(({ asset }) => asset.key)).toEqual(['new/a', 'new/b'])
    expect(lineageOfSelection.edges).toHaveLength(1)
    await server.database.sql(`DELETE FROM asset WHERE key LIKE 'new/%'`)
    await server.database.sql(`DELETE FROM lineage_edge WHERE upstream_id NOT IN (SELECT id FROM asset)`)
    await server.seeDatabase('anew')
  })

  test('statements follow the kinds of questions, not the number of conditions or of assets', async () => {
    const count = async (selection: string) =>
      (await server.statementsOf(() => keysOf(server, selection))).length
    // What asks for names is asked of other names first.
    expect(await count('raw and not kind:text or owner:me')).toBe(2)
    expect(await count('not kind:text or owner:me')).toBe(1)
    const few = await count('+raw')
    const many = await count(Array.from({ length: 50 }, (_, at) => `+"key-${at}"`).join(' or '))
    // Rows that are asked for once are kept; nothing else depends on how many there are.
    if (!('HEADWATER_GRAPH_EDGES' in variables)) expect(many).toBeLessThanOrEqual(few)
    else expect(many).toBeLessThanOrEqual(2 + 2 * 50)
  })
})

describe('a selection that is too much', () => {
  const CHAIN = Array.from({ length: 12_000 }, (_, at): KeyedEdge => [`n/${at}`, `n/${at + 1}`])

  test('statuses are asked of 10,000 assets at most, after all that narrows them', async () => {
    await using server = await startTestServer()
    await seedGraph(server, CHAIN.slice(0, 10_001))
    for (const selection of ['status:missing', 'status:missing and not n/1', 'n/0 or status:missing'])
      expect(await faultOf(server, selection)).toMatchObject({
        code: 'QUERY_TOO_COMPLEX',
        message: expect.stringMatching(
          /^selection: expected status: to be asked of no more than 10000 assets, got 1000[0-9]: narrow it/,
        ),
      })
    expect(await keysOf(server, 'status:missing and (key:n/1* or n/0)')).toEqual(['n/0'])
    expect(await keysOf(server, 'not status:fresh and 3+n/3')).toEqual(['n/0'])
  })

  test.each(Object.entries(WALKED))(
    'walking %s it is refused when time is over, never cut',
    async (_name, variables) => {
      await using server = await startTestServer({
        variables: { ...variables, HEADWATER_WALK_TIMEOUT_MS: '1' },
      })
      await seedGraph(server, CHAIN)
      const refused = {
        code: 'QUERY_TOO_COMPLEX',
        message:
          'selection: expected it to be evaluated within 1 ms (HEADWATER_WALK_TIMEOUT_MS), got no end: narrow it, or bound its hops',
      }
      expect(await faultOf(server, 'n/0+')).toMatchObject(refused)
      expect(await faultOf(server, 'sinks(+n/12000)')).toMatchObject(refused)
      // What rows alone tell takes no walk.
      expect(await keysOf(server, 'key:n/1200*')).toHaveLength(2)
    },
  )

  test('finding out what is stale counts towards its time', async () => {
    await using server = await startTestServer({ variables: { HEADWATER_WALK_TIMEOUT_MS: '50' } })
    await seedGraph(server, CHAIN)
    // Twelve thousand levels lie upstream.
    expect(await faultOf(server, 'n/12000 and status:stale')).toMatchObject({
      code: 'QUERY_TOO_COMPLEX',
      message: expect.stringMatching(/^selection: expected it to be evaluated within 50 ms/),
    })
  })
})
