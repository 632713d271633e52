import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { sentBy } from '../harness/plans.js'
import { edgesBetween, nodesAt, provenance, provenanceOn } from '../harness/provenance.js'
import { make, minute, record, recordBatch, unique } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})

afterAll(() => server[Symbol.asyncDispose]())

const COMPLETE = { complete: true, stoppedBy: [], nextCursor: null }
const at = (count: number) => ({ materializedAt: minute(count) })
const up = (id: string, args = {}) => provenance(server, id, { direction: 'UPSTREAM', ...args })
const down = (id: string, args = {}) => provenance(server, id, { direction: 'DOWNSTREAM', ...args })

describe('which very materializations', () => {
  test('today’s runs do not change what yesterday’s was made from', async () => {
    const [raw, clean, report] = [unique('raw'), unique('clean'), unique('report')]
    const day = async (start: number, version: string) => [
      await make(server, raw, { version, ...at(start) }),
      await make(server, clean, { version, ...at(start + 1), upstream: [{ key: raw, version }] }),
      await make(server, report, { version, ...at(start + 2), upstream: [{ key: clean }] }),
    ]
    const [rawThen, cleanThen, reportThen = ''] = await day(0, 'yesterday')
    const before = JSON.stringify(await up(reportThen))
    const [rawNow, cleanNow, reportNow = ''] = await day(10, 'today')

    const then = await up(reportThen)
    expect(JSON.stringify(then)).toBe(before)
    expect(nodesAt(then)).toEqual([`${reportThen}@0`, `${cleanThen}@1`, `${rawThen}@2`])
    expect(edgesBetween(then.edges)).toEqual([
      `${cleanThen}>${reportThen} INFERRED`,
      `${rawThen}>${cleanThen} REPORTED`,
    ])
    expect(then.completeness).toEqual(COMPLETE)
    expect(nodesAt(await up(reportNow))).toEqual([`${reportNow}@0`, `${cleanNow}@1`, `${rawNow}@2`])
    expect(nodesAt(await down(rawThen ?? ''))).toEqual([`${rawThen}@0`, `${cleanThen}@1`, `${reportThen}@2`])
  })

  test('two partitions of one asset are two nodes, the older first, and an edge each', async () => {
    const [raw, sum] = [unique('raw'), unique('sum')]
    const q = await make(server, raw, { partitionKey: 'q', ...at(1) })
    const p = await make(server, raw, { partitionKey: 'p', ...at(2) })
    await make(server, raw, { partitionKey: 'r', ...at(3) })
    const made = await make(server, sum, {
      partitionKey: 'all',
      ...at(4),
      upstream: [
        { key: raw, partitionKey: 'p' },
        { key: raw, partitionKey: 'q' },
      ],
    })
    const answer = await up(made)
    expect(nodesAt(answer)).toEqual([`${made}@0`, `${q}@1`, `${p}@1`])
    expect(edgesBetween(answer.edges)).toEqual([`${q}>${made} INFERRED`, `${p}>${made} INFERRED`])
    expect(edgesBetween((await down(p)).edges)).toEqual([`${p}>${made} INFERRED`])
  })

  test('inputs that come to one materialization are one edge, reported where one names the version', async () => {
    const [raw, made] = [unique('raw'), unique('made')]
    const used = await make(server, raw, { version: 'v', ...at(1) })
    const upstream = [{ key: raw }, { key: raw, version: 'v' }]
    for (const inputs of [upstream, upstream.toReversed()]) {
      const user = await make(server, made, { ...at(2), upstream: inputs })
      const answer = await up(user)
      expect(edgesBetween(answer.edges)).toEqual([`${used}>${user} REPORTED`])
      expect(answer.nodes.map(({ unresolvedInputs }) => unresolvedInputs)).toEqual([0, 0])
    }
  })

  test('what the same DAG run made goes before what is newer', async () => {
    const [raw, made] = [unique('raw'), unique('made')]
    const dagId = unique('run')
    const own = await make(server, raw, { dagId, ...at(1) })
    const other = await make(server, raw, { dagId: unique('run'), ...at(2) })
    const inRun = await make(server, made, { dagId, ...at(3), upstream: [{ key: raw }] })
    const outside = await make(server, made, { ...at(3), upstream: [{ key: raw }] })
    expect(nodesAt(await up(inRun))).toEqual([`${inRun}@0`, `${own}@1`])
    expect(nodesAt(await up(outside))).toEqual([`${outside}@0`, `${other}@1`])
    expect(nodesAt(await down(own))).toEqual([`${own}@0`, `${inRun}@1`])
  })

  test('inputs that are not recorded are counted; a named version that arrives is walked through', async () => {
    const [source, raw, made] = [unique('source'), unique('raw'), unique('made')]
    const user = await make(server, made, {
      ...at(5),
      upstream: [{ key: raw, version: 'v2' }, { key: unique('never recorded') }],
    })
    const bare = await up(user)
    expect(bare.nodes).toMatchObject([{ unresolvedInputs: 2 }])
    expect(bare.completeness).toEqual(COMPLETE)
    const origin = await make(server, source, at(1))
    const late = await make(server, raw, { version: 'v2', ...at(6), upstream: [{ key: source }] })
    const whole = await up(user)
    expect(nodesAt(whole)).toEqual([`${user}@0`, `${late}@1`, `${origin}@2`])
    expect(whole.nodes.map(({ unresolvedInputs }) => unresolvedInputs)).toEqual([1, 0, 0])
    expect(edgesBetween(whole.edges)).toEqual([`${late}>${user} REPORTED`, `${origin}>${late} INFERRED`])
    expect((await down(origin)).nodes.at(-1)).toMatchObject({ distance: 2, unresolvedInputs: 1 })
  })

  test('a storage event delivered again changes what its materialization was made from', async () => {
    const [a, b, made] = [unique('a'), unique('b'), unique('made')]
    const [fromA, fromB] = [await make(server, a, at(1)), await make(server, b, at(1))]
    const deliver = (time: number, upstream: { key: string }[]) =>
      make(server, made, { storageEventId: 7, ...at(time), upstream })
    const first = await deliver(2, [{ key: a }])
    expect(nodesAt(await up(first))).toEqual([`${first}@0`, `${fromA}@1`])
    const second = await deliver(3, [{ key: b }])
    expect(second).toBe(first)
    expect(nodesAt(await up(first))).toEqual([`${first}@0`, `${fromB}@1`])
    expect(nodesAt(await down(fromA))).toEqual([`${fromA}@0`])
    expect(nodesAt(await down(fromB))).toEqual([`${fromB}@0`, `${first}@1`])
  })

  test('an asset made from itself leads back to its beginning', async () => {
    const key = unique('state')
    const versions: string[] = []
    for (let count = 0; count < 5; count++)
      versions.push(await make(server, key, { ...at(count), upstream: [{ key }] }))
    const [first = '', , middle = '', , last = ''] = versions
    const answer = await up(last)
    expect(nodesAt(answer)).toEqual(versions.toReversed().map((id, distance) => `${id}@${distance}`))
    expect(answer.nodes.map(({ unresolvedInputs }) => unresolvedInputs)).toEqual([0, 0, 0, 0, 1])
    expect(answer.backEdges).toEqual([])
    expect(nodesAt(await down(first))).toEqual(versions.map((id, distance) => `${id}@${distance}`))
    const both = await provenance(server, middle, { direction: 'BOTH' })
    expect(both.nodes.map(({ distance }) => distance)).toEqual([0, 1, 1, 2, 2])
    expect(both.edges).toHaveLength(4)
  })

  test('two that name each other’s version end a walk, and the edge that closes the cycle is flagged', async () => {
    const [a, b] = [unique('a'), unique('b')]
    const first = await make(server, a, { version: 'v', ...at(1), upstream: [{ key: b, version: 'v' }] })
    const second = await make(server, b, { version: 'v', ...at(2), upstream: [{ key: a, version: 'v' }] })
    for (const direction of ['UPSTREAM', 'DOWNSTREAM', 'BOTH'] as const) {
      const answer = await provenance(server, first, { direction })
      expect(nodesAt(answer)).toEqual([`${first}@0`, `${second}@1`])
      expect(edgesBetween(answer.edges).toSorted()).toEqual(
        [`${first}>${second} REPORTED`, `${second}>${first} REPORTED`].toSorted(),
      )
      expect(answer.backEdges).toHaveLength(1)
      expect(answer.completeness).toEqual(COMPLETE)
    }
  })
})

describe('how far', () => {
  /** A materialization made from two others, one of which was made from the other; used twice. */
  async function diamond() {
    const name = unique('d')
    const [raw, left, top, use1, use2] = ['1', '2', '3', '4', '5'].map((end) => ({ key: `${name}/${end}` }))
    if (!raw || !left || !top || !use1 || !use2) throw new Error('five keys')
    return {
      raw: await make(server, raw.key, at(1)),
      left: await make(server, left.key, { ...at(2), upstream: [raw] }),
      top: await make(server, top.key, { ...at(3), upstream: [left, raw] }),
      use1: await make(server, use1.key, { ...at(4), upstream: [top] }),
      use2: await make(server, use2.key, { ...at(5), upstream: [top, raw] }),
    }
  }

  test('both ways is everything behind plus everything before, at its least distance', async () => {
    const { raw, left, top, use1, use2 } = await diamond()
    const answer = await provenance(server, top, { direction: 'BOTH' })
    expect(nodesAt(answer)).toEqual([`${top}@0`, `${raw}@1`, `${left}@1`, `${use1}@1`, `${use2}@1`])
    // Not only those that the walk took.
    expect(edgesBetween(answer.edges)).toContain(`${raw}>${use2} INFERRED`)
    expect(answer.edges).toHaveLength(6)
    expect(nodesAt(await provenance(server, left, { direction: 'BOTH' }))).toEqual([
      `${left}@0`,
      `${raw}@1`,
      `${top}@1`,
      `${use1}@2`,
      `${use2}@2`,
    ])
  })

  test('a depth ends it exactly there, and says so where more is behind', async () => {
    const { raw, left, top, use1 } = await diamond()
    expect(await up(use1, { depth: 0 })).toMatchObject({
      nodes: [{ materialization: { id: use1 } }],
      edges: [],
      completeness: { complete: false, stoppedBy: ['DEPTH'], nextCursor: null },
    })
    const near = await up(use1, { depth: 1 })
    expect(nodesAt(near)).toEqual([`${use1}@0`, `${top}@1`])
    expect(near.completeness).toMatchObject({ complete: false, stoppedBy: ['DEPTH'] })
    const whole = await up(use1, { depth: 2 })
    expect(nodesAt(whole)).toEqual([`${use1}@0`, `${top}@1`, `${raw}@2`, `${left}@2`])
    expect(whole.completeness).toEqual(COMPLETE)
  })

  test('pages put together are the whole, each node and each edge once', async () => {
    const { raw, top } = await diamond()
    for (const [id, direction] of [
      [top, 'UPSTREAM'],
      [raw, 'DOWNSTREAM'],
      [top, 'BOTH'],
    ] as const) {
      const whole = await provenance(server, id, { direction })
      for (const limit of [1, 2, 3]) {
        const pages = await provenanceOn(server, id, { direction, limit })
        expect(pages.flatMap(nodesAt)).toEqual(nodesAt(whole))
        expect(pages.flatMap(({ edges }) => edgesBetween(edges))).toEqual(edgesBetween(whole.edges))
        expect(pages.at(-1)?.completeness).toEqual(COMPLETE)
        for (const page of pages.slice(0, -1)) {
          expect(page.nodes).toHaveLength(limit)
          expect(page.completeness).toMatchObject({ complete: false, stoppedBy: ['NODE_LIMIT'] })
        }
      }
    }
  })

  test('a page says where something has come to stand before it', async () => {
    const [raw, made] = [unique('raw'), unique('made')]
    const used = await make(server, raw, at(1))
    const use = (end: string) => make(server, `${made}/${end}`, { ...at(2), upstream: [{ key: raw }] })
    const [b, d] = [await use('b'), await use('d')]
    const first = await down(used, { limit: 2 })
    expect(nodesAt(first)).toEqual([`${used}@0`, `${b}@1`])
    const after = first.completeness.nextCursor
    const c = await use('c')
    expect(await down(used, { after })).toMatchObject({
      nodes: [{ materialization: { id: c } }, { materialization: { id: d } }],
      completeness: { complete: true },
    })
    await use('a')
    expect(await down(used, { after })).toMatchObject({
      nodes: [{ materialization: { id: c } }, { materialization: { id: d } }],
      completeness: { complete: false, stoppedBy: ['CHANGED'], nextCursor: null },
    })
  })

  test('a walk that takes too long answers with what it has, and where to go on', async () => {
    const name = unique('chain')
    const chain: string[] = []
    for (let place = 0; place < 30; place++) {
      const upstream = place === 0 ? [] : [{ key: `${name}/${place - 1}` }]
      chain.unshift(await make(server, `${name}/${place}`, { ...at(place), upstream }))
    }
    await using hasty = await startTestServer({
      database: server.database,
      variables: { HEADWATER_WALK_TIMEOUT_MS: '1' },
    })
    const first = await provenance(hasty, chain[0] ?? '', { direction: 'UPSTREAM' })
    expect(first.completeness).toMatchObject({ complete: false, stoppedBy: ['TIME_LIMIT'] })
    const rest = await up(chain[0] ?? '', { after: first.completeness.nextCursor })
    expect(rest.completeness).toEqual(COMPLETE)
    expect([...nodesAt(first), ...nodesAt(rest)]).toEqual(chain.map((id, distance) => `${id}@${distance}`))
  })

  test('of very many consumers a page holds the first by name, and no others are read', async () => {
    const [raw, made] = [unique('raw'), unique('made')]
    const used = await make(server, raw, at(1))
    const names = Array.from({ length: 3_000 }, (_, place) => String(place).padStart(4, '0'))
    // In an order that has nothing to do with their names.
    const shuffled = names.toSorted((a, b) => ((Number(a) * 7) % 3_001) - ((Number(b) * 7) % 3_001))
    await recordBatch(
      server,
      [0, 1, 2].map((third) => ({
        ...at(2),
        assets: shuffled.slice(1_000 * third, 1_000 * (third + 1)).map((end) => ({ key: `${made}/${end}` })),
        upstream: [{ key: raw }],
      })),
    )
    const keysOf = ({ nodes }: Awaited<ReturnType<typeof down>>) =>
      nodes.map(({ materialization }) => materialization.asset.key.slice(-4))
    const first = await down(used, { limit: 100 })
    expect(keysOf(first).slice(1)).toEqual(names.slice(0, 99))
    const after = first.completeness.nextCursor
    const sent = await sentBy(() => down(used, { limit: 100, after }))
    for (const { values } of sent)
      for (const value of values) if (Array.isArray(value)) expect(value.length).toBeLessThan(500)
    const second = await down(used, { limit: 100, after })
    expect(keysOf(second)).toEqual(names.slice(99, 199))
    expect(second.edges).toHaveLength(100)
    expect(second.completeness).toMatchObject({ stoppedBy: ['NODE_LIMIT'] })
    expect((await down(used, { limit: 3_001 })).completeness).toEqual(COMPLETE)
    expect((await down(used, { depth: 0 })).completeness).toMatchObject({ stoppedBy: ['DEPTH'] })
  })
})

describe('at what cost', () => {
  const sent = (work: () => Promise<unknown>) =>
    server.statementsOf(work).then((statements) => statements.length)

  test('a chain of n costs n statements and a few', async () => {
    const name = unique('chain')
    const chain: string[] = []
    for (let place = 0; place < 24; place++) {
      chain.push(
        await make(server, `${name}/${place}`, {
          ...at(place),
          ...(place === 0 ? {} : { upstream: [{ key: `${name}/${place - 1}` }] }),
        }),
      )
    }
    const [first = '', eighth = '', last = ''] = [chain[0], chain[7], chain[23]]
    // The materialization asked for, the order, the rows, and the assets of these.
    expect(await sent(() => up(eighth))).toBe(8 + 4)
    expect(await sent(() => up(last))).toBe(24 + 4)
    // And the inputs of all that was found.
    expect(await sent(() => down(chain[16] ?? ''))).toBe(8 + 5)
    expect(await sent(() => down(first))).toBe(24 + 5)
    expect((await up(last)).nodes).toHaveLength(24)
    expect((await down(first)).nodes).toHaveLength(24)
  })

  test('a ring of a thousand costs as many statements as one of one', async () => {
    const measure = async (width: number) => {
      const [raw, middle, top] = [unique('raw'), unique('middle'), unique('top')]
      const origin = await make(server, raw, at(1))
      const keys = Array.from({ length: width }, (_, place) => ({ key: `${middle}/${place}` }))
      await record(server, { ...at(2), assets: keys, upstream: [{ key: raw }] })
      const end = await make(server, top, { ...at(3), upstream: keys })
      const limit = 2_000
      expect((await up(end, { limit })).nodes).toHaveLength(width + 2)
      expect((await up(end, { limit })).edges).toHaveLength(2 * width)
      return [
        await sent(() => up(end, { limit })),
        await sent(() => down(origin, { limit })),
        await sent(() => provenance(server, end, { direction: 'BOTH', limit })),
      ]
    }
    expect(await measure(1_000)).toEqual(await measure(1))
  })

  test('a list may ask for it, all of one state; up to a hundred, and no more', async () => {
    const dagId = unique('run')
    const raw = unique('raw')
    const origin = await make(server, raw, at(1))
    const recordSome = (count: number, name: string) =>
      record(server, {
        ...at(2),
        dagId,
        assets: Array.from({ length: count }, (_, place) => ({ key: `${dagId}/${name}/${place}` })),
        upstream: [{ key: raw }],
      })
    type Data = {
      materializations: { nodes: { lineage: { nodes: { materialization: { id: string } }[] } }[] }
    }
    const ask = () =>
      server.ask<Data, object>(
        `query ($dagId: String!) { materializations(filter: { dagId: $dagId }, first: 1000) {
          nodes { lineage(direction: UPSTREAM) { nodes { materialization { id } } } } } }`,
        { dagId },
      )
    await recordSome(100, 'a')
    const { data } = await ask()
    expect(data?.materializations.nodes).toHaveLength(100)
    for (const { lineage } of data?.materializations.nodes ?? [])
      expect(lineage.nodes[1]).toEqual({ materialization: { id: origin } })
    await recordSome(1, 'b')
    const { errors } = await ask()
    expect(errors[0]?.extensions.code).toBe('QUERY_TOO_COMPLEX')
    expect(errors[0]?.message).toBe(
      'expected the lineage of at most 100 materializations in one answer, got 101',
    )
  })
})

describe('what is refused', () => {
  test.each([
    [{ depth: -1 }, 'depth: expected 0 or more hops, got -1', 'depth'],
    [{ limit: 0 }, 'limit: expected 1 to 10000 nodes, got 0', 'limit'],
    [{ limit: 10_001 }, 'limit: expected 1 to 10000 nodes, got 10001', 'limit'],
    [{ after: 'x' }, 'after: expected a cursor that this query answered with, got "x"', 'after'],
  ])('%j', async (args, message, field) => {
    const id = await make(server, unique('a'))
    const { errors } = await server.ask<object, object>(
      `query ($id: ID!, $depth: Int, $limit: Int, $after: String) { materialization(id: $id) {
        lineage(direction: BOTH, depth: $depth, limit: $limit, after: $after) { nodes { distance } } } }`,
      { id, ...args },
    )
    expect(errors).toMatchObject([{ message, extensions: { code: 'BAD_USER_INPUT', field } }])
  })

  test('a cursor of another walk', async () => {
    const [raw, made] = [unique('raw'), unique('made')]
    const used = await make(server, raw, at(1))
    const user = await make(server, made, { ...at(2), upstream: [{ key: raw }] })
    const after = (await down(used, { limit: 1 })).completeness.nextCursor
    const refused = /cursor of this query, with the same arguments/
    await expect(up(used, { after })).rejects.toThrow(refused)
    await expect(down(user, { after })).rejects.toThrow(refused)
    await expect(down(used, { after, depth: 3 })).rejects.toThrow(refused)
    expect(nodesAt(await down(used, { after, limit: 7 }))).toEqual([`${user}@1`])
  })
})
