import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { RestoreAssetDocument, RetireAssetDocument } from '../../schema/operations.generated.js'
import { clear } from '../harness/dump.js'
import { make, minute, record } from '../harness/recordings.js'
import { startTestServer, type TestServer, WALKED } from '../harness/server.js'
import { edgeNames, nodeNames, walk } from '../harness/walks.js'

describe.each(Object.entries(WALKED))('walking %s,', (_name, variables) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer({ variables })
  })
  afterAll(() => server[Symbol.asyncDispose]())

  const retire = async (key: string, at?: string) =>
    (await server.query(RetireAssetDocument, { asset: { key }, at: at ?? null })).retireAsset
  const restore = async (key: string, at?: string) =>
    (await server.query(RestoreAssetDocument, { asset: { key }, at: at ?? null })).restoreAsset

  /** top > mid > end, made at minutes 1, 2 and 3. */
  async function makeChain(name: string) {
    const [top, mid, end] = ['top', 'mid', 'end'].map((key) => `${name}/${key}`) as [string, string, string]
    await make(server, top, { materializedAt: minute(1) })
    await record(server, { materializedAt: minute(2), assets: [{ key: mid }], upstream: [{ key: top }] })
    await record(server, { materializedAt: minute(3), assets: [{ key: end }], upstream: [{ key: mid }] })
    return { top, mid, end }
  }

  const selected = async (selection: string) => {
    type Data = { assets: { nodes: { key: string }[] } }
    const query = 'query ($selection: String!) { assets(selection: $selection) { nodes { key } } }'
    return (await server.query<Data, object>(query, { selection })).assets.nodes.map(({ key }) => key)
  }

  const current = async (root: string, asOf?: string) => {
    const answer = await walk(server, root, { direction: 'BOTH', scope: 'CURRENT', asOf: asOf ?? null })
    return answer.nodes.map(({ asset }) => asset.key)
  }

  test('what is retired has no current edges, and all that it ever had', async () => {
    const { top, mid, end } = await makeChain('dropped')
    expect(await current(top)).toEqual([top, mid, end])
    expect(await retire(mid, minute(10))).toEqual({ namespace: 'default', key: mid, retiredAt: minute(10) })
    expect(await current(top)).toEqual([top])
    expect(await current(end)).toEqual([end])
    expect(await current(mid)).toEqual([mid])
    const all = await walk(server, top, { direction: 'DOWNSTREAM' })
    expect(nodeNames(all.nodes)).toEqual([`${top}@0`, `${mid}@1`, `${end}@2`])
    expect(edgeNames(all.edges)).toEqual([`${top}>${mid}`, `${mid}>${end}`])
  })

  test('it is there as of an earlier time, and not as of a later one', async () => {
    const { top, mid, end } = await makeChain('then')
    await retire(mid, minute(10))
    expect(await current(top, minute(9))).toEqual([top, mid, end])
    expect(await current(top, minute(10))).toEqual([top])
    await restore(mid, minute(20))
    expect(await current(top, minute(19))).toEqual([top])
    expect(await current(top, minute(20))).toEqual([top, mid, end])
    expect(await current(top)).toEqual([top, mid, end])
  })

  test('a later materialization revives it, a late arrival of an earlier one does not', async () => {
    const { top, mid, end } = await makeChain('revived')
    await retire(mid, minute(10))
    await record(server, { materializedAt: minute(9), assets: [{ key: mid }], upstream: [{ key: top }] })
    expect(await current(top)).toEqual([top])
    await record(server, { materializedAt: minute(11), assets: [{ key: mid }], upstream: [{ key: top }] })
    expect(await current(top)).toEqual([top, mid, end])
    expect(await current(top, minute(10))).toEqual([top])
    type Data = { asset: { retiredAt: string | null } }
    const read = () => server.query<Data, undefined>(`{ asset(key: "${mid}") { retiredAt } }`)
    expect((await read()).asset.retiredAt).toBeNull()
    expect(await selected(`(${mid} or ${top}) and status:retired`)).toEqual([])
    await retire(mid, minute(12))
    expect((await read()).asset.retiredAt).toBe(minute(12))
    expect(await selected(`(${mid} or ${top}) and status:retired`)).toEqual([mid])
    expect(await selected(`(${mid} or ${top}) and not status:retired`)).toEqual([top])
    expect(await current(top)).toEqual([top])
    await restore(mid)
    expect(await selected(`${mid} and status:retired`)).toEqual([])
  })

  test('to retire or restore again changes nothing; what is told late of an earlier time counts from then', async () => {
    const { top, mid, end } = await makeChain('again')
    await retire(mid, minute(10))
    expect((await retire(mid, minute(15)))?.retiredAt).toBe(minute(10))
    expect((await retire(mid, minute(6)))?.retiredAt).toBe(minute(6))
    expect(await current(top, minute(7))).toEqual([top])
    expect(await current(top, minute(5))).toEqual([top, mid, end])
    // Between 2 and 6 it was made once more: that is another retirement, which ended then.
    await record(server, { materializedAt: minute(5), assets: [{ key: mid }], upstream: [{ key: top }] })
    expect((await retire(mid, minute(4)))?.retiredAt).toBe(minute(6))
    expect(await current(top, minute(4))).toEqual([top])
    expect(await current(top, minute(5))).toEqual([top, mid, end])
    expect((await restore(mid))?.retiredAt).toBeNull()
    expect((await restore(mid))?.retiredAt).toBeNull()
    expect(await current(top)).toEqual([top, mid, end])
  })

  test('what is said again of a time that has passed undoes nothing', async () => {
    const { top, mid, end } = await makeChain('repeated')
    await retire(mid, minute(10))
    await restore(mid, minute(15))
    for (const at of [10, 12]) await retire(mid, minute(at))
    expect(await current(top)).toEqual([top, mid, end])
    expect(await current(top, minute(14))).toEqual([top])
    expect(await current(top, minute(16))).toEqual([top, mid, end])
    await restore(mid, minute(12))
    expect(await current(top, minute(13))).toEqual([top, mid, end])
    expect(await current(top, minute(11))).toEqual([top])
  })

  test('lists say it, and an unknown asset is an error', async () => {
    await make(server, 'listed/gone', { materializedAt: minute(0) })
    await retire('listed/gone', minute(1))
    const listed = await server.query<{ assets: { nodes: object[] } }, undefined>(
      '{ assets(filter: { keyPrefix: "listed/" }) { nodes { key retiredAt } } }',
    )
    expect(listed.assets.nodes).toEqual([{ key: 'listed/gone', retiredAt: minute(1) }])
    for (const document of [RetireAssetDocument, RestoreAssetDocument]) {
      const { errors } = await server.ask(document, { asset: { key: 'nowhere' } })
      expect(errors[0]?.extensions.code).toBe('ASSET_NOT_FOUND')
      const { errors: early } = await server.ask(document, {
        asset: { key: 'listed/gone' },
        at: '2100-01-01T00:00:00Z',
      })
      expect(early[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT', field: 'at' } })
    }
  })

  test('another server on the same database learns of it', async () => {
    const { top, mid, end } = await makeChain('elsewhere')
    await using other = await startTestServer({ database: server.database, variables })
    const seen = async () => {
      await other.seeDatabase()
      const { nodes } = await walk(other, top, { direction: 'DOWNSTREAM', scope: 'CURRENT' })
      return nodes.map(({ asset }) => asset.key)
    }
    expect(await seen()).toEqual([top, mid, end])
    await retire(mid, minute(7))
    expect(await seen()).toEqual([top])
    await restore(mid, minute(8))
    expect(await seen()).toEqual([top, mid, end])
    await retire(mid, minute(10))
    expect(await seen()).toEqual([top])
    await record(server, { materializedAt: minute(11), assets: [{ key: mid }], upstream: [{ key: top }] })
    expect(await seen()).toEqual([top, mid, end])
  })

  test('any course of making, retiring and restoring is seen at each time as it was', async () => {
    const keys = ['a', 'b', 'c', 'd']
    const step = fc.record({
      what: fc.constantFrom('make', 'make', 'make', 'retire', 'restore'),
      key: fc.constantFrom(...keys),
      upstreams: fc.subarray(keys),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 20 }), async (steps) => {
        await clear(server)
        await record(server, { materializedAt: minute(0), assets: keys.map((key) => ({ key })) })
        const inputs = new Map<string, string[]>()
        const gone = new Set<string>()
        const expected: string[][] = []
        for (const [at, { what, key, upstreams }] of steps.entries()) {
          const time = minute(at + 1)
          if (what === 'make') {
            const upstream = upstreams.map((one) => ({ key: one }))
            await record(server, { materializedAt: time, assets: [{ key, upstream }] })
            inputs.set(key, upstreams)
            gone.delete(key)
          } else if (what === 'retire') {
            await retire(key, time)
            gone.add(key)
          } else {
            await restore(key, time)
            gone.delete(key)
          }
          const edges = [...inputs]
            .flatMap(([downstream, ups]) => ups.map((upstream) => [upstream, downstream] as const))
            .filter((edge) => !edge.some((end) => gone.has(end)))
          const from = (root: string) => {
            const seen = new Set([root])
            for (const node of seen) for (const [up, down] of edges) if (up === node) seen.add(down)
            return [...seen].sort()
          }
          const now = async (asOf: string | null, root: string) => {
            const { nodes } = await walk(server, root, { direction: 'DOWNSTREAM', scope: 'CURRENT', asOf })
            return nodes.map(({ asset }) => asset.key).sort()
          }
          expected.push(from('a'))
          expect(await Promise.all(['a', key].map((root) => now(null, root)))).toEqual([from('a'), from(key)])
        }
        await Promise.all(
          expected.map(async (nodes, at) => {
            const then = await walk(server, 'a', {
              direction: 'DOWNSTREAM',
              scope: 'CURRENT',
              asOf: minute(at + 1),
            })
            expect(then.nodes.map(({ asset }) => asset.key).sort()).toEqual(nodes)
          }),
        )
      }),
      { numRuns: 20 },
    )
  }, 120_000)
})
