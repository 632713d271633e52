import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { type KeyedEdge, seedGraph } from '../harness/graph.js'
import { findPaths, findPathsOn, type PathsOptions, pathNames } from '../harness/paths.js'
import { make, minute, record } from '../harness/recordings.js'
import { startTestServer, type TestServer, WALKED } from '../harness/server.js'

// Seeding a graph of 100,000 takes its time where cores are few.
jest.setTimeout(240_000)

const COMPLETE = { complete: true, stoppedBy: [], nextCursor: null }

const two = (count: number) => String(count).padStart(2, '0')

const ladder = (rungs: number): KeyedEdge[] =>
  Array.from({ length: rungs }, (_, at): KeyedEdge[] => [
    [`ladder/${two(at)}`, `left/${two(at)}`],
    [`ladder/${two(at)}`, `right/${two(at)}`],
    [`left/${two(at)}`, `ladder/${two(at + 1)}`],
    [`right/${two(at)}`, `ladder/${two(at + 1)}`],
  ]).flat()

/** Every node with its neighbours, both ways: every way on but the right one leads back. */
const grid = (size: number): KeyedEdge[] =>
  Array.from({ length: size * size }, (_, at): KeyedEdge[] => {
    const [x, y] = [at % size, Math.floor(at / size)]
    const neighbours = [
      [x - 1, y],
      [x + 1, y],
      [x, y - 1],
      [x, y + 1],
    ] as const
    return neighbours
      .filter((place) => place.every((part) => part >= 0 && part < size))
      .map(([a, b]) => [`grid/${x},${y}`, `grid/${a},${b}`])
  }).flat()

const COMPLETE_SIZE = 12

const completeDigraph = Array.from({ length: COMPLETE_SIZE ** 2 }, (_, at): KeyedEdge => {
  const [from, to] = [Math.floor(at / COMPLETE_SIZE), at % COMPLETE_SIZE]
  return [`all/${two(from)}`, `all/${two(to)}`]
})

/** All simple paths of at most so many hops, by going them, in order. */
function pathsUpTo(edges: readonly KeyedEdge[], from: string, to: string, hops: number): string[] {
  const next = new Map<string, string[]>()
  for (const [upstream, downstream] of edges)
    next.set(upstream, [...(next.get(upstream) ?? []), downstream].sort())
  const found: string[][] = []
  const go = (path: readonly string[]) => {
    const last = path.at(-1) ?? from
    if (last === to) found.push([...path])
    else if (path.length <= hops)
      for (const end of next.get(last) ?? []) if (!path.includes(end)) go([...path, end])
  }
  go([from])
  // They were found in the order of names, which sorting by length keeps.
  return found.sort((one, other) => one.length - other.length).map((path) => path.join(' > '))
}

describe.each(Object.entries(WALKED))('paths over %s:', (_name, variables) => {
  let server: TestServer
  const ask = (from: string, to: string, options?: PathsOptions) => findPaths(server, from, to, options)

  describe('of shapes', () => {
    beforeAll(async () => {
      server = await startTestServer({ variables })
      await seedGraph(server, [
        ...ladder(60),
        ...grid(4),
        ...completeDigraph,
        ...Array.from({ length: 999 }, (_, at): KeyedEdge[] => [
          [`back/${at}`, `back/${at + 1}`],
          [`back/${at + 1}`, `back/${at}`],
        ]).flat(),
      ])
    })
    afterAll(() => server[Symbol.asyncDispose]())

    test('a ladder of 60 rungs answers with the first 10 of 2^60', async () => {
      // Of the same length: in the order of a number whose bits say left or right, the last rung's bit the lowest.
      const wanted = Array.from({ length: 10 }, (_, number) => {
        const rung = (at: number) => ((number >> Math.min(59 - at, 30)) & 1) === 0
        const knots = Array.from({ length: 60 }, (_, at) => [
          `ladder/${two(at)}`,
          `${rung(at) ? 'left' : 'right'}/${two(at)}`,
        ])
        return [...knots.flat(), 'ladder/60'].join(' > ')
      })
      for (const scope of ['ALL', 'CURRENT'] as const) {
        const answer = await ask('ladder/00', 'ladder/60', { scope })
        expect(pathNames(answer)).toEqual(wanted)
        expect(answer.paths.map(({ length }) => length)).toEqual(new Array(10).fill(120))
        expect(answer.completeness).toMatchObject({ complete: false, stoppedBy: ['NODE_LIMIT'] })
      }
    })

    test('statements do not grow with the number of paths', async () => {
      await ask('ladder/00', 'ladder/60', { limit: 1_000 })
      const one = await server.statementsOf(() => ask('ladder/00', 'ladder/60', { limit: 1 }))
      const many = await server.statementsOf(() => ask('ladder/00', 'ladder/60', { limit: 1_000 }))
      expect(many).toEqual(one)
      expect(many.length).toBeLessThanOrEqual(10)
    })

    test('the paths of an answer hold no more than 100,000 assets, and the next answer goes on', async () => {
      const pages = await findPathsOn(server, 'ladder/00', 'ladder/60', { limit: 1_000 }, 2)
      expect(pages.map(({ paths }) => paths.length)).toEqual([826, 826])
      expect(pages[0]?.completeness).toMatchObject({ complete: false, stoppedBy: ['NODE_LIMIT'] })
      const names = pages.flatMap(pathNames)
      expect(names).toEqual([...new Set(names)].sort())
    })

    test('one can page through 10,000 paths, and is told that there are more', async () => {
      const [from, to] = ['all/00', 'all/01']
      const pages = await findPathsOn(server, from, to, { limit: 1_000 })
      expect(pages.map(({ paths }) => paths.length)).toEqual(new Array(10).fill(1_000))
      expect(pages.at(-1)?.completeness).toEqual({
        complete: false,
        stoppedBy: ['NODE_LIMIT'],
        nextCursor: null,
      })
      expect(pages.flatMap(pathNames)).toEqual(pathsUpTo(completeDigraph, from, to, 6).slice(0, 10_000))
    })

    test('where what comes before is in the way of every shortest way on, they are found around it', async () => {
      const [from, to] = ['grid/0,0', 'grid/3,3']
      const all = pathsUpTo(grid(4), from, to, 15)
      expect(all).toHaveLength(184)
      const answer = await ask(from, to, { limit: 1_000 })
      expect(pathNames(answer)).toEqual(all)
      expect(answer.completeness).toEqual(COMPLETE)
      const pages = await findPathsOn(server, from, to, { limit: 7 })
      expect(pages.flatMap(pathNames)).toEqual(all)
      expect(pages).toHaveLength(27)
    })

    test('one that can be left at every step only back to where it has been is the only one', async () => {
      const answer = await ask('back/0', 'back/999')
      expect(answer.paths.map(({ length }) => length)).toEqual([999])
      expect(answer.completeness).toEqual(COMPLETE)
      const none = await ask('back/0', 'back/999', { maxLength: 998 })
      expect(none.paths).toEqual([])
      expect(none.completeness).toEqual({ complete: false, stoppedBy: ['DEPTH'], nextCursor: null })
    })

    test('there is none between what is not connected, nor against the flow', async () => {
      for (const [from, to] of [
        ['ladder/00', 'grid/0,0'],
        ['ladder/60', 'ladder/00'],
        ['left/07', 'right/07'],
      ] as const)
        expect(await ask(from, to)).toMatchObject({ paths: [], completeness: COMPLETE })
    })

    test('there is one from an asset to itself, of length 0, whatever cycles there are', async () => {
      for (const key of ['all/00', 'ladder/60']) {
        const answer = await ask(key, key, { maxLength: 0, limit: 1 })
        expect(answer).toMatchObject({ paths: [{ assets: [{ key }], length: 0 }], completeness: COMPLETE })
      }
    })

    test('an end that is not recorded is named', async () => {
      for (const [from, to, name] of [
        ['nowhere', 'ladder/00', 'from'],
        ['ladder/00', 'nowhere', 'to'],
        ['nowhere', 'nowhere', 'from'],
      ] as const)
        await expect(ask(from, to)).rejects.toThrow(`${name}: no asset \\"nowhere\\" in namespace`)
    })
  })

  describe('as recorded', () => {
    beforeAll(async () => {
      server = await startTestServer({ variables })
    })
    afterAll(() => server[Symbol.asyncDispose]())

    test('those of now and of before, by scope and by time', async () => {
      await make(server, 'now/b', { materializedAt: minute(1), upstream: [{ key: 'now/a' }] })
      await make(server, 'now/c', {
        materializedAt: minute(2),
        upstream: [{ key: 'now/a' }, { key: 'now/b' }],
      })
      const { watermark } = await record(server, {
        materializedAt: minute(4),
        assets: [{ key: 'now/c' }],
        upstream: [{ key: 'now/b' }],
      })
      const names = async (options: PathsOptions) =>
        pathNames(await ask('now/a', 'now/c', { atLeast: watermark, ...options }))
      const [direct, over] = ['now/a > now/c', 'now/a > now/b > now/c']
      expect(await names({})).toEqual([direct, over])
      expect(await names({ scope: 'CURRENT' })).toEqual([over])
      expect(await names({ scope: 'CURRENT', asOf: minute(3) })).toEqual([direct, over])
      await expect(names({ asOf: minute(1) })).rejects.toThrow('to: no asset')
    })

    test('an answer says the state that it reflects', async () => {
      const before = (await ask('now/a', 'now/c')).watermark
      const { watermark } = await record(server, { assets: [{ key: 'now/d' }], upstream: [{ key: 'now/c' }] })
      const answer = await ask('now/a', 'now/d', { atLeast: watermark })
      expect(answer.paths).toHaveLength(2)
      expect(answer.watermark).not.toBe(before)
      await expect(ask('now/a', 'now/d', { atLeast: 'forged' })).rejects.toThrow('atLeast')
    })

    test('what changes before a cursor is said, to the last page; what changes behind it is not', async () => {
      const diamond = (name: string) =>
        record(server, {
          assets: [{ key: `way/${name}`, upstream: [{ key: 'way' }] }],
        }).then(() => record(server, { assets: [{ key: 'way/end', upstream: [{ key: `way/${name}` }] }] }))
      for (const name of ['b', 'd', 'f', 'h', 'j']) await diamond(name)
      const first = await ask('way', 'way/end', { limit: 2 })
      const after = first.completeness.nextCursor
      expect(pathNames(first)).toEqual(['way > way/b > way/end', 'way > way/d > way/end'])

      await diamond('g')
      const second = await ask('way', 'way/end', { limit: 2, after })
      expect(pathNames(second)).toEqual(['way > way/f > way/end', 'way > way/g > way/end'])
      expect(second.completeness.stoppedBy).toEqual(['NODE_LIMIT'])

      await diamond('a')
      const third = await ask('way', 'way/end', { limit: 2, after })
      expect(pathNames(third)).toEqual(['way > way/d > way/end', 'way > way/f > way/end'])
      expect(third.completeness.stoppedBy).toEqual(['NODE_LIMIT', 'CHANGED'])
      const last = await ask('way', 'way/end', { after: third.completeness.nextCursor })
      expect(last.completeness).toEqual({ complete: false, stoppedBy: ['CHANGED'], nextCursor: null })
      expect(last.paths).toHaveLength(3)
    })
  })
})

test('of a graph of 100,000 what was found in time is answered with, in order', async () => {
  // Two upstreams each among the thousand before: paths of all lengths, and no end of them.
  const size = 100_000
  const edges = Array.from({ length: size - 1 }, (_, before): KeyedEdge[] => {
    const at = before + 1
    const upstreams = new Set(
      [7_919, 104_729].map((factor) => at - 1 - ((at * factor) % Math.min(at, 1_000))),
    )
    return [...upstreams].map((upstream) => [`n/${upstream}`, `n/${at}`] as const)
  }).flat()
  await using server = await startTestServer()
  await seedGraph(server, edges)
  const whole = await findPaths(server, 'n/0', `n/${size - 1}`, { limit: 100 })
  expect(whole.paths).toHaveLength(100)
  expect(whole.completeness.stoppedBy).toEqual(['NODE_LIMIT'])
  for (const variables of Object.values(WALKED)) {
    await using hasty = await startTestServer({
      database: server.database,
      variables: { ...variables, HEADWATER_WALK_TIMEOUT_MS: '1' },
    })
    const answer = await findPaths(hasty, 'n/0', `n/${size - 1}`, { limit: 100 })
    expect(answer.completeness).toMatchObject({ complete: false, stoppedBy: ['TIME_LIMIT'] })
    expect(pathNames(answer)).toEqual(pathNames(whole).slice(0, answer.paths.length))
  }
})
