import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { AssetColumnsDocument } from '../../schema/operations.generated.js'
import { from, recordOrders, walkColumns } from '../harness/columns.js'
import { minute, record, tryRecord, unique } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

async function columnsOf(key: string): Promise<string[]> {
  const { asset } = await server.query(AssetColumnsDocument, { key })
  return asset?.columns?.map(({ name, type, ordinal }) => `${ordinal} ${name} ${type}`) ?? []
}

describe('schemas', () => {
  test('an asset has the columns that were stated last, by time, and each materialization its own', async () => {
    const key = unique('table')
    const state = (at: number, columns?: string[]) =>
      record(server, {
        materializedAt: minute(at),
        assets: [{ key, ...(columns === undefined ? {} : { columns: columns.map((name) => ({ name })) }) }],
      })
    await state(3)
    expect(await columnsOf(key)).toEqual([])
    await state(2, ['b', 'a'])
    await state(1, ['old'])
    expect(await columnsOf(key)).toEqual(['1 b null', '2 a null'])
    await state(4, ['a'])
    await state(5, [])
    expect(await columnsOf(key)).toEqual(['1 a null'])

    type Node = { columns: { name: string }[] }
    const { asset } = await server.query<{ asset: { materializations: { nodes: Node[] } } }, { key: string }>(
      `query ($key: String!) { asset(key: $key) { materializations { nodes { columns { name } } } } }`,
      {
        key,
      },
    )
    expect(asset.materializations.nodes.map(({ columns }) => columns.map(({ name }) => name))).toEqual([
      [],
      ['a'],
      [],
      ['b', 'a'],
      ['old'],
    ])
  })

  test('a repeated storage event takes the place of what its materialization had', async () => {
    const key = unique('table')
    const storageEventId = Math.floor(Math.random() * 1e9)
    const deliver = (at: number, columns?: { name: string }[]) =>
      record(server, {
        storageEventId,
        materializedAt: minute(at),
        assets: [{ key, ...(columns === undefined ? {} : { columns }) }],
      })
    const held = async () => {
      type Data = { asset: { latestMaterialization: { columns: { name: string }[] } } }
      const { asset } = await server.query<Data, { key: string }>(
        `query ($key: String!) { asset(key: $key) { latestMaterialization { columns { name } } } }`,
        { key },
      )
      return asset.latestMaterialization.columns
    }
    await deliver(1, [{ name: 'a' }])
    await deliver(2, [{ name: 'b' }])
    expect(await held()).toEqual([{ name: 'b' }])
    await deliver(1, [{ name: 'c' }])
    expect(await held()).toEqual([{ name: 'b' }])
    await deliver(3)
    expect(await held()).toEqual([])
    expect(await columnsOf(key)).toEqual(['1 b null'])
  })

  test('the columns of a page of assets, and of their materializations, cost a statement each', async () => {
    const namespace = unique('many')
    for (const key of ['a', 'b', 'c'])
      await record(server, { assets: [{ key, namespace, columns: [{ name: key }] }] })
    const sent = await server.statementsOf(() =>
      server.query<object, { namespace: string }>(
        `query ($namespace: String!) { assets(filter: { namespace: $namespace }) { nodes {
          columns { name } latestMaterialization { columns { name } } } } }`,
        { namespace },
      ),
    )
    expect(sent.filter((text) => text.includes('asset_schema'))).toHaveLength(2)
  })
})

describe('recording', () => {
  test('an asset of which a column was used is an upstream, though it is not named as one', async () => {
    const { orders, lines } = await recordOrders(server)
    const { asset } = await server.query<
      { asset: { upstream: { nodes: { key: string }[] } } },
      { key: string }
    >(`query ($key: String!) { asset(key: $key) { upstream { nodes { key } } } }`, { key: orders })
    expect(asset.upstream.nodes).toEqual([{ key: lines }])
  })

  test('columns are part of what a repeat must agree in, and nothing said of them is nothing', async () => {
    const idempotencyKey = unique('key')
    const key = unique('table')
    const run = (columns: { name: string }[] | null) =>
      tryRecord(server, {
        idempotencyKey,
        assets: [{ key, ...(columns === null ? {} : { columns, columnDependencies: [] }) }],
      })
    expect((await run(null)).data?.payload.duplicate).toBe(false)
    expect((await run([])).data?.payload.duplicate).toBe(true)
    expect((await run([{ name: 'a' }])).errors[0]?.extensions.code).toBe('IDEMPOTENCY_KEY_REUSED')
  })

  test('one statement, with columns as without, and only with columns one that names their tables', async () => {
    const key = unique('table')
    const textsOf = (columns: { name: string }[]) =>
      server.statementsOf(() => record(server, { assets: [{ key, columns }] }))
    await textsOf([])
    const [without, ...others] = await textsOf([])
    expect(others).toEqual([])
    expect(without).not.toContain('column')
    const [withColumns, ...more] = await textsOf([{ name: 'a' }])
    expect(more).toEqual([])
    expect(withColumns).toContain('column_edge')
  })

  const long = 'x'.repeat(301)
  const input = (transformations: object[]) => [
    { name: 'a', inputs: [{ asset: { key: 'k' }, column: 'c', transformations }] },
  ]
  test.each<[what: string, made: object, field: string]>([
    ['no name', { columns: [{ name: '' }] }, 'columns[0].name'],
    ['a long name', { columns: [{ name: long }] }, 'columns[0].name'],
    ['a control character', { columns: [{ name: 'a\u0007' }] }, 'columns[0].name'],
    ['the same again', { columns: [{ name: 'a' }, { name: 'a' }] }, 'columns[1].name'],
    ['a long type', { columns: [{ name: 'a', type: 'x'.repeat(8_193) }] }, 'columns[0].type'],
    [
      'an upstream without a key',
      { columns: [{ name: 'a', inputs: [{ asset: { key: '' }, column: 'c' }] }] },
      'columns[0].inputs[0].asset.key',
    ],
    [
      'an upstream column that is long',
      { columns: [{ name: 'a', inputs: [{ asset: { key: 'k' }, column: long }] }] },
      'columns[0].inputs[0].column',
    ],
    [
      'many inputs',
      { columns: [{ name: 'a', inputs: Array(1_001).fill({ asset: { key: 'k' }, column: 'c' }) }] },
      'columns[0].inputs',
    ],
    [
      'many transformations',
      { columns: input(Array(101).fill({ type: 'DIRECT' })) },
      'columns[0].inputs[0].transformations',
    ],
    [
      'a long subtype',
      { columns: input([{ type: 'DIRECT', subtype: 'x'.repeat(129) }]) },
      'columns[0].inputs[0].transformations[0].subtype',
    ],
    [
      'half of a character',
      { columns: input([{ type: 'DIRECT', description: '\ud800' }]) },
      'columns[0].inputs[0].transformations[0].description',
    ],
    [
      'many dependencies',
      { columnDependencies: Array(1_001).fill({ asset: { key: 'k' }, column: 'c' }) },
      'columnDependencies',
    ],
    ['many columns', { columns: Array.from({ length: 10_001 }, (_, at) => ({ name: `c${at}` })) }, 'columns'],
  ])('%s is refused, and nothing is written', async (_what, made, field) => {
    const key = unique('bad')
    const { errors } = await tryRecord(server, { assets: [{ key, ...made }] })
    expect(errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field: `input.assets[0].${field}` })
    expect(await columnsOf(key)).toEqual([])
  })

  test('a call takes 100,000 columns, and 100,000 inputs of them, and no more', async () => {
    const columns = Array.from({ length: 10_000 }, (_, at) => ({ name: `c${at}` }))
    const { errors } = await tryRecord(server, {
      assets: Array.from({ length: 11 }, (_, at) => ({ key: `wide-${at}`, columns })),
    })
    expect(errors[0]?.message).toBe('columns: expected 0 to 100000 items, got 110000 items')
    const inputs = Array.from({ length: 1_000 }, () => from('k', 'c'))
    const dependent = await tryRecord(server, {
      assets: [{ key: 'deep', columns: columns.slice(0, 101).map(({ name }) => ({ name, inputs })) }],
    })
    expect(dependent.errors[0]?.message).toBe('columnInputs: expected 0 to 100000 items, got 101000 items')
  })

  test('names of the greatest length, of characters of four bytes, fit', async () => {
    const name = '\u{1f600}'.repeat(300)
    const [key, upstream] = [unique('wide'), unique('wide')]
    await record(server, { assets: [{ key, columns: [{ name, inputs: [from(upstream, name)] }] }] })
    const walk = await walkColumns(server, { key, column: name }, { direction: 'UPSTREAM' })
    expect(walk.nodes).toHaveLength(2)
  })
})
