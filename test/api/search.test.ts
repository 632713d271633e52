import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { assetIdOf } from '../../src/lineage/asset-ref.js'
import { clear } from '../harness/dump.js'
import { make, minute, record } from '../harness/recordings.js'
import { search } from '../harness/searches.js'
import { startTestServer, type TestServer } from '../harness/server.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())
beforeEach(() => clear(server))

/** Records assets, each by its key, in the namespace given before a space, or with the description given with it. */
async function assets(...keys: (string | { key: string; description?: string; namespace?: string })[]) {
  await record(server, { assets: keys.map((one) => (typeof one === 'string' ? { key: one } : one)) })
}

const keysOf = async (query: string, args: object = {}) =>
  (await search(server, query, args)).hits.map(({ asset }) => asset.key)

function update(key: string, changes: object) {
  return server.query<object, object>(
    'mutation ($input: UpdateAssetInput!) { updateAsset(input: $input) { id } }',
    { input: { asset: { key }, ...changes } },
  )
}

describe('what is found', () => {
  test('words in any order, in the key and in what is said of the asset', async () => {
    await assets('ocr/text', 'text_ocr_v2', { key: 'pages', description: 'Text from OCR' }, 'ocr/boxes')
    expect(await search(server, 'ocr text')).toEqual({
      hits: [
        { asset: expect.objectContaining({ key: 'ocr/text' }), score: 0.8, matchedIn: ['KEY'] },
        { asset: expect.objectContaining({ key: 'text_ocr_v2' }), score: 0.8, matchedIn: ['KEY'] },
        { asset: expect.objectContaining({ key: 'pages' }), score: 0.4, matchedIn: ['DESCRIPTION'] },
      ],
      complete: true,
    })
  })

  test('the key itself first, then how it begins, its parts, their beginnings, what is within, what is said, near misses', async () => {
    await assets(
      'a/orders',
      'orders',
      'orders_daily',
      'a/orders_daily',
      'a/ordersv2',
      'a/reorders',
      { key: 'a/sales', description: 'All orders' },
      'a/ordres',
    )
    const { hits } = await search(server, 'orders')
    expect(hits.map(({ asset, score }) => [asset.key, score])).toEqual([
      ['orders', 1],
      ['orders_daily', 0.9],
      ['a/orders', 0.8],
      ['a/orders_daily', 0.8],
      ['a/ordersv2', 0.7],
      ['a/reorders', 0.6],
      ['a/sales', 0.4],
      ['a/ordres', 0.2],
    ])
  })

  test('equally good hits come in the order of namespace and key', async () => {
    await assets(
      { namespace: 'b', key: 'x/orders' },
      { namespace: 'a', key: 'y/orders' },
      { namespace: 'a', key: 'x/orders' },
    )
    const { hits } = await search(server, 'orders')
    expect(hits.map(({ asset }) => `${asset.namespace} ${asset.key}`)).toEqual([
      'a x/orders',
      'a y/orders',
      'b x/orders',
    ])
  })

  test.each(['/', '.', '_', '-', ':', ' '])('parts are split at %j', async (separator) => {
    await assets(`left${separator}right`)
    expect(await keysOf('right')).toEqual([`left${separator}right`])
  })

  test('parts are split where capitals begin, and found as a whole too', async () => {
    await assets('DailyOrders', 'parseHTTPServer')
    expect(await keysOf('orders')).toEqual(['DailyOrders'])
    expect(await keysOf('dailyord')).toEqual(['DailyOrders'])
    expect(await keysOf('server http')).toEqual(['parseHTTPServer'])
  })

  test('the beginning of a path, before what only has its words', async () => {
    await assets('sales/eu/orders', 'sales/orders_daily')
    expect(await keysOf('sales/ord')).toEqual(['sales/orders_daily', 'sales/eu/orders'])
  })

  test.each([
    ['orders_dayly', 'orders_daily'],
    ['cusotmer', 'customer'],
    ['uesr', 'user'],
    ['sessios', 'sessions'],
    ['invoicse payments', 'payments/invoices'],
    ['shipmnt', 'shipment'],
    ['wharehose', 'warehouse'],
  ])('%s finds %s, although it has typos', async (query, key) => {
    await assets(key, 'unrelated')
    expect(await search(server, query)).toEqual({
      hits: [{ asset: expect.objectContaining({ key }), score: 0.2, matchedIn: ['KEY'] }],
      complete: true,
    })
  })

  test('short words and numbers have to be spelt right', async () => {
    await assets('ocr', 'table_2024')
    expect(await keysOf('orc')).toEqual([])
    expect(await keysOf('table_2042')).toEqual([])
  })

  test('all words have to be found', async () => {
    await assets('orders_daily', 'orders_weekly')
    expect(await keysOf('orders weekly')).toEqual(['orders_weekly'])
    expect(await keysOf('orders monthly')).toEqual([])
  })

  test('case and accents do not matter', async () => {
    await assets('Données/Été', 'straße', 'ΟΔΟΣ')
    expect(await keysOf('donnees ETE')).toEqual(['Données/Été'])
    expect(await keysOf('DONNÉES')).toEqual(['Données/Été'])
    expect(await keysOf('STRASSE')).toEqual([])
    expect(await keysOf('οδός')).toEqual(['ΟΔΟΣ'])
  })

  test('one or two characters find what begins with them', async () => {
    await assets('orders', 'a/odd', 'b/more', { key: 'c', description: 'Old' })
    expect(await keysOf('o')).toEqual(['orders', 'a/odd', 'c'])
    expect(await keysOf('od')).toEqual(['a/odd'])
  })

  test.each(['100%_done', "it's", 'back\\slash', '🦆', '👩‍👩‍👧', 'a_b', '%', '_', "'", '\\', '&|!:*()', '½'])(
    '%s is nothing but a text',
    async (key) => {
      await assets(key, 'other', 'axb')
      expect(await keysOf(key)).toEqual([key])
    },
  )

  test('namespaces, tags and owners', async () => {
    await assets({ namespace: 'finance-eu', key: 'ledger' }, 'accounts')
    await update('accounts', {
      tags: { tier: 'gold', of: { domain: ['billing', 7] } },
      owners: ['data-platform'],
    })
    expect((await search(server, 'finance')).hits).toMatchObject([
      { asset: { key: 'ledger' }, matchedIn: ['NAMESPACE'] },
    ])
    expect((await search(server, 'gold tier')).hits).toMatchObject([
      { asset: { key: 'accounts' }, matchedIn: ['TAG'] },
    ])
    expect((await search(server, 'billing platform acc')).hits).toMatchObject([
      { asset: { key: 'accounts' }, matchedIn: ['KEY', 'TAG', 'OWNER'] },
    ])
  })

  test('an asset that was only named as an upstream', async () => {
    await record(server, { assets: [{ key: 'down' }], upstream: [{ key: 'somewhere/above' }] })
    expect(await keysOf('above')).toEqual(['somewhere/above'])
  })

  test('an asset that was only registered, by the description that was registered', async () => {
    await server.query<object, undefined>(`mutation { registerAssetConfig(input: { nodes: [{ nodeTaskId: "n",
      assets: [{ key: "expected", description: "Nobody made it yet" }] }] }) { nodeCount } }`)
    expect(await keysOf('nobody')).toEqual(['expected'])
  })
})

describe('what is said of an asset', () => {
  const said = (description: string, at: number) =>
    record(server, { materializedAt: minute(at), assets: [{ key: 'asset', description }] })

  test('is found by the newest description alone, whatever the order of arrival', async () => {
    await said('second words', 2)
    await said('first words', 1)
    expect(await keysOf('first')).toEqual([])
    expect(await keysOf('second')).toEqual(['asset'])
    await said('third words', 3)
    expect(await keysOf('second')).toEqual([])
    expect(await keysOf('third')).toEqual(['asset'])
  })

  test('of two of the same instant, the one that counts', async () => {
    await said('alpha', 1)
    await said('beta', 1)
    await said('aardvark', 1)
    expect(await keysOf('beta')).toEqual(['asset'])
    expect(await keysOf('alpha')).toEqual([])
    expect(await keysOf('aardvark')).toEqual([])
  })

  test('stays when an update says something else', async () => {
    await said('words', 1)
    await update('asset', { tags: { colour: 'green' }, owners: ['me'] })
    expect(await keysOf('words green me')).toEqual(['asset'])
    await said('others', 2)
    expect(await keysOf('others green me')).toEqual(['asset'])
    await update('asset', { description: '', tags: { colour: 'blue' } })
    expect(await keysOf('others')).toEqual([])
    expect(await keysOf('green')).toEqual([])
    expect(await keysOf('blue me')).toEqual(['asset'])
  })
})

describe('what is asked for', () => {
  test('a namespace is that one exactly', async () => {
    await assets({ namespace: 'a', key: 'orders' }, { namespace: 'a-b', key: 'orders' }, 'orders')
    const { hits } = await search(server, 'orders', { namespace: 'a' })
    expect(hits.map(({ asset }) => asset.namespace)).toEqual(['a'])
    expect(await keysOf('ordesr', { namespace: 'nowhere' })).toEqual([])
  })

  test('kinds', async () => {
    await record(server, {
      assets: [
        { key: 'a/orders', kind: 'table' },
        { key: 'orders', kind: 'blob' },
      ],
    })
    expect(await keysOf('orders', { kinds: ['table'] })).toEqual(['a/orders'])
    expect(await keysOf('orders', { kinds: ['table', 'blob'] })).toEqual(['orders', 'a/orders'])
    expect(await keysOf('orders', { kinds: [] })).toEqual([])
  })

  test('an answer says whether there is more than it shows', async () => {
    await assets(...Array.from({ length: 5 }, (_, at) => `orders_${at}`), 'a/orders')
    expect(await search(server, 'orders', { first: 6 })).toMatchObject({ complete: true })
    const page = await search(server, 'orders', { first: 5 })
    expect(page).toMatchObject({ complete: false })
    expect(page.hits).toHaveLength(5)
    expect(await search(server, 'nothing', { first: 1 })).toEqual({ hits: [], complete: true })
  })

  test('of thousands that are equally good the same are shown each time, and it is said that there are others', async () => {
    for (let from = 0; from < 4_000; from += 1_000)
      await assets(...Array.from({ length: 1_000 }, (_, at) => `t/wide_${from + at}`))
    const first = await search(server, 'wide')
    expect(first.complete).toBe(false)
    expect(first.hits).toHaveLength(50)
    expect(await search(server, 'wide')).toEqual(first)
    const names = first.hits.map(({ asset }) => asset.key)
    expect(names).toEqual(names.toSorted())
    expect(await keysOf('wide 3999')).toEqual(['t/wide_3999'])
  })

  test.each([
    [{ query: '' }, 'query', 'query: expected 1 to 256 characters, got 0 characters'],
    [{ query: 'x'.repeat(257) }, 'query', 'query: expected 1 to 256 characters, got 257 characters'],
    [{ query: 'a\u0000' }, 'query', 'query: expected a text without U+0000, got U+0000 at index 1'],
    [{ query: 'a', first: 0 }, 'first', 'first: expected 1 to 1000, got 0'],
    [{ query: 'a', first: 1_001 }, 'first', 'first: expected 1 to 1000, got 1001'],
    [{ query: 'a', namespace: '' }, 'namespace', 'namespace: expected 1 to 512 characters, got 0 characters'],
    [{ query: 'a', kinds: [''] }, 'kinds[0]', 'kinds[0]: expected 1 to 128 characters, got 0 characters'],
  ])('%j breaks a bound', async (variables, field, message) => {
    const { data, errors } = await server.ask(
      'query ($query: String!, $namespace: String, $kinds: [String!], $first: Int) { searchAssets(query: $query, namespace: $namespace, kinds: $kinds, first: $first) { complete } }',
      variables,
    )
    expect(data).toBeNull()
    expect(errors).toMatchObject([{ message, extensions: { code: 'BAD_USER_INPUT', field } }])
  })

  test('256 characters are none too many', async () => {
    await assets('🦆'.repeat(256))
    expect(await keysOf('🦆'.repeat(256))).toEqual(['🦆'.repeat(256)])
  })
})

test('a recording of what is known, and not described, writes nothing of search', async () => {
  await make(server, 'known')
  const before = await server.database.sql('SELECT xmin::text FROM asset_search')
  await make(server, 'known')
  expect(await server.database.sql('SELECT xmin::text FROM asset_search')).toEqual(before)
})

test('assets that were recorded before there was search are found when a server has started', async () => {
  await record(server, {
    assets: [{ key: 'old/orders', description: 'From before' }],
    upstream: [{ key: 'old/upstream' }],
  })
  await update('old/orders', { owners: ['somebody'] })
  await server.database.sql('DELETE FROM asset_search')
  await server.database.sql('DELETE FROM search_word')
  expect(await keysOf('before')).toEqual([])
  await using other = await startTestServer({ database: server.database })
  expect((await search(other, 'before somebody')).hits).toMatchObject([{ asset: { key: 'old/orders' } }])
  expect((await search(other, 'upstraem')).hits).toMatchObject([{ asset: { key: 'old/upstream' } }])
  const rows = await server.database.sql('SELECT asset_id::text AS id FROM asset_search')
  expect(rows).toHaveLength(2)
  expect(rows).toContainEqual({ id: assetIdOf({ namespace: 'default', key: 'old/orders' }) })
})

test('one search is a few statements, whatever it finds', async () => {
  await assets('orders_daily', { key: 'b', description: 'orders' })
  const statements = await server.statementsOf(() => search(server, 'ordesr'))
  expect(statements.length).toBeLessThanOrEqual(7)
})
