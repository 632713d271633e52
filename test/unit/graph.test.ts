import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { assetIdOf } from '../../src/lineage/asset-ref.js'
import { Adjacency } from '../../src/lineage/graph/adjacency.js'
import { AssetTable } from '../../src/lineage/graph/asset-table.js'
import { NodePlaces } from '../../src/lineage/graph/node-places.js'
import { NodeSet } from '../../src/lineage/graph/node-set.js'
import { readUuid, writeUuid } from '../../src/lineage/graph/uuid-bytes.js'
import { splitCopiedRows } from '../../src/store/prisma/copy-rows.js'
import { compareCodePoints } from '../../src/util/code-points.js'

const numbersBelow = (end: number) => [...Array(end).keys()]
const node = fc.nat(12)
const actions = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ do: fc.constant('add' as const), upstream: node, downstream: node }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('settle' as const), node, current: fc.array(node) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('unsettle' as const), node }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('compact' as const), steps: fc.nat(12) }) },
  ),
  { maxLength: 60 },
)

test('edges are those that were added, whatever is sorted in, and whenever', () => {
  fc.assert(
    fc.property(actions, (script) => {
      const edges = new Adjacency()
      const expected = new Map<string, { upstream: number; downstream: number; isCurrent: boolean }>()
      const settled = new Set<number>()
      let sorting: Generator<void> | null = null
      for (const action of script) {
        if (action.do === 'add') {
          const { upstream, downstream } = action
          const name = `${upstream}>${downstream}`
          expect(edges.add(upstream, downstream)).toBe(!expected.has(name))
          if (!expected.has(name)) expected.set(name, { upstream, downstream, isCurrent: false })
        } else if (action.do === 'settle') {
          edges.settle(action.node, new Set(action.current))
          settled.add(action.node)
          for (const edge of expected.values())
            if (edge.downstream === action.node) edge.isCurrent = action.current.includes(edge.upstream)
        } else if (action.do === 'unsettle') {
          edges.unsettle(action.node)
          settled.delete(action.node)
        } else {
          sorting ??= edges.compact(13)
          let isDone = false
          for (let step = 0; step <= action.steps && !isDone; step++) isDone = sorting.next().done === true
          if (isDone) sorting = null
        }
        const [found, wanted]: [unknown[], unknown[]] = [[], []]
        for (let at = 0; at <= 12; at++) {
          found.push(edges.isSettled(at))
          wanted.push(settled.has(at))
          for (const [way, near, far] of [
            ['UPSTREAM', 'downstream', 'upstream'],
            ['DOWNSTREAM', 'upstream', 'downstream'],
          ] as const) {
            const own = [...expected.values()].filter((edge) => edge[near] === at)
            found.push(edges.degree(at, way))
            wanted.push(own.length)
            for (const scope of ['ALL', 'CURRENT'] as const) {
              const neighbours = [...edges.neighbours([at], way, scope)]
              const inScope = own.filter(({ isCurrent }) => scope === 'ALL' || isCurrent)
              found.push(neighbours.sort((a, b) => a - b))
              wanted.push(inScope.map((edge) => edge[far]).sort((a, b) => a - b))
              // Its own number counts as visited, and the even ones.
              const visited = new NodeSet()
              for (const one of [at, 0, 2, 4, 6, 8, 10, 12]) visited.add(one)
              const nodes = Int32Array.of(at, (at + 1) % 13)
              const around = [...edges.neighbours(nodes, way, scope)]
              const fresh = [...new Set(around)].filter((one) => !visited.has(one))
              found.push(
                [...edges.expand(nodes, visited, way, scope)],
                around.every((one) => visited.has(one)),
              )
              wanted.push(fresh, true)
            }
          }
        }
        expect(found).toEqual(wanted)
        expect(edges.count).toBe(expected.size)
      }
    }),
    { numRuns: 100 },
  )
})

describe('a table of assets', () => {
  const name = fc.record({
    namespace: fc.constantFrom('default', 'a', 'ａ', '𝒳', '\uFEFFa'),
    key: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }),
  })
  const order = (a: { namespace: string; key: string }, b: { namespace: string; key: string }) =>
    compareCodePoints(a.namespace, b.namespace) || compareCodePoints(a.key, b.key)

  test('finds each by its id, and gives them by name, however many were ranked', () => {
    fc.assert(
      fc.property(
        fc.array(name, { maxLength: 40 }),
        fc.nat(40),
        name,
        fc.nat(10),
        (names, ranked, after, count) => {
          const table = new AssetTable()
          const numbers = new Map<string, number>()
          names.forEach((one, at) => {
            const number = table.add(assetIdOf(one), one)
            expect(numbers.get(assetIdOf(one)) ?? number).toBe(number)
            numbers.set(assetIdOf(one), number)
            if (at === ranked) for (const _ of table.rankNames());
          })
          for (const [id, number] of numbers) {
            expect(table.numberOf(id)).toBe(number)
            expect(table.idOf(number)).toBe(id)
          }
          expect(table.numberOf(assetIdOf({ namespace: 'nobody', key: 'nothing' }))).toBe(-1)
          const unique = [...new Map(names.map((one) => [assetIdOf(one), one])).values()]
          const inOrder = unique.sort(order).map((one) => numbers.get(assetIdOf(one)))
          expect(table.firstByName([...numbers.values()], null, 100)).toEqual(inOrder)
          const behind = unique
            .filter((one) => order(one, after) > 0)
            .map((one) => numbers.get(assetIdOf(one)))
          expect(table.firstByName([...numbers.values()], after, count)).toEqual(behind.slice(0, count))
        },
      ),
    )
  })

  const packedIds = (ids: readonly string[]) => Buffer.from(ids.join('').replaceAll('-', ''), 'hex')
  const packed = (names: readonly { namespace: string; key: string }[]) => {
    const bytes = (texts: string[]) => Buffer.concat(texts.map((text) => Buffer.from(text)))
    const lengths = (texts: string[]) =>
      Buffer.concat(
        texts.map((text) => {
          const length = Buffer.alloc(4)
          length.writeInt32BE(Buffer.byteLength(text))
          return length
        }),
      )
    const [namespaces, keys] = [names.map(({ namespace }) => namespace), names.map(({ key }) => key)]
    return {
      ids: packedIds(names.map(assetIdOf)),
      namespaceLengths: lengths(namespaces),
      namespaces: bytes(namespaces),
      keyLengths: lengths(keys),
      keys: bytes(keys),
    }
  }
  const isLoadedInOrder = (names: { namespace: string; key: string }[], cut: number) => {
    const table = new AssetTable()
    table.load(packed(names.slice(0, cut)))
    table.load(packed(names.slice(cut)))
    for (const _ of table.loaded());
    const inOrder = [...names].sort(order)
    const ids = inOrder.map(assetIdOf)
    expect(table.unranked).toBe(0)
    expect(ids.map((_, number) => table.idOf(number))).toEqual(ids)
    const unknown = assetIdOf({ namespace: 'nobody', key: 'nothing' })
    expect([...table.numbersOf(packedIds([unknown, ...ids, unknown]))]).toEqual([-1, ...ids.keys(), -1])
    return table
  }

  test('numbers what is loaded by name, and takes in more afterwards', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(name, { maxLength: 60, selector: assetIdOf }),
        fc.nat(60),
        fc.nat(60),
        (names, cut, loaded) => {
          const table = isLoadedInOrder(names.slice(0, loaded), cut)
          for (const one of names) table.add(assetIdOf(one), one)
          const numbers = [...names].sort(order).map((one) => table.numberOf(assetIdOf(one)))
          expect(table.firstByName(numbersBelow(names.length), null, names.length)).toEqual(numbers)
          for (const _ of table.rankNames());
          expect(table.firstByName(numbersBelow(names.length), null, names.length)).toEqual(numbers)
        },
      ),
    )
  })

  test('sorts tens of thousands of names that begin alike, or end where others go on', () => {
    const names = Array.from({ length: 30_000 }, (_, at) => ({
      namespace: at % 9 === 0 ? 'other' : 'default',
      key: at % 5 === 0 ? `stage-${at % 7}/${'x'.repeat(at % 11)}/${at}` : `stage-${at}`,
    }))
    isLoadedInOrder(names, 17_000)
  })

  test('keeps thousands apart', () => {
    const table = new AssetTable()
    const ids = Array.from({ length: 20_000 }, (_, at) => assetIdOf({ namespace: 'n', key: `key/${at}` }))
    const numbers = ids.map((id, at) => table.add(id, { namespace: 'n', key: `key/${at}` }))
    expect(numbers).toEqual([...ids.keys()])
    expect(ids.map((id) => table.numberOf(id))).toEqual(numbers)
  })
})

test('a set of nodes is a set, few or many, added one by one or at once', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(5_000), { maxLength: 2_000, size: 'max' }), fc.nat(2_000), (nodes, cut) => {
      const set = new NodeSet()
      const expected = new Set<number>()
      const isNew = (one: number) => {
        const has = expected.has(one)
        expected.add(one)
        return !has
      }
      const [single, many] = [nodes.slice(0, cut), Int32Array.from(nodes.slice(cut))]
      expect(single.map((one) => set.add(one))).toEqual(single.map(isNew))
      const fresh = [...many].filter(isNew)
      expect([...many.subarray(0, set.addAll(many, many.length))]).toEqual(fresh)
      const all = [...Array(5_002).keys()]
      expect(all.filter((one) => set.has(one))).toEqual([...expected].sort((a, b) => a - b))
    }),
    { numRuns: 50 },
  )
})

test('each node of a list has its place there, and no other node has one', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.nat(2 ** 26 - 1), { maxLength: 300 }),
      fc.nat(2 ** 26 - 1),
      (nodes, other) => {
        const places = new NodePlaces(nodes)
        expect(nodes.map((node) => places.of(node))).toEqual([...nodes.keys()])
        expect(places.of(other)).toBe(nodes.indexOf(other))
      },
    ),
  )
})

test('a UUID is the same after it was bytes', () => {
  fc.assert(
    fc.property(fc.uuid(), fc.nat(20), (uuid, offset) => {
      const bytes = new Uint8Array(40)
      writeUuid(uuid, bytes, offset)
      expect(readUuid(bytes, offset)).toBe(uuid)
      expect(Buffer.from(bytes.subarray(offset, offset + 16)).toString('hex')).toBe(uuid.replaceAll('-', ''))
    }),
  )
})

test('rows copied in binary come whole, wherever the stream is cut', () => {
  const row = fc.array(fc.option(fc.uint8Array({ maxLength: 9 }), { nil: null }), {
    minLength: 1,
    maxLength: 3,
  })
  fc.assert(
    fc.property(fc.array(row), fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }), (rows, cuts) => {
      const int = (value: number, bytes: 2 | 4) => {
        const buffer = Buffer.alloc(bytes)
        buffer.writeIntBE(value, 0, bytes)
        return buffer
      }
      const bytes = Buffer.concat([
        Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'),
        int(0, 4),
        int(0, 4),
        ...rows.flatMap((fields) => [
          int(fields.length, 2),
          ...fields.flatMap((field) => (field === null ? [int(-1, 4)] : [int(field.length, 4), field])),
        ]),
        int(-1, 2),
      ])
      const found: string[][] = []
      const split = splitCopiedRows((copied, bounds) =>
        found.push(
          bounds.flatMap((end, place) =>
            place % 2 === 0 ? [] : copied.toString('hex', bounds[place - 1], end),
          ),
        ),
      )
      for (let at = 0, cut = 0; at < bytes.length; cut++) {
        const length = cuts[cut % cuts.length] ?? 1
        split(bytes.subarray(at, at + length))
        at += length
      }
      expect(found).toEqual(
        rows.map((fields) => fields.map((field) => Buffer.from(field ?? []).toString('hex'))),
      )
    }),
  )
})
