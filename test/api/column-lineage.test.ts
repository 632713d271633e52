import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { columnEdges, columnsAt, from, recordOrders, walkColumns, walkColumnsOn } from '../harness/columns.js'
import { minute, record, unique } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

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

describe('walking', () => {
  test('upstream: direct and indirect edges apart, with their transformations and times', async () => {
    const { orders, lines } = await recordOrders(server, { materializedAt: minute(1) })
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
    const { orders, lines } = await recordOrders(server)
    const root = { key: orders, column: 'total' }
    const walk = await walkColumns(server, root, { direction: 'UPSTREAM', includeIndirect: false })
    expect(columnsAt(walk)).toEqual([`${orders}.total@0`, `${lines}.count@1`, `${lines}.price@1`])
    expect(columnEdges(walk.edges)).toEqual([
      `${lines}.count>${orders}.total`,
      `${lines}.price>${orders}.total`,
    ])
  })

  test('downstream: what decided about all columns of an asset reaches each of them, also those known since', async () => {
    const { orders, lines } = await recordOrders(server)
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
    const { orders } = await recordOrders(server)
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
    const { orders } = await recordOrders(server)
    const sent = await server.statementsOf(() =>
      walkColumns(server, { key: orders, column: 'total' }, { direction: 'UPSTREAM' }),
    )
    // Whether it is known; two rings, of which the second is empty; the order, the edges, the assets.
    expect(sent).toHaveLength(6)
  })
})
