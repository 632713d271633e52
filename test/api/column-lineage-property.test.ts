import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { ColumnLineageDocument, type ColumnTransformationType } from '../../schema/operations.generated.js'
import { type ColumnLineageAnswer, columnEdges, columnsAt, walkColumnsOn } from '../harness/columns.js'
import { distancesFrom, type PlacedEdge } from '../harness/random-graphs.js'
import { minute, type Run, recordBatch } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'
import { queryEach } from '../harness/together.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const KEYS = ['a', 'b', 'c/d', '\u{fb01}']
const COLUMNS = ['x', 'y.z', '\u{1f600}']

/** What one materialization says of one column, or of all where `column` is null. */
interface Said {
  key: string
  column: string | null
  at: number
  inputs: { key: string; column: string; types: ColumnTransformationType[]; subtype: string }[]
}

const said: fc.Arbitrary<Said> = fc.record({
  key: fc.constantFrom(...KEYS),
  column: fc.option(fc.constantFrom(...COLUMNS), { freq: 5 }),
  at: fc.nat(5),
  inputs: fc.uniqueArray(
    fc.record({
      key: fc.constantFrom(...KEYS),
      column: fc.constantFrom(...COLUMNS),
      types: fc.uniqueArray(fc.constantFrom<ColumnTransformationType>('DIRECT', 'INDIRECT')),
      subtype: fc.constantFrom('A', '\u{fb01}', '\u{1f600}'),
    }),
    { maxLength: 3, selector: ({ key, column }) => key + column },
  ),
})

function runOf({ key, column, at, inputs }: Said, namespace: string): Run {
  const stated = inputs.map((input) => ({
    asset: { key: input.key, namespace },
    column: input.column,
    transformations: input.types.map((type) => ({ type, subtype: input.subtype })),
  }))
  const made =
    column === null ? { columnDependencies: stated } : { columns: [{ name: column, inputs: stated }] }
  return { materializedAt: minute(at), assets: [{ key, namespace, ...made }] }
}

interface ModelEdge {
  from: number
  to: number
  mark: string
  subtypes: string[]
  statedAt: number
  first: number
  last: number
}

const byCodePoint = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))

/** The rules of columns as docs/concepts.md has them, over a plain list. */
class Model {
  /** `key.column` of each column that anything has named. */
  readonly names: string[]
  private readonly edges: ModelEdge[]

  constructor(all: readonly Said[]) {
    const named = new Set<string>()
    for (const { key, column, inputs } of all) {
      if (column !== null) named.add(`${key}.${column}`)
      for (const input of inputs) named.add(`${input.key}.${input.column}`)
    }
    this.names = [...named].sort((a, b) => {
      const [[keyA, columnA], [keyB, columnB]] = [splitName(a), splitName(b)]
      return byCodePoint(keyA, keyB) || byCodePoint(columnA, columnB)
    })
    const stated = all.flatMap((one) => this.#statedBy(one))
    const edges = new Map<string, ModelEdge>()
    for (const edge of stated) {
      const id = `${edge.from} ${edge.mark} ${edge.to}`
      const known = edges.get(id)
      if (known === undefined) {
        edges.set(id, { ...edge })
        continue
      }
      const isNewer =
        edge.statedAt > known.statedAt ||
        (edge.statedAt === known.statedAt && byCodePoint(textOf(edge), textOf(known)) > 0)
      if (isNewer) Object.assign(known, { statedAt: edge.statedAt, subtypes: edge.subtypes })
      known.first = Math.min(known.first, edge.first)
      known.last = Math.max(known.last, edge.last)
    }
    this.edges = [...edges.values()]
  }

  #statedBy({ key, column, at, inputs }: Said): ModelEdge[] {
    const targets =
      column === null ? this.names.filter((name) => splitName(name)[0] === key) : [`${key}.${column}`]
    return inputs.flatMap((input) => {
      const from = this.names.indexOf(`${input.key}.${input.column}`)
      const of = (mark: string, isThere: boolean) => ({ mark, subtypes: isThere ? [input.subtype] : [] })
      const { types } = input
      const marks =
        column === null
          ? [of('~*', types.length > 0)]
          : [
              ...(types.length === 0 || types.includes('DIRECT') ? [of('>', types.includes('DIRECT'))] : []),
              ...(types.includes('INDIRECT') ? [of('~', true)] : []),
            ]
      return targets.flatMap((name) =>
        marks.map((one) => ({
          ...one,
          ...{ from, to: this.names.indexOf(name), statedAt: at, first: at, last: at },
        })),
      )
    })
  }

  walk(root: number, direction: 'UPSTREAM' | 'DOWNSTREAM' | 'BOTH', depth: number | null, isAll: boolean) {
    const edges = this.edges.filter(({ mark }) => isAll || mark === '>')
    const plain = edges.map(({ from, to }): PlacedEdge => [from, to])
    const distances = distancesFrom(root, plain, direction, depth)
    const whole = distancesFrom(root, plain, direction, null)
    const isWhole = whole.size === distances.size
    return {
      nodes: [...distances]
        .sort(([a, far], [b, farther]) => far - farther || a - b)
        .map(([node, distance]) => `${this.names[node]}@${distance}`),
      edges: edges
        .filter(({ from, to }) => distances.has(from) && distances.has(to))
        .map((edge) => {
          const ends = `${this.names[edge.from]}${edge.mark}${this.names[edge.to]}`
          return `${ends} ${edge.subtypes} ${minute(edge.first)} ${minute(edge.last)}`
        })
        .sort(),
      completeness: { complete: isWhole, stoppedBy: isWhole ? [] : ['DEPTH'], nextCursor: null },
    }
  }
}

/** The order of equally new transformations is that of their canonical JSON. */
const textOf = ({ subtypes }: ModelEdge) => (subtypes.length === 0 ? '[]' : `[{"${subtypes[0]}"`)

function splitName(name: string): [key: string, column: string] {
  const key = KEYS.find((one) => name.startsWith(`${one}.`)) ?? ''
  return [key, name.slice(key.length + 1)]
}

function shown(answer: ColumnLineageAnswer) {
  const names = columnEdges(answer.edges)
  return {
    nodes: columnsAt(answer),
    edges: answer.edges
      .map(({ transformations, firstSeenAt, lastSeenAt }, at) => {
        const subtypes = transformations.map(({ subtype }) => subtype)
        return `${names[at]} ${subtypes} ${firstSeenAt} ${lastSeenAt}`
      })
      .sort(),
    completeness: answer.completeness,
  }
}

/** Whether these edges have a cycle: none where all nodes can be taken off in turn. */
function hasCycle(edges: readonly { upstream: unknown; downstream: unknown }[]): boolean {
  let left = edges.map(({ upstream, downstream }) => [JSON.stringify(upstream), JSON.stringify(downstream)])
  for (;;) {
    const made = new Set(left.map(([, downstream]) => downstream))
    const further = left.filter(([upstream]) => made.has(upstream))
    if (further.length === left.length) return left.length > 0
    left = further
  }
}

const walk = fc.record({
  root: fc.nat(),
  direction: fc.constantFrom('UPSTREAM' as const, 'DOWNSTREAM' as const, 'BOTH' as const),
  depth: fc.option(fc.nat(3), { freq: 2 }),
  includeIndirect: fc.boolean(),
})

test('a walk is what the rules say, in whatever order it was recorded; and cut anywhere and continued it is the same', async () => {
  let cases = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(said, { minLength: 1, maxLength: 20, size: 'max' }),
      fc.array(walk, { minLength: 10, maxLength: 10 }),
      fc.integer({ min: 1, max: 5 }),
      async (log, walks, limit) => {
        const namespace = `case-${cases++}`
        // Both within a call and from one to the next what is newer counts.
        const runs = log.map((one) => runOf(one, namespace))
        await recordBatch(server, runs.slice(0, limit))
        if (runs.length > limit) await recordBatch(server, runs.slice(limit))
        const model = new Model(log)
        if (model.names.length === 0) return
        const rootOf = (root: number) => {
          const [key, column] = splitName(model.names[root % model.names.length] ?? '')
          return { key, column, namespace }
        }
        const answers = await queryEach(server, ColumnLineageDocument, walks, ({ root, ...args }) => {
          const { column, ...asset } = rootOf(root)
          return { asset, column, ...args }
        })
        for (const [{ root, direction, depth, includeIndirect }, { columnLineage }] of answers) {
          const expected = model.walk(root % model.names.length, direction, depth, includeIndirect)
          expect(shown(columnLineage)).toEqual(expected)
          const closing = new Set(columnEdges(columnLineage.backEdges))
          const names = columnEdges(columnLineage.edges)
          expect(hasCycle(columnLineage.edges.filter((_, at) => !closing.has(names[at] ?? '')))).toBe(false)
          expect(closing.size > 0).toBe(hasCycle(columnLineage.edges))
        }

        const [first] = answers
        if (first === undefined) return
        const [{ root, ...args }, { columnLineage: whole }] = first
        const pages = await walkColumnsOn(server, rootOf(root), { ...args, limit })
        expect(pages.flatMap(columnsAt)).toEqual(columnsAt(whole))
        expect(pages.flatMap(({ edges }) => edges)).toEqual(whole.edges)
        expect(pages.flatMap(({ backEdges }) => backEdges)).toEqual(whole.backEdges)
        expect(pages.at(-1)?.completeness).toEqual(whole.completeness)
        for (const page of pages.slice(0, -1)) {
          expect(page.nodes).toHaveLength(limit)
          expect(page.completeness).toMatchObject({ complete: false, stoppedBy: ['NODE_LIMIT'] })
        }
      },
    ),
    { numRuns: 100, interruptAfterTimeLimit: 100_000, markInterruptAsFailure: true },
  )
}, 120_000)
