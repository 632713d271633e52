import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import {
  RecordMaterializationsDocument,
  type RecordMaterializationsMutationVariables,
} from '../../schema/operations.generated.js'
import { seedGraph } from '../harness/graph.js'
import { startTestServer, type TestServer, WALKED } from '../harness/server.js'
import { edgeNames, nodeNames, walk } from '../harness/walks.js'

describe.each(Object.entries(WALKED))('walking %s,', (_name, variables) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer({ variables })
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
  })

  async function record(input: RecordMaterializationsMutationVariables['input']) {
    const { recordMaterializations } = await server.query(RecordMaterializationsDocument, { input })
    return recordMaterializations
  }

  describe('a walk', () => {
    test('shows a recording from the moment that it was answered, and says so with the watermark', async () => {
      for (let at = 0; at < 20; at++) {
        const { watermark } = await record({
          jobId: 'job',
          assets: [{ key: `fresh/${at + 1}` }],
          upstream: [{ key: `fresh/${at}` }],
        })
        const answer = await walk(server, 'fresh/0', { direction: 'DOWNSTREAM', atLeast: watermark })
        expect(answer.nodes).toHaveLength(at + 2)
        const again = await walk(server, 'fresh/0', { direction: 'DOWNSTREAM', atLeast: answer.watermark })
        expect(again.nodes).toHaveLength(at + 2)
      }
    })

    test('that must show a state which this database has not reached is refused for now', async () => {
      const future = Buffer.from('w1:99999999999').toString('base64url')
      await record({ jobId: 'job', assets: [{ key: 'here' }] })
      const { status, headers, errors } = await server.ask(
        `{ lineage(root: { key: "here" }, direction: UPSTREAM, atLeast: "${future}") { watermark } }`,
      )
      expect(status).toBe(503)
      expect(headers.get('retry-after')).toBe('1')
      expect(errors[0]?.extensions.code).toBe('SERVICE_UNAVAILABLE')
    })

    test('both ways is what lies upstream and what lies downstream, not what lies beside', async () => {
      await record({
        jobId: 'job',
        assets: [{ key: 'both/mid' }, { key: 'both/sibling' }],
        upstream: [{ key: 'both/top' }],
      })
      await record({
        jobId: 'job',
        assets: [{ key: 'both/end' }],
        upstream: [{ key: 'both/mid' }, { key: 'both/aside' }],
      })
      const answer = await walk(server, 'both/mid', { direction: 'BOTH' })
      expect(nodeNames(answer.nodes)).toEqual(['both/mid@0', 'both/end@1', 'both/top@1'])
      const end = answer.nodes.find(({ asset }) => asset.key === 'both/end')
      const top = answer.nodes.find(({ asset }) => asset.key === 'both/top')
      expect(end?.hiddenUpstream).toBe(1)
      expect(top?.hiddenDownstream).toBe(1)
    })

    test('shows every edge between its nodes, shortcuts from upstream to downstream included', async () => {
      await record({ jobId: 'job', assets: [{ key: 'cut/mid' }], upstream: [{ key: 'cut/top' }] })
      await record({
        jobId: 'job',
        assets: [{ key: 'cut/end' }],
        upstream: [{ key: 'cut/mid' }, { key: 'cut/top' }],
      })
      const answer = await walk(server, 'cut/mid', { direction: 'BOTH' })
      expect(edgeNames(answer.edges).sort()).toEqual([
        'cut/mid>cut/end',
        'cut/top>cut/end',
        'cut/top>cut/mid',
      ])
    })

    test('of depth n goes n hops, exactly, and says whether anything lies further', async () => {
      await record({ jobId: 'job', assets: [{ key: 'deep/1' }], upstream: [{ key: 'deep/0' }] })
      await record({ jobId: 'job', assets: [{ key: 'deep/2' }], upstream: [{ key: 'deep/1' }] })
      const at = async (depth: number) => {
        const { nodes, completeness } = await walk(server, 'deep/0', { direction: 'DOWNSTREAM', depth })
        return { nodes: nodeNames(nodes), hidden: nodes.at(-1)?.hiddenDownstream, ...completeness }
      }
      expect(await at(0)).toMatchObject({
        nodes: ['deep/0@0'],
        hidden: 1,
        complete: false,
        stoppedBy: ['DEPTH'],
      })
      expect(await at(1)).toMatchObject({ nodes: ['deep/0@0', 'deep/1@1'], hidden: 1, complete: false })
      expect(await at(2)).toMatchObject({
        nodes: ['deep/0@0', 'deep/1@1', 'deep/2@2'],
        hidden: 0,
        complete: true,
      })
    })

    test('of the current scope leaves out what only older materializations were made from', async () => {
      const make = (materializedAt: string, upstream: string, partitionKey?: string) =>
        record({
          jobId: 'job',
          materializedAt,
          assets: [{ key: 'now/end' }],
          upstream: [{ key: upstream }],
          ...(partitionKey ? { partitionKey } : {}),
        })
      await make('2026-01-02T00:00:00Z', 'now/new')
      await make('2026-01-01T00:00:00Z', 'now/old')
      const keys = async (scope: 'ALL' | 'CURRENT') =>
        (await walk(server, 'now/end', { direction: 'UPSTREAM', scope })).nodes.map(({ asset }) => asset.key)
      expect(await keys('ALL')).toEqual(['now/end', 'now/new', 'now/old'])
      expect(await keys('CURRENT')).toEqual(['now/end', 'now/new'])
      // The latest of one partition is current, whatever is newer in others.
      await make('2026-01-01T00:00:00Z', 'now/partition', 'p1')
      expect(await keys('CURRENT')).toEqual(['now/end', 'now/new', 'now/partition'])
      const edges = await server.query<
        { asset: { upstream: { edges: { node: { key: string }; edge: { isCurrent: boolean } }[] } } },
        never
      >('{ asset(key: "now/end") { upstream { edges { node { key } edge { isCurrent } } } } }')
      expect(edges.asset.upstream.edges.map(({ node, edge }) => [node.key, edge.isCurrent])).toEqual([
        ['now/new', true],
        ['now/old', false],
        ['now/partition', true],
      ])
      const current = await server.query<{ asset: { upstream: { totalCount: number } } }, never>(
        '{ asset(key: "now/end") { upstream(scope: CURRENT, first: 1) { totalCount nodes { key } } } }',
      )
      expect(current.asset.upstream).toEqual({ totalCount: 2, nodes: [{ key: 'now/new' }] })
    })

    test('goes on where it stopped while others record', async () => {
      await record({
        jobId: 'job',
        assets: ['b', 'd', 'f'].map((key) => ({ key: `live/${key}` })),
        upstream: [{ key: 'live/0' }],
      })
      const first = await walk(server, 'live/0', { direction: 'DOWNSTREAM', limit: 2 })
      await record({
        jobId: 'job',
        assets: ['a', 'c', 'g'].map((key) => ({ key: `live/${key}` })),
        upstream: [{ key: 'live/0' }],
      })
      const rest = await walk(server, 'live/0', {
        direction: 'DOWNSTREAM',
        limit: 10,
        after: first.completeness.nextCursor ?? null,
      })
      expect(nodeNames(first.nodes)).toEqual(['live/0@0', 'live/b@1'])
      expect(nodeNames(rest.nodes)).toEqual(['live/c@1', 'live/d@1', 'live/f@1', 'live/g@1'])
    })

    test('is the same for namespaces apart', async () => {
      await record({
        jobId: 'job',
        assets: [{ key: 'same', namespace: 'one' }],
        upstream: [{ key: 'same', namespace: 'two' }],
      })
      const answer = await server.query<{ lineage: { nodes: { asset: { namespace: string } }[] } }, never>(
        '{ lineage(root: { key: "same", namespace: "one" }, direction: UPSTREAM) { nodes { asset { namespace } } } }',
      )
      expect(answer.lineage.nodes.map(({ asset }) => asset.namespace)).toEqual(['one', 'two'])
    })
  })

  describe('nested neighbours', () => {
    test('over 1,000 assets cost one statement a level and direction, and one for the root', async () => {
      await using own = await startTestServer({ variables })
      const level = (name: string, upstream: string) =>
        Array.from({ length: 1_000 }, (_, at) => [`${upstream}/${at}`, `${name}/${at}`] as const)
      await seedGraph(own, [
        ...Array.from({ length: 1_000 }, (_, at) => ['root', `a/${at}`] as const),
        ...level('b', 'a'),
        ...level('c', 'b'),
      ])
      const query = `{ asset(key: "root") {
      downstream(first: 1000) { totalCount nodes { key upstream { nodes { key } }
        downstream { nodes { key upstream { totalCount }
          downstream { nodes { key } } } } } } } }`
      interface Nested {
        asset: {
          downstream: {
            totalCount: number
            nodes: {
              key: string
              downstream: { nodes: { key: string; downstream: { nodes: { key: string }[] } }[] }
            }[]
          }
        }
      }
      let answer: Nested | undefined
      const statements = await own.statementsOf(async () => {
        answer = await own.query<Nested, never>(query)
      })
      // The root, three levels down, and two levels up again; fewer where the rows are known.
      if (variables === WALKED.PostgreSQL) expect(statements).toHaveLength(6)
      else expect(statements.length).toBeLessThanOrEqual(6)
      expect(answer?.asset.downstream.totalCount).toBe(1_000)
      const [first] = answer?.asset.downstream.nodes ?? []
      expect(first).toMatchObject({
        key: 'a/0',
        downstream: { nodes: [{ key: 'b/0', downstream: { nodes: [{ key: 'c/0' }] } }] },
      })
    })

    test('page by page give what one page gives', async () => {
      await record({
        jobId: 'job',
        assets: Array.from({ length: 25 }, (_, at) => ({ key: `page/${at}` })),
        upstream: [{ key: 'page' }],
      })
      interface Page {
        asset: {
          downstream: {
            totalCount: number
            pageInfo: { hasNextPage: boolean; endCursor: string }
            nodes: { key: string }[]
          }
        }
      }
      const page = (first: number, after: string | null) =>
        server.query<Page, { first: number; after: string | null }>(
          `query ($first: Int, $after: String) { asset(key: "page") { downstream(first: $first, after: $after) {
          totalCount pageInfo { hasNextPage endCursor } nodes { key } } } }`,
          { first, after },
        )
      const whole = (await page(1_000, null)).asset.downstream
      expect(whole.nodes).toHaveLength(25)
      const found: string[] = []
      for (let after: string | null = null; ; ) {
        const { totalCount, pageInfo, nodes }: Page['asset']['downstream'] = (await page(7, after)).asset
          .downstream
        expect(totalCount).toBe(25)
        found.push(...nodes.map(({ key }) => key))
        if (!pageInfo.hasNextPage) break
        after = pageInfo.endCursor
      }
      expect(found).toEqual(whole.nodes.map(({ key }) => key))
    })
  })

  test('a flat walk costs the same few statements for ten nodes as for a thousand', async () => {
    await using own = await startTestServer({ variables })
    await seedGraph(own, [
      ...Array.from({ length: 10 }, (_, at) => ['few', `few/${at}`] as const),
      ...Array.from({ length: 1_000 }, (_, at) => ['many', `many/${at}`] as const),
    ])
    const count = async (root: string) =>
      (await own.statementsOf(() => walk(own, root, { direction: 'DOWNSTREAM', limit: 2_000 }))).length
    // In the process: the rows alone. In PostgreSQL one of them says what the root's name stands for.
    const isInProcess = variables !== WALKED.PostgreSQL
    expect(await count('few')).toBe(isInProcess ? 1 : 7)
    expect(await count('many')).toBeLessThanOrEqual(isInProcess ? 1 : 9)
  })

  describe('a walk that is continued', () => {
    test('does not call itself complete where recordings have put something before its cursor', async () => {
      await record({ jobId: 'job', assets: [{ key: 'moved/m' }], upstream: [{ key: 'moved/a' }] })
      await record({ jobId: 'job', assets: [{ key: 'moved/r' }], upstream: [{ key: 'moved/m' }] })
      const first = await walk(server, 'moved/r', { direction: 'UPSTREAM', limit: 2 })
      expect(nodeNames(first.nodes)).toEqual(['moved/r@0', 'moved/m@1'])
      // What was two hops away, behind the cursor, is now one hop away, before it.
      await record({ jobId: 'job', assets: [{ key: 'moved/r' }], upstream: [{ key: 'moved/a' }] })
      const rest = await walk(server, 'moved/r', {
        direction: 'UPSTREAM',
        limit: 2,
        after: first.completeness.nextCursor ?? null,
      })
      expect(rest.nodes).toEqual([])
      expect(rest.completeness).toEqual({ complete: false, stoppedBy: ['CHANGED'], nextCursor: null })
    })

    test('says so to its end, once it has changed', async () => {
      await record({
        jobId: 'job',
        assets: ['b', 'c', 'd', 'e'].map((key) => ({ key: `kept/${key}` })),
        upstream: [{ key: 'kept' }],
      })
      const first = await walk(server, 'kept', { direction: 'DOWNSTREAM', limit: 2 })
      await record({ jobId: 'job', assets: [{ key: 'kept/a' }], upstream: [{ key: 'kept' }] })
      const pages = [first]
      for (let after = first.completeness.nextCursor; after !== null; ) {
        const page = await walk(server, 'kept', { direction: 'DOWNSTREAM', limit: 2, after })
        pages.push(page)
        after = page.completeness.nextCursor
      }
      expect(pages.map(({ completeness }) => completeness.stoppedBy)).toEqual([
        ['NODE_LIMIT'],
        ['NODE_LIMIT', 'CHANGED'],
        ['CHANGED'],
      ])
    })
  })

  test('a nested query that would answer with more than 50,000 objects is refused', async () => {
    await using own = await startTestServer({ variables })
    // 18 + 18² + 18³ + 18⁴ of them.
    const layer = (at: number) => Array.from({ length: 18 }, (_, place) => `dense/${at}/${place}`)
    const edges = Array.from({ length: 6 }, (_, at) =>
      layer(at).flatMap((upstream) => layer(at + 1).map((downstream) => [upstream, downstream] as const)),
    )
    await seedGraph(own, edges.flat())
    const nested = (levels: number): string =>
      levels === 0 ? 'nodes { key }' : `nodes { key downstream(first: 1000) { ${nested(levels - 1)} } }`
    const { status, errors } = await own.ask(
      `{ asset(key: "dense/0/0") { downstream(first: 1000) { ${nested(3)} } } }`,
    )
    expect(status).toBe(400)
    expect(errors.length).toBeLessThanOrEqual(100)
    expect(errors[0]?.extensions.code).toBe('QUERY_TOO_COMPLEX')
  })
})
