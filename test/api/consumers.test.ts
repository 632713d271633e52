import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { make, minute, record, unique } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})

afterAll(() => server[Symbol.asyncDispose]())

interface Consumers {
  nodes: { id: string }[]
  totalCount: number
  pageInfo: { endCursor: string | null; hasNextPage: boolean }
}

async function consumersOf(id: string, first = 50, after: string | null = null): Promise<Consumers> {
  const { materialization } = await server.query<
    { materialization: { consumers: Consumers } },
    { id: string; first: number; after: string | null }
  >(
    `query ($id: ID!, $first: Int, $after: String) { materialization(id: $id) {
      consumers(first: $first, after: $after) { nodes { id } totalCount pageInfo { endCursor hasNextPage } } } }`,
    { id, first, after },
  )
  return materialization.consumers
}

const idsOf = ({ nodes }: Consumers) => nodes.map(({ id }) => id)

test('consumers come newest first, in pages that hold each once, over equal times too', async () => {
  const [raw, made] = [unique('raw'), unique('made')]
  const used = await make(server, raw, { materializedAt: minute(1) })
  const expected: string[] = []
  for (const at of [2, 3, 3, 3, 4]) {
    const { materializations } = await record(server, {
      materializedAt: minute(at),
      assets: [{ key: `${made}/1` }, { key: `${made}/2` }],
      upstream: [{ key: raw }],
    })
    expected.push(...materializations.map(({ id }) => id))
  }
  const pages: string[][] = []
  for (let after: string | null = null; ; ) {
    const page: Consumers = await consumersOf(used, 3, after)
    expect(page.totalCount).toBe(10)
    pages.push(idsOf(page))
    if (!page.pageInfo.hasNextPage) break
    after = page.pageInfo.endCursor
  }
  expect(pages.map(({ length }) => length)).toEqual([3, 3, 3, 1])
  expect(pages.flat().toSorted()).toEqual(expected.toSorted())
  expect(idsOf(await consumersOf(used))).toEqual(pages.flat())
  expect(pages.flat().slice(0, 2).toSorted()).toEqual(expected.slice(-2).toSorted())
})

test('a late arrival takes over the consumers that it fits better', async () => {
  const [raw, made] = [unique('raw'), unique('made')]
  const early = await make(server, raw, { materializedAt: minute(1) })
  const before = await make(server, made, { materializedAt: minute(2), upstream: [{ key: raw }] })
  const after = await make(server, made, { materializedAt: minute(4), upstream: [{ key: raw }] })
  expect(idsOf(await consumersOf(early))).toEqual([after, before])
  const late = await make(server, raw, { materializedAt: minute(3) })
  expect(idsOf(await consumersOf(early))).toEqual([before])
  expect(idsOf(await consumersOf(late))).toEqual([after])
})

test('of an asset that names its own version, the consumer of the second is the first, which had no other', async () => {
  const key = unique('state')
  const run = { version: 'v', upstream: [{ key, version: 'v' }] }
  const first = await make(server, key, { ...run, materializedAt: minute(1) })
  const second = await make(server, key, { ...run, materializedAt: minute(2) })
  const third = await make(server, key, { ...run, materializedAt: minute(3) })
  expect(idsOf(await consumersOf(first))).toEqual([second])
  expect(idsOf(await consumersOf(second))).toEqual([third, first])
  expect(idsOf(await consumersOf(third))).toEqual([])
})

test('a materialization that nothing was made from has no consumers', async () => {
  const id = await make(server, unique('raw'))
  expect(await consumersOf(id)).toEqual({
    nodes: [],
    totalCount: 0,
    pageInfo: { endCursor: null, hasNextPage: false },
  })
})

test('consumers of a hundred materializations take one statement', async () => {
  const dagId = unique('run')
  const keys = Array.from({ length: 100 }, (_, at) => `${dagId}/${at}`)
  await record(server, { dagId, materializedAt: minute(1), assets: keys.map((key) => ({ key })) })
  await record(server, {
    materializedAt: minute(2),
    assets: [{ key: unique('made') }],
    upstream: keys.map((key) => ({ key })),
  })
  const document = `query ($dagId: String!) { materializations(filter: { dagId: $dagId }, first: 1000) {
    nodes { consumers { totalCount nodes { id } } } } }`
  let answer: { materializations: { nodes: { consumers: Consumers }[] } } | undefined
  const statements = await server.statementsOf(async () => {
    answer = await server.query<
      { materializations: { nodes: { consumers: Consumers }[] } },
      { dagId: string }
    >(document, { dagId })
  })
  // One for the materializations themselves.
  expect(statements).toHaveLength(1 + 1)
  expect(answer?.materializations.nodes.map(({ consumers }) => consumers.totalCount)).toEqual(
    keys.map(() => 1),
  )
})
