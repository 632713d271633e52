import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type ColumnName, columnEdges, columnsAt, walkColumns } from '../harness/columns.js'
import { dataset, runEvent, sendEvents } from '../harness/lineage-events.js'
import { minute, unique } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

type Shown = { name: string; type: string | null; description: string | null }

/** The columns of an asset, and of its materializations, newest first. */
async function columnsOf(key: string, namespace = 'lake') {
  type Data = {
    asset: { columns: Shown[]; materializations: { nodes: { columns: Shown[] }[] } } | null
  }
  const { asset } = await server.query<Data, object>(
    `query ($key: String!, $namespace: String!) { asset(key: $key, namespace: $namespace) {
      columns { name type description } materializations { nodes { columns { name type description } } } } }`,
    { key, namespace },
  )
  const names = (columns: Shown[] = []) => columns.map(({ name }) => name)
  return {
    columns: asset?.columns ?? [],
    names: names(asset?.columns),
    history: asset?.materializations.nodes.map(({ columns }) => names(columns)) ?? [],
  }
}

const up = (root: ColumnName) =>
  walkColumns(server, { namespace: 'lake', ...root }, { direction: 'UPSTREAM' })

const field = (name: string, column: string, ...transformations: object[]) => ({
  ...dataset(name),
  field: column,
  ...(transformations.length === 0 ? {} : { transformations }),
})
const schema = (...names: string[]) => ({ fields: names.map((name) => ({ name, type: 'int' })) })

test('schemas: nested fields by their paths, the latest by the time of events, and of each materialization', async () => {
  const [job, made, used] = [unique('job'), unique('made'), unique('used')]
  const address = {
    name: 'address',
    type: 'struct',
    description: 'Where to',
    fields: [
      { name: 'city', type: 'string' },
      { name: 'geo', type: 'struct', fields: [{ name: 'lat', type: 'double' }] },
    ],
  }
  await sendEvents(server, [
    runEvent(job, '2', 'COMPLETE', minute(2), {
      inputs: [dataset(used, { facets: { schema: schema('a') } })],
      outputs: [dataset(made, { facets: { schema: { fields: [{ name: 'id' }, address, { name: 7 }] } } })],
    }),
    runEvent(job, '1', 'COMPLETE', minute(1), {
      outputs: [dataset(made, { facets: { schema: schema('old') } })],
    }),
    runEvent(job, '3', 'COMPLETE', minute(3), { outputs: [dataset(made, { facets: { schema: schema() } })] }),
  ])
  const names = ['id', 'address', 'address.city', 'address.geo', 'address.geo.lat']
  const found = await columnsOf(made)
  expect([found.names, found.history]).toEqual([names, [[], names, ['old']]])
  expect(found.columns[0]).toEqual({ name: 'id', type: null, description: null })
  expect(found.columns[1]).toEqual({ name: 'address', type: 'struct', description: 'Where to' })
  expect((await columnsOf(used)).names).toEqual(['a'])
})

test('what an event of a run says later is so of the materialization that is there', async () => {
  const [job, made] = [unique('job'), unique('made')]
  const event = (type: string, at: number, ...names: string[]) =>
    runEvent(job, '1', type, minute(at), {
      outputs: [dataset(made, { facets: names.length === 0 ? {} : { schema: schema(...names) } })],
    })
  await sendEvents(server, [event('COMPLETE', 1)])
  expect((await columnsOf(made)).history).toEqual([[]])
  await sendEvents(server, [event('OTHER', 2, 'a')])
  expect((await columnsOf(made)).history).toEqual([['a']])
  await sendEvents(server, [event('OTHER', 3, 'a', 'b')])
  expect((await columnsOf(made)).history).toEqual([['a', 'b']])
})

test('column lineage: direct and indirect uses, of columns and of the whole dataset', async () => {
  const [job, made, used] = [unique('job'), unique('made'), unique('used')]
  const columnLineage = {
    fields: {
      total: {
        inputFields: [
          field(used, 'price', { type: 'DIRECT', subtype: 'AGGREGATION', description: 'sum(price)' }),
          field(used, 'id', { type: 'DIRECT', subtype: 'IDENTITY' }, { type: 'INDIRECT', subtype: 'JOIN' }),
          field(used, ''),
          { field: 'nowhere' },
        ],
      },
      old: {
        inputFields: [field(used, 'secret')],
        transformationType: 'MASKED',
        transformationDescription: 'hash',
      },
      broken: 'no lineage',
    },
    dataset: [field(used, 'state', { type: 'INDIRECT', subtype: 'FILTER', masking: false }), 7],
  }
  await sendEvents(server, [
    runEvent(job, '1', 'START', minute(1), { outputs: [dataset(made, { facets: { columnLineage } })] }),
  ])
  expect((await columnsOf(made)).columns).toEqual([])
  await expect(up({ key: made, column: 'total' })).rejects.toThrow(
    'column: expected a column that something has named',
  )
  await sendEvents(server, [runEvent(job, '1', 'COMPLETE', minute(5))])

  const walk = await up({ key: made, column: 'total' })
  expect(columnEdges(walk.edges)).toEqual([
    `${used}.id>${made}.total`,
    `${used}.id~${made}.total`,
    `${used}.price>${made}.total`,
    `${used}.state~*${made}.total`,
  ])
  expect(walk.edges.map(({ transformations }) => transformations[0]?.subtype)).toEqual([
    'IDENTITY',
    'JOIN',
    'AGGREGATION',
    'FILTER',
  ])
  expect(walk.edges[2]).toMatchObject({ firstSeenAt: minute(5), lastSeenAt: minute(5) })
  const old = await up({ key: made, column: 'old' })
  expect(old.edges[0]?.transformations).toEqual([
    { type: 'DIRECT', subtype: 'MASKED', description: 'hash', masking: true },
  ])

  // Its source is an input of the materialization, though the run names none.
  const { asset } = await server.query<{ asset: { upstream: { nodes: { key: string }[] } } }, object>(
    `query ($key: String!) { asset(key: $key, namespace: "lake") { upstream { nodes { key } } } }`,
    { key: made },
  )
  expect(asset.upstream.nodes).toEqual([{ key: used }])
})

test('a run that fails has made no columns from others', async () => {
  const [job, made, used] = [unique('job'), unique('made'), unique('used')]
  const facets = {
    schema: schema('a'),
    columnLineage: { fields: { a: { inputFields: [field(used, 'b')] } } },
  }
  await sendEvents(server, [runEvent(job, '1', 'FAIL', minute(1), { outputs: [dataset(made, { facets })] })])
  expect(columnsAt(await up({ key: made, column: 'a' }))).toEqual([`${made}.a@0`])
})

test('what jobs and datasets declare are edges from the time of the event on', async () => {
  const [made, view, used] = [unique('made'), unique('view'), unique('used')]
  const facets = { columnLineage: { fields: { a: { inputFields: [field(used, 'b')] } } } }
  const common = { producer: 'https://example.com', schemaURL: 'https://example.com' }
  await sendEvents(server, [
    {
      ...common,
      eventTime: minute(1),
      job: { namespace: 'jobs', name: unique('job') },
      outputs: [dataset(made, { facets })],
    },
    {
      ...common,
      eventTime: minute(2),
      dataset: dataset(view, { facets: { ...facets, schema: schema('a') } }),
    },
  ])
  for (const [key, at] of [
    [made, 1],
    [view, 2],
  ] as const) {
    const { edges } = await up({ key, column: 'a' })
    expect(columnEdges(edges)).toEqual([`${used}.b>${key}.a`])
    expect(edges[0]).toMatchObject({ firstSeenAt: minute(at), lastSeenAt: minute(at) })
    const { lineage } = await server.query<{ lineage: { nodes: { asset: { key: string } }[] } }, object>(
      `query ($key: String!) { lineage(root: { key: $key, namespace: "lake" }, direction: UPSTREAM) { nodes { asset { key } } } }`,
      { key },
    )
    expect(lineage.nodes.map(({ asset }) => asset.key)).toEqual([key, used])
  }
  expect((await columnsOf(view)).names).toEqual(['a'])
})

test('names of any length and depth are kept: the long ones by their beginning and a digest', async () => {
  const [job, made, used] = [unique('job'), unique('made'), unique('used')]
  const long = 'x'.repeat(1_000)
  let nested: object = { name: 'leaf', type: 'int' }
  for (let level = 0; level < 200; level++) nested = { name: `level-${level}`, fields: [nested] }
  const facets = {
    schema: { fields: [{ name: long }, nested] },
    columnLineage: { fields: { [long]: { inputFields: [field(used, long)] } } },
  }
  await sendEvents(server, [
    runEvent(job, '1', 'COMPLETE', minute(1), { outputs: [dataset(made, { facets })] }),
  ])
  const { names } = await columnsOf(made)
  expect(names).toHaveLength(202)
  expect(new Set(names).size).toBe(202)
  for (const name of names) expect(name.length).toBeLessThanOrEqual(300)
  const column = names[0] ?? ''
  expect(columnsAt(await up({ key: made, column }))).toEqual([`${made}.${column}@0`, `${used}.${column}@1`])
})

const REAL = new URL('../../../shared/openlineage-events/CLL/', import.meta.url)
const ifThere = existsSync(REAL) ? test : test.skip

ifThere('what Spark says of a join with a group: the real events', async () => {
  const events = readdirSync(REAL)
    .sort()
    .map((file) => JSON.parse(readFileSync(new URL(file, REAL), 'utf8')))
  await sendEvents(server, events)
  const [made, first, second] = ['tbl1', 'cll_source1', 'cll_source2'].map((name) => `/tmp/cll_test/${name}`)
  const spark = (column: string, includeIndirect: boolean) =>
    walkColumns(
      server,
      { namespace: 'file', key: made ?? '', column },
      { direction: 'UPSTREAM', includeIndirect },
    )
  expect((await columnsOf(made ?? '', 'file')).names).toEqual(['ident', 'trans', 'agg'])
  expect(columnEdges((await spark('ident', false)).edges)).toEqual([`${first}.a>${made}.ident`])
  expect(columnEdges((await spark('trans', false)).edges)).toEqual([`${first}.b>${made}.trans`])
  expect(columnEdges((await spark('agg', false)).edges)).toEqual([`${second}.c>${made}.agg`])
  const { edges } = await spark('agg', true)
  expect(columnEdges(edges)).toEqual([
    `${first}.a~${made}.agg`,
    `${first}.b~${made}.agg`,
    `${second}.a~${made}.agg`,
    `${second}.c>${made}.agg`,
  ])
  const used = edges.map(({ transformations }) => transformations.map(({ subtype }) => subtype).toSorted())
  expect(used).toEqual([['FILTER', 'GROUP_BY', 'JOIN'], ['GROUP_BY'], ['FILTER', 'JOIN'], ['AGGREGATION']])
})

test('a schema of more columns than one answer holds is read in pages', async () => {
  const name = unique('wide')
  const columns = Array.from({ length: 60_000 }, (_, at) => `c${at}`)
  const facets = { schema: schema(...columns) }
  await sendEvents(server, [
    runEvent(unique('job'), '1', 'COMPLETE', minute(1), { outputs: [dataset(name, { facets })] }),
  ])
  type Page = { name: string; ordinal: number }[]
  type Data = { asset: { columns: Page; latestMaterialization: { columns: Page } } }
  const ask = (page: { first?: number; after?: number }) =>
    server.ask<Data, object>(
      `query ($name: String!, $first: Int, $after: Int) { asset(namespace: "lake", key: $name) {
        columns(first: $first, after: $after) { name ordinal }
        latestMaterialization { columns(first: $first, after: $after) { name ordinal } } } }`,
      { name, ...page },
    )
  expect((await ask({})).errors[0]?.extensions.code).toBe('QUERY_TOO_COMPLEX')
  const read: Page = []
  for (let after = 0; ; after = read.at(-1)?.ordinal ?? 0) {
    const { data } = await ask({ first: 25_000, after })
    // As texts: to compare so many objects takes Jest long.
    expect(JSON.stringify(data?.asset.latestMaterialization)).toBe(
      JSON.stringify({ columns: data?.asset.columns }),
    )
    read.push(...(data?.asset.columns ?? []))
    if ((data?.asset.columns.length ?? 0) < 25_000) break
  }
  const expected = columns.map((column, at) => ({ name: column, ordinal: at + 1 }))
  expect(JSON.stringify(read)).toBe(JSON.stringify(expected))
  for (const [page, message] of [
    [{ first: 0 }, 'first: expected 1 to 50000, got 0'],
    [{ first: 50_001 }, 'first: expected 1 to 50000, got 50001'],
    [{ after: -1 }, 'after: expected 0 or more, got -1'],
  ] as const) {
    const { errors } = await ask(page)
    expect(errors[0]).toMatchObject({ message, extensions: { code: 'BAD_USER_INPUT' } })
  }
}, 120_000)
