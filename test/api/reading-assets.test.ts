import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { minute, record, unique } from '../harness/recordings.js'
import { startTestServer, type TestServer, WALKED } from '../harness/server.js'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})

afterAll(() => server[Symbol.asyncDispose]())

interface Filter {
  namespace?: string
  keys?: string[]
  keyPrefix?: string
  kinds?: string[]
  search?: string
}

interface Page {
  nodes: { key: string; namespace: string }[]
  edges: { cursor: string }[]
  totalCount: number
  pageInfo: {
    hasNextPage: boolean
    hasPreviousPage: boolean
    startCursor: string | null
    endCursor: string | null
  }
}

async function assets(filter: Filter, first = 50, after: string | null = null): Promise<Page> {
  const answer = await server.query<
    { assets: Page },
    { filter: Filter; first: number; after: string | null }
  >(
    `query ($filter: AssetFilter, $first: Int, $after: String) { assets(filter: $filter, first: $first, after: $after) {
      nodes { namespace key } edges { cursor } totalCount
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`,
    { filter, first, after },
  )
  return answer.assets
}

const keysOf = ({ nodes }: Page) => nodes.map(({ key }) => key)

/** Makes assets in a namespace of their own. */
async function namespaceOf(...made: { key: string; kind?: string }[]): Promise<string> {
  const namespace = unique('space')
  await record(server, { assets: made.map((asset) => ({ ...asset, namespace })) })
  return namespace
}

test('an asset answers with all that was said of it, and null where there is none', async () => {
  const key = unique('made')
  const before = Date.now()
  await record(server, {
    assets: [{ key, namespace: 'n', kind: 'image', kinds: ['s3', 'dbt', 's3'], description: 'Says it all.' }],
  })
  const document = `query ($key: String!, $namespace: String) { asset(key: $key, namespace: $namespace) {
    id namespace key kind kinds description tags owners createdAt updatedAt } }`
  const { asset } = await server.query<
    { asset: { id: string; createdAt: string; updatedAt: string } },
    { key: string; namespace: string }
  >(document, { key, namespace: 'n' })
  const { id, createdAt, updatedAt, ...rest } = asset
  expect(rest).toEqual({
    namespace: 'n',
    key,
    kind: 'image',
    kinds: ['s3', 'dbt'],
    description: 'Says it all.',
    tags: {},
    owners: [],
  })
  expect(Date.parse(createdAt)).toBeGreaterThanOrEqual(before)
  expect(updatedAt).toBe(createdAt)
  expect(await server.query('query ($id: ID!) { node(id: $id) { __typename id } }', { id })).toEqual({
    node: { __typename: 'Asset', id },
  })
  expect(await server.query(document, { key, namespace: 'default' })).toEqual({ asset: null })
})

test('each filter narrows, and together they narrow more', async () => {
  const namespace = await namespaceOf(
    { key: 'ocr/text', kind: 'text' },
    { key: 'ocr/boxes', kind: 'bbox' },
    { key: 'Extract/Text', kind: 'json' },
    { key: 'x', kind: 'text' },
  )
  const found = async (filter: Filter) => keysOf(await assets({ namespace, ...filter }))
  expect(await found({})).toEqual(['Extract/Text', 'ocr/boxes', 'ocr/text', 'x'])
  expect(await found({ keys: ['x', 'ocr/text', 'none'] })).toEqual(['ocr/text', 'x'])
  expect(await found({ keys: [] })).toEqual([])
  expect(await found({ kinds: ['bbox', 'json'] })).toEqual(['Extract/Text', 'ocr/boxes'])
  expect(await found({ keyPrefix: 'ocr/' })).toEqual(['ocr/boxes', 'ocr/text'])
  expect(await found({ keyPrefix: 'OCR/' })).toEqual([])
  expect(await found({ search: 'tEXT' })).toEqual(['Extract/Text', 'ocr/text'])
  expect(await found({ search: 'text', kinds: ['text'] })).toEqual(['ocr/text'])
  expect(await found({ search: 'o', keyPrefix: 'ocr/', keys: ['ocr/boxes', 'x'], kinds: ['bbox'] })).toEqual([
    'ocr/boxes',
  ])
  expect((await assets({ namespace, kinds: ['text'] }, 1)).totalCount).toBe(2)
})

test('a namespace is exact: neither a part of it nor one that begins alike', async () => {
  const namespace = await namespaceOf({ key: 'a' })
  await record(server, {
    assets: [
      { key: 'b', namespace: `${namespace}x` },
      { key: 'c', namespace: `${namespace} ` },
      { key: 'd', namespace: namespace.slice(0, -1) },
    ],
  })
  expect(keysOf(await assets({ namespace }))).toEqual(['a'])
})

test.each(['%', '_', '\\', '%%', 'a%b', '\\%', "'", '"', '*', '.'])(
  'in a search and a prefix %s stands for itself',
  async (text) => {
    const namespace = await namespaceOf({ key: text }, { key: `x${text}` }, { key: 'axb' }, { key: 'zz' })
    expect(keysOf(await assets({ namespace, search: text })).toSorted()).toEqual(
      [text, `x${text}`].toSorted(),
    )
    expect(keysOf(await assets({ namespace, keyPrefix: text }))).toEqual([text])
  },
)

test('assets come by namespace, then key, each by code point, beyond the plane of 16 bits too', async () => {
  const keys = ['A', 'Z', 'a', 'b', 'é', '\uff5e', '\u{10000}', '😀', '😀a']
  const namespace = await namespaceOf(...keys.toReversed().map((key) => ({ key })))
  expect(keysOf(await assets({ namespace }))).toEqual(keys)
  const pages: string[] = []
  for (let after: string | null = null; ; ) {
    const page: Page = await assets({ namespace }, 2, after)
    pages.push(...keysOf(page))
    if (!page.pageInfo.hasNextPage) break
    after = page.pageInfo.endCursor
  }
  expect(pages).toEqual(keys)
})

test('keys that differ only beyond 600 characters keep their order, over pages too', async () => {
  const long = 'k'.repeat(700)
  const keys = ['', 'a', 'b', 'c', 'd'].map((end) => long + end)
  const namespace = await namespaceOf(...keys.toReversed().map((key) => ({ key })))
  const first = await assets({ namespace }, 2)
  const second = await assets({ namespace }, 2, first.pageInfo.endCursor)
  const third = await assets({ namespace }, 2, second.pageInfo.endCursor)
  expect([first, second, third].map(keysOf)).toEqual([keys.slice(0, 2), keys.slice(2, 4), keys.slice(4)])
})

test('a cursor stays good while others insert, before it and behind it', async () => {
  const namespace = await namespaceOf({ key: 'b' }, { key: 'd' }, { key: 'f' })
  const first = await assets({ namespace }, 2)
  expect(first).toMatchObject({
    totalCount: 3,
    pageInfo: { hasNextPage: true, hasPreviousPage: false, startCursor: first.edges[0]?.cursor },
  })
  await record(server, { assets: ['a', 'c', 'e', 'g'].map((key) => ({ key, namespace })) })
  const second = await assets({ namespace }, 50, first.pageInfo.endCursor)
  expect(keysOf(second)).toEqual(['e', 'f', 'g'])
  expect(second).toMatchObject({ totalCount: 7, pageInfo: { hasNextPage: false, hasPreviousPage: true } })
})

test('a page of nothing says so', async () => {
  expect(await assets({ namespace: unique('none') })).toEqual({
    nodes: [],
    edges: [],
    totalCount: 0,
    pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
  })
})

test('neighbours come in pages by name, with their edges', async () => {
  const key = unique('hub')
  const spokes = Array.from({ length: 5 }, (_, at) => `${key}/${at}`)
  await record(server, {
    materializedAt: minute(1),
    assets: [{ key }],
    upstream: spokes.toReversed().map((spoke) => ({ key: spoke })),
  })
  interface Neighbours {
    nodes: { key: string }[]
    edges: { node: { key: string }; edge: { upstream: { key: string }; downstream: { key: string } } }[]
    totalCount: number
    pageInfo: { endCursor: string; hasNextPage: boolean }
  }
  const upstream = async (after: string | null) => {
    const { asset } = await server.query<
      { asset: { upstream: Neighbours } },
      { key: string; after: string | null }
    >(
      `query ($key: String!, $after: String) { asset(key: $key) { upstream(first: 2, after: $after) {
        nodes { key } edges { node { key } edge { upstream { key } downstream { key } } }
        totalCount pageInfo { endCursor hasNextPage } } } }`,
      { key, after },
    )
    return asset.upstream
  }
  const pages: Neighbours[] = [await upstream(null)]
  while (pages.at(-1)?.pageInfo.hasNextPage)
    pages.push(await upstream(pages.at(-1)?.pageInfo.endCursor ?? null))
  expect(pages.map(({ nodes }) => nodes.map((node) => node.key))).toEqual([
    spokes.slice(0, 2),
    spokes.slice(2, 4),
    spokes.slice(4),
  ])
  expect(pages.map(({ totalCount }) => totalCount)).toEqual([5, 5, 5])
  expect(pages[0]?.edges).toEqual(
    spokes.slice(0, 2).map((spoke) => ({
      node: { key: spoke },
      edge: { upstream: { key: spoke }, downstream: { key } },
    })),
  )
})

test.each(Object.entries(WALKED))(
  'walking %s, what a list nests takes a statement a field, however many assets it has',
  async (_name, variables) => {
    await using server = await startTestServer({ variables })
    const namespace = unique('space')
    await record(server, {
      materializedAt: minute(1),
      assets: Array.from({ length: 1_000 }, (_, at) => ({
        key: `${at}`,
        namespace,
        version: `v${at}`,
        partitionKey: `p${at % 2}`,
      })),
      upstream: [{ key: 'raw', namespace }],
    })
    interface Nested {
      assets: {
        nodes: {
          key: string
          latestMaterialization: { version: string } | null
          p0: { version: string } | null
          materializations: { totalCount: number; nodes: { version: string }[] }
          upstream: { nodes: { key: string; downstream: { totalCount: number } }[] }
        }[]
      }
    }
    const statements = async (fields: string, first: number) => {
      const sent = await server.statementsOf(() =>
        server.query(
          `query ($namespace: String, $first: Int) { assets(filter: { namespace: $namespace }, first: $first) { nodes { ${fields} } } }`,
          { namespace, first },
        ),
      )
      return sent.length
    }
    const base = await statements('key', 1)
    // Where nothing is found of some, one more asks whether their names stand for others by now.
    for (const [fields, first, count] of [
      ['latestMaterialization { version }', 1_000, 1],
      ['latestMaterialization { version } p0: latestMaterialization(partitionKey: "p0") { version }', 100, 2],
      ['materializations(first: 1) { nodes { version } }', 100, 1],
      ['materializations(first: 1) { totalCount }', 100, 2],
      ['upstream { nodes { key } }', 100, 1],
      ['upstream { totalCount nodes { downstream(first: 1) { totalCount nodes { key } } } }', 100, 2],
    ] as const) {
      const taken = (await statements(fields, first)) - base
      // The graph in the process knows the neighbours, and the rows that it has come by before.
      const isKnown = variables !== WALKED.PostgreSQL && fields.includes('upstream')
      expect([fields, isKnown ? taken <= count : taken]).toEqual([fields, isKnown || count])
    }
    const { assets: found } = await server.query<Nested, { namespace: string }>(
      `query ($namespace: String) { assets(filter: { namespace: $namespace }, first: 3) { nodes { key
      latestMaterialization { version } p0: latestMaterialization(partitionKey: "p0") { version }
      materializations(first: 1) { totalCount nodes { version } }
      upstream { nodes { key downstream(first: 1) { totalCount } } } } } }`,
      { namespace },
    )
    expect(found.nodes).toEqual(
      ['0', '1', '10'].map((key) => ({
        key,
        latestMaterialization: { version: `v${key}` },
        p0: key === '1' ? null : { version: `v${key}` },
        materializations: { totalCount: 1, nodes: [{ version: `v${key}` }] },
        upstream: { nodes: [{ key: 'raw', downstream: { totalCount: 1_000 } }] },
      })),
    )
  },
)
