import { expect, test } from '@jest/globals'
import { assetIdOf, DEFAULT_NAMESPACE } from '../../src/lineage/asset-ref.js'
import type { Asset } from '../../src/lineage/entities.js'
import { MemoryGraph } from '../../src/lineage/graph/memory-graph.js'
import { MemoryGraphReader } from '../../src/lineage/graph/memory-graph-reader.js'
import { findPaths, type PathPosition, type Paths } from '../../src/lineage/paths/paths.js'
import { TimeLimit } from '../../src/lineage/walk/time-limit.js'
import { Heap } from '../../src/util/heap.js'

/** Is over when it has been asked so many times. */
class Countdown extends TimeLimit {
  constructor(private left: number) {
    super(Number.POSITIVE_INFINITY)
  }

  override get isOver(): boolean {
    return this.left-- <= 0
  }
}

const idOf = (key: string) => assetIdOf({ namespace: DEFAULT_NAMESPACE, key })

/** Ten ways of two hops from a to z. */
const KEYS = ['a', ...Array.from({ length: 10 }, (_, at) => `b${at}`), 'z']

function fan(): MemoryGraphReader {
  const graph = new MemoryGraph()
  const edges = KEYS.slice(1, -1).flatMap((key) => [
    { upstreamId: idOf('a'), downstreamId: idOf(key) },
    { upstreamId: idOf(key), downstreamId: idOf('z') },
  ])
  const assets = KEYS.map((key) => ({ id: idOf(key), namespace: DEFAULT_NAMESPACE, key }))
  graph.apply({ assets, edges, materialized: [], retired: [] })
  const rows = {
    assets: async (nodes: readonly number[]) =>
      nodes.map((node) => ({ assetId: graph.assets.idOf(node), key: KEYS[node] }) as Asset),
    tally: async () => [],
    otherNames: async () => [],
    nameOf: async () => null,
    sightings: async () => [],
    settle: async () => {},
    canonicalId: async (assetId: string) => assetId,
    catchUp: async () => {},
  }
  return new MemoryGraphReader(graph, rows, 'w')
}

async function ask(time: TimeLimit, after: PathPosition | null = null): Promise<Paths> {
  const ends = { fromId: idOf('a'), toId: idOf('z') }
  const request = { ...ends, scope: 'ALL' as const, limit: 10, maxLength: null, time, after }
  const answer = await findPaths(fan(), request)
  if ('missing' in answer) throw new Error(answer.missing)
  return answer
}

const throughOf = ({ paths }: Paths) => paths.map(({ assets }) => assets[1]?.key)

test('whenever time is over, the first paths are answered, and the answer goes on from there', async () => {
  const whole = throughOf(await ask(new TimeLimit(Number.POSITIVE_INFINITY)))
  expect(whole).toEqual(KEYS.slice(1, -1))
  const counts = new Set<number>()
  for (let checks = 0; ; checks++) {
    const cut = await ask(new Countdown(checks))
    expect(throughOf(cut)).toEqual(whole.slice(0, cut.paths.length))
    counts.add(cut.paths.length)
    if (cut.stoppedBy.length === 0) break
    expect(cut.stoppedBy).toEqual(['TIME_LIMIT'])
    if (cut.next === null) {
      expect(cut.paths).toEqual([])
      continue
    }
    const rest = await ask(new TimeLimit(Number.POSITIVE_INFINITY), cut.next)
    expect([...throughOf(cut), ...throughOf(rest)]).toEqual(whole)
    expect(rest.stoppedBy).toEqual([])
    // Time that suffices for what comes before alone leads no further.
    const again = await ask(new Countdown(checks), cut.next)
    expect(again).toMatchObject({ paths: [], stoppedBy: ['TIME_LIMIT'], next: null })
  }
  expect([...counts]).toEqual([...Array(11).keys()])
})

test('what a heap is given comes out in order', () => {
  const heap = new Heap<number>((one, other) => one - other)
  const items = Array.from({ length: 200 }, (_, at) => (at * 7_919) % 101)
  for (const item of items.slice(0, 150)) heap.push(item)
  const out = Array.from({ length: 100 }, () => heap.pop())
  for (const item of items.slice(150)) heap.push(item)
  const rest = Array.from({ length: 101 }, () => heap.pop())
  const sorted = items.slice(0, 150).sort((one, other) => one - other)
  expect(out).toEqual(sorted.slice(0, 100))
  const left = [...sorted.slice(100), ...items.slice(150)].sort((one, other) => one - other)
  expect(rest).toEqual([...left, undefined])
})
