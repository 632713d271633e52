import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { AssetColumnsDocument } from '../../schema/operations.generated.js'
import { columnEdges, columnsAt, walkColumns, walkColumnsOn } from '../harness/columns.js'
import { minute, type Run, record, tryRecord, unique } from '../harness/recordings.js'
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

/** An input of a column: of an asset's column, by its value. */
const from = (key: string, column: string) => ({ asset: { key }, column })

/** orders.total is made from lines.price and lines.count; all of orders is filtered by lines.state. */
async function recordOrders(run: Partial<Run> = {}): Promise<{ orders: string; lines: string }> {
  const orders = unique('orders')
  const lines = unique('lines')
  await record(server, {
    assets: [
      {
        key: orders,
        columns: [
          { name: 'id', type: 'bigint', description: 'Of the order' },
          {
            name: 'total',
            inputs: [
              {
                ...from(lines, 'price'),
                transformations: [{ type: 'DIRECT', subtype: 'AGGREGATION', description: 'sum' }],
              },
              {
                ...from(lines, 'count'),
                transformations: [
                  { type: 'DIRECT', subtype: 'AGGREGATION', masking: true },
                  { type: 'INDIRECT', subtype: 'CONDITIONAL' },
                ],
              },
            ],
          },
        ],
        columnDependencies: [
          { ...from(lines, 'state'), transformations: [{ type: 'INDIRECT', subtype: 'FILTER' }] },
        ],
      },
    ],
    ...run,
  })
  return { orders, lines }
}

/** An asset of which each column c0 to c99 is made from the next. */
async function recordChain(): Promise<string> {
  const key = unique('chain')
  const columns = Array.from({ length: 100 }, (_, at) => ({
    name: `c${at}`,
    inputs: [from(key, `c${at + 1}`)],
  }))
  await record(server, { assets: [{ key, columns }] })
  return key
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
    const { orders, lines } = await recordOrders()
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

describe('walking', () => {
  test('upstream: direct and indirect edges apart, with their transformations and times', async () => {
    const { orders, lines } = await recordOrders({ materializedAt: minute(1) })
    const walk = await walkColumns(server, { key: orders, column: 'total' }, { direction: 'UPSTREAM' })
    expect(columnsAt(walk)).toEqual([
      `${orders}.total@0`,
      `${lines}.count@1`,
      `${lines}.price@1`,
      `${lines}.state@1`,
    ])
    expect(columnEdges(walk.edges)).toEqual([
      `${lines}.count>${orders}.total`,
      `${lines}.count~${orders}.total`,
      `${lines}.price>${orders}.total`,
      `${lines}.state~*${orders}.total`,
    ])
    expect(walk.edges.map(({ transformations }) => transformations)).toEqual([
      [{ type: 'DIRECT', subtype: 'AGGREGATION', description: null, masking: true }],
      [{ type: 'INDIRECT', subtype: 'CONDITIONAL', description: null, masking: false }],
      [{ type: 'DIRECT', subtype: 'AGGREGATION', description: 'sum', masking: false }],
      [{ type: 'INDIRECT', subtype: 'FILTER', description: null, masking: false }],
    ])
    expect(walk.edges[0]).toMatchObject({ firstSeenAt: minute(1), lastSeenAt: minute(1) })
    expect(walk.completeness).toEqual({ complete: true, stoppedBy: [], nextCursor: null })
  })

  test('without indirect edges: where values came from', async () => {
    const { orders, lines } = await recordOrders()
    const root = { key: orders, column: 'total' }
    const walk = await walkColumns(server, root, { direction: 'UPSTREAM', includeIndirect: false })
    expect(columnsAt(walk)).toEqual([`${orders}.total@0`, `${lines}.count@1`, `${lines}.price@1`])
    expect(columnEdges(walk.edges)).toEqual([
      `${lines}.count>${orders}.total`,
      `${lines}.price>${orders}.total`,
    ])
  })

  test('downstream: what decided about all columns of an asset reaches each of them, also those known since', async () => {
    const { orders, lines } = await recordOrders()
    const root = { key: lines, column: 'state' }
    const walk = async () => columnsAt(await walkColumns(server, root, { direction: 'DOWNSTREAM' }))
    expect(await walk()).toEqual([`${lines}.state@0`, `${orders}.id@1`, `${orders}.total@1`])
    await record(server, { assets: [{ key: orders, columns: [{ name: 'added' }] }] })
    expect(await walk()).toEqual([
      `${lines}.state@0`,
      `${orders}.added@1`,
      `${orders}.id@1`,
      `${orders}.total@1`,
    ])
  })

  test('an edge is seen from the first to the last time, and its transformations are those stated last', async () => {
    const [key, upstream] = [unique('late'), unique('late')]
    const state = (at: number, subtype: string) =>
      record(server, {
        materializedAt: minute(at),
        assets: [
          {
            key,
            columns: [
              {
                name: 'a',
                inputs: [{ ...from(upstream, 'b'), transformations: [{ type: 'DIRECT', subtype }] }],
              },
            ],
          },
        ],
      })
    for (const [at, subtype] of [
      [5, 'FIFTH'],
      [9, 'NINTH'],
      [1, 'FIRST'],
    ] as const)
      await state(at, subtype)
    const { edges } = await walkColumns(server, { key, column: 'a' }, { direction: 'UPSTREAM' })
    expect(edges).toHaveLength(1)
    expect(edges[0]).toMatchObject({
      firstSeenAt: minute(1),
      lastSeenAt: minute(9),
      transformations: [{ subtype: 'NINTH' }],
    })
  })

  test('a cycle ends, and the edge that closes it is told', async () => {
    const [a, b] = [unique('a'), unique('b')]
    await record(server, { assets: [{ key: a, columns: [{ name: 'x', inputs: [from(b, 'x')] }] }] })
    await record(server, {
      assets: [{ key: b, columns: [{ name: 'x', inputs: [from(a, 'x'), from(b, 'x')] }] }],
    })
    const root = { key: a, column: 'x' }
    const walk = await walkColumns(server, root, { direction: 'UPSTREAM' })
    expect(columnsAt(walk)).toEqual([`${a}.x@0`, `${b}.x@1`])
    expect(columnEdges(walk.backEdges)).toEqual([`${a}.x>${b}.x`, `${b}.x>${b}.x`])
    const pages = await walkColumnsOn(server, root, { direction: 'UPSTREAM', limit: 1 })
    expect(pages.flatMap(({ backEdges }) => columnEdges(backEdges))).toEqual(columnEdges(walk.backEdges))
  })

  test('a hundred columns deep it says so where it stops', async () => {
    const key = await recordChain()
    const root = { key, column: 'c0' }
    const cut = await walkColumns(server, root, { direction: 'UPSTREAM', depth: 99 })
    expect([cut.nodes.length, cut.completeness]).toEqual([
      100,
      { complete: false, stoppedBy: ['DEPTH'], nextCursor: null },
    ])
    const whole = await walkColumns(server, root, { direction: 'UPSTREAM', depth: 100 })
    expect([whole.nodes.length, whole.completeness.complete]).toEqual([101, true])
  })

  test('a walk that takes too long says TIME_LIMIT, and can be continued', async () => {
    await using hasty = await startTestServer({
      database: server.database,
      variables: { HEADWATER_WALK_TIMEOUT_MS: '1' },
    })
    const root = { key: await recordChain(), column: 'c0' }
    const first = await walkColumns(hasty, root, { direction: 'UPSTREAM' })
    expect(first.completeness).toMatchObject({ complete: false, stoppedBy: ['TIME_LIMIT'] })
    const after = first.completeness.nextCursor ?? null
    const rest = await walkColumns(server, root, { direction: 'UPSTREAM', after })
    expect(rest.completeness.complete).toBe(true)
    expect([...columnsAt(first), ...columnsAt(rest)]).toEqual(
      Array.from({ length: 101 }, (_, at) => `${root.key}.c${at}@${at}`),
    )
  })

  test('an answer has at most 100,000 edges; in smaller answers all of them come', async () => {
    const [key, upstream, root] = [unique('dense'), unique('dense'), unique('root')]
    const names = (prefix: string) => Array.from({ length: 320 }, (_, at) => ({ name: `${prefix}${at}` }))
    const dependOn = (name: string, columns: { name: string }[]) =>
      columns.map((column) => from(name, column.name))
    await record(server, {
      assets: [
        { key, columns: names('c'), columnDependencies: dependOn(upstream, names('d')) },
        { key: upstream, columns: names('d'), columnDependencies: [from(root, 'x')] },
      ],
    })
    type Data = { columnLineage: { edges: unknown[]; completeness: { nextCursor: string | null } } }
    const ask = (limit: number, after: string | null = null) =>
      server.ask<Data, object>(
        `query ($root: String!, $limit: Int!, $after: String) {
          columnLineage(asset: { key: $root }, column: "x", direction: DOWNSTREAM, limit: $limit, after: $after) {
            edges { isOfAll } completeness { nextCursor } } }`,
        { root, limit, after },
      )
    const whole = await ask(1_000)
    expect(whole.errors[0]).toMatchObject({
      message: expect.stringContaining('expected at most 100000 edges in one answer'),
      extensions: { code: 'QUERY_TOO_COMPLEX' },
    })
    let [count, after]: [number, string | null] = [0, null]
    do {
      const { data, errors } = await ask(400, after)
      expect(errors).toEqual([])
      count += data?.columnLineage.edges.length ?? 0
      after = data?.columnLineage.completeness.nextCursor ?? null
    } while (after !== null)
    expect(count).toBe(320 + 320 * 320)
  })

  test('what is not known is an error, and never an empty answer', async () => {
    const { orders } = await recordOrders()
    const ask = (key: string, column: string, rest = '') =>
      server.ask<object, object>(
        `query ($key: String!, $column: String!) { columnLineage(asset: { key: $key }, column: $column, direction: UPSTREAM ${rest}) {
          nodes { column } } }`,
        { key, column },
      )
    const codeOf = async (answer: ReturnType<typeof ask>) => {
      const { status, errors } = await answer
      return [status, errors[0]?.extensions.code, errors[0]?.extensions.field]
    }
    expect(await codeOf(ask(unique('none'), 'a'))).toEqual([404, 'ASSET_NOT_FOUND', 'asset'])
    expect(await codeOf(ask(orders, 'none'))).toEqual([400, 'BAD_USER_INPUT', 'column'])
    expect(await codeOf(ask(orders, ''))).toEqual([400, 'BAD_USER_INPUT', 'column'])
    expect(await codeOf(ask(orders, 'id', 'limit: 0'))).toEqual([400, 'BAD_USER_INPUT', 'limit'])
    expect(await codeOf(ask(orders, 'id', 'depth: -1'))).toEqual([400, 'BAD_USER_INPUT', 'depth'])
    expect(await codeOf(ask(orders, 'id', 'after: "x"'))).toEqual([400, 'BAD_USER_INPUT', 'after'])
  })

  test('a ring costs a statement, however wide it is', async () => {
    const { orders } = await recordOrders()
    const sent = await server.statementsOf(() =>
      walkColumns(server, { key: orders, column: 'total' }, { direction: 'UPSTREAM' }),
    )
    // Whether it is known; two rings, of which the second is empty; the order, the edges, the assets.
    expect(sent).toHaveLength(6)
  })
})
