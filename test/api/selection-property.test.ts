import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  LineageOfSelectionDocument,
  type LineageOfSelectionQuery,
  type LineageOfSelectionQueryVariables,
} from '../../schema/operations.generated.js'
import { compareKeys } from '../harness/random-graphs.js'
import {
  ASSETS,
  expressions,
  type Model,
  type ModelEdge,
  recordSelectionGraph,
  type SelectionGraph,
  selectionGraph,
} from '../harness/selections.js'
import { startTestServer, type TestServer, WALKED } from '../harness/server.js'

const SCOPES = ['ALL', 'CURRENT'] as const
type Scope = (typeof SCOPES)[number]

interface Name {
  namespace: string
  key: string
}

/** The places of all assets, in the order of lists. */
const ORDER = [...ASSETS.keys()].sort((a, b) => compareKeys(sortOf(a), sortOf(b)))

function sortOf(at: number): string {
  const { namespace = '', key = '' } = ASSETS[at] ?? {}
  return `${namespace}\u0001${key}`
}

const placeOf = ({ namespace, key }: Name) =>
  ASSETS.findIndex((one) => one.namespace === namespace && one.key === key)

const inOrder = (places: ReadonlySet<number>) => ORDER.filter((at) => places.has(at))

describe.each(Object.entries(WALKED))('walking %s,', (_name, variables) => {
  let server: TestServer
  beforeAll(async () => {
    // Each request asks of many selections.
    server = await startTestServer({
      variables: { ...variables, HEADWATER_QUERY_ALIASES: '50', HEADWATER_QUERY_SAME_KEY: '50' },
    })
  })
  afterAll(() => server[Symbol.asyncDispose]())

  /** What each of some selections selects, of one request. */
  async function select(selections: readonly string[], scope: Scope): Promise<number[][]> {
    const names = selections.map((_, at) => `$s${at}: String!`).join(', ')
    const fields = selections.map(
      (_, at) => `s${at}: assets(selection: $s${at}, scope: ${scope}) { nodes { namespace key } totalCount }`,
    )
    const values = Object.fromEntries(selections.map((text, at) => [`s${at}`, text]))
    type Data = Record<string, { nodes: Name[]; totalCount: number }>
    const answers = Object.values(
      await server.query<Data, object>(`query (${names}) { ${fields.join('\n')} }`, values),
    )
    for (const { nodes, totalCount } of answers) expect(totalCount).toBe(nodes.length)
    return answers.map(({ nodes }) => nodes.map(placeOf))
  }

  async function modelOf(graph: SelectionGraph, scope: Scope): Promise<Model> {
    type Data = { assets: { nodes: (Name & { staleness: { status: string } })[] } }
    const { assets } = await server.query<Data, undefined>(
      '{ assets { nodes { namespace key staleness { status } } } }',
    )
    expect(assets.nodes.map(placeOf)).toEqual(ORDER)
    const statuses: string[] = []
    for (const one of assets.nodes) statuses[placeOf(one)] = one.staleness.status
    // The later of two recordings of an asset is its latest.
    const remade = new Set(graph.current.map(([, downstream]) => downstream))
    const stillCurrent = graph.former.filter(([, downstream]) => !remade.has(downstream))
    const edges = scope === 'ALL' ? [...graph.current, ...graph.former] : [...graph.current, ...stillCurrent]
    return { edges, statuses }
  }

  const cases = fc.tuple(
    selectionGraph,
    fc.constantFrom(...SCOPES),
    fc.array(expressions, { minLength: 50, maxLength: 50 }),
  )

  test('a selection selects what plain sets say, in the order of names', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ([graph, scope, all]) => {
        await recordSelectionGraph(server, graph)
        const model = await modelOf(graph, scope)
        const answers = await select(
          all.map(({ text }) => text),
          scope,
        )
        for (const [at, { text, select: of }] of all.entries())
          expect({ text, selected: answers[at] }).toEqual({ text, selected: inOrder(of(model)) })
      }),
      { numRuns: 20 },
    )
  }, 120_000)

  test('the laws of sets hold', async () => {
    const laws = (x: string, y: string, z: string) =>
      [
        [`(${x}) and not (${x})`, 'not *'],
        [`(${x}) or not (${x})`, '*'],
        [`not not (${x})`, `(${x})`],
        [`(${x}) and *`, `(${x})`],
        [`(${x}) and (${y})`, `(${y}) and (${x})`],
        [`(${x}) or (${y})`, `(${y}) or (${x})`],
        [`(${x}) and ((${y}) or (${z}))`, `(${x}) and (${y}) or (${x}) and (${z})`],
        [`not ((${x}) or (${y}))`, `not (${x}) and not (${y})`],
        [`(${x}) and +(${x})+`, `(${x})`],
        [`+(${x}) or (${x})+`, `+(${x})+`],
        [`+(+(${x}))`, `+(${x})`],
        [`1+(1+(${x}))`, `2+(${x})`],
        [`(roots(${x})) and (${x})`, `roots(${x})`],
        [`roots(roots(${x}))`, `roots(${x})`],
      ] as const
    await fc.assert(
      fc.asyncProperty(
        selectionGraph,
        fc.tuple(expressions, expressions, expressions),
        fc.constantFrom(...SCOPES),
        async (graph, of, scope) => {
          await recordSelectionGraph(server, graph)
          const [x = '', y = '', z = ''] = of.map(({ text }) => text)
          for (const law of laws(x, y, z)) {
            const [one, other] = await select(law, scope)
            expect({ law, selected: one }).toEqual({ law, selected: other })
          }
        },
      ),
      { numRuns: 10 },
    )
  }, 120_000)

  /** Edges between what is shown, over as few others as can be; where that is asked for. */
  function edgesAmong(edges: readonly ModelEdge[], shown: ReadonlySet<number>, contract: boolean): string[] {
    const found = new Set<string>()
    for (const start of shown) {
      const seen = new Set<number>()
      let frontier = [start]
      for (let via = 0; frontier.length > 0; via++) {
        const next = edges
          .filter(([upstream]) => frontier.includes(upstream))
          .map(([, downstream]) => downstream)
        frontier = []
        for (const at of next) {
          if (seen.has(at)) continue
          seen.add(at)
          if (shown.has(at)) found.add(`${start}>${at} over ${via}`)
          else if (contract) frontier.push(at)
        }
      }
    }
    return [...found].sort()
  }

  type Answer = LineageOfSelectionQuery['lineageOfSelection']
  const edgeName = ({ upstream, downstream, viaCount }: Answer['edges'][number]) =>
    `${placeOf(upstream)}>${placeOf(downstream)} over ${viaCount}`
  const placesOf = ({ nodes }: Answer) => nodes.map(({ asset }) => placeOf(asset))

  async function graphOf(args: { selection: string; scope: Scope; contract: boolean }, limit?: number) {
    const pages: Answer[] = []
    for (let after: string | null = null; ; ) {
      const variables: LineageOfSelectionQueryVariables = { ...args, limit, after }
      const { lineageOfSelection }: LineageOfSelectionQuery = await server.query(
        LineageOfSelectionDocument,
        variables,
      )
      pages.push(lineageOfSelection)
      after = lineageOfSelection.completeness.nextCursor
      if (after === null) return pages
    }
  }

  test('the lineage of a selection holds it, the edges between, and what they close', async () => {
    await fc.assert(
      fc.asyncProperty(
        selectionGraph,
        fc.array(fc.tuple(expressions, fc.boolean(), fc.integer({ min: 1, max: 4 })), {
          minLength: 6,
          maxLength: 6,
        }),
        fc.constantFrom(...SCOPES),
        async (graph, all, scope) => {
          await recordSelectionGraph(server, graph)
          const model = await modelOf(graph, scope)
          for (const [{ text, select: of }, contract, limit] of all) {
            const shown = of(model)
            const args = { selection: text, scope, contract }
            const [whole] = await graphOf(args)
            if (whole === undefined) throw new Error('no answer')
            expect({ text, nodes: placesOf(whole) }).toEqual({ text, nodes: inOrder(shown) })
            expect(whole.edges.map(edgeName).sort()).toEqual(edgesAmong(model.edges, shown, contract))
            expect(whole.totalCount).toBe(shown.size)
            expect(whole.completeness).toEqual({ complete: true, stoppedBy: [], nextCursor: null })
            for (const { asset, hiddenUpstream, hiddenDownstream } of whole.nodes) {
              const at = placeOf(asset)
              const hidden = (near: 0 | 1, far: 0 | 1) =>
                new Set(
                  model.edges
                    .filter((one) => one[near] === at && !shown.has(one[far]))
                    .map((one) => one[far]),
                ).size
              expect([hiddenUpstream, hiddenDownstream]).toEqual([hidden(1, 0), hidden(0, 1)])
            }
            checkBackEdges(whole)

            const pages = await graphOf(args, limit)
            expect(pages.flatMap(placesOf)).toEqual(placesOf(whole))
            expect(pages.flatMap(({ edges }) => edges.map(edgeName))).toEqual(whole.edges.map(edgeName))
            expect(pages.flatMap(({ backEdges }) => backEdges)).toEqual(whole.backEdges)
            expect(pages.every(({ totalCount }) => totalCount === shown.size)).toBe(true)
          }
        },
      ),
      { numRuns: 15 },
    )
  }, 120_000)

  /** Each lies on a cycle, and without them there is none. */
  function checkBackEdges({ edges, backEdges }: Answer): void {
    const ends = ({ upstream, downstream }: Answer['backEdges'][number]) =>
      [placeOf(upstream), placeOf(downstream)] as const
    const back = new Set(backEdges.map((one) => String(ends(one))))
    const all = edges.map(ends)
    const leadsTo = (among: readonly ModelEdge[], from: number, to: number) => {
      const seen = new Set([from])
      for (const at of seen) for (const [a, b] of among) if (a === at) seen.add(b)
      return among.some(([a, b]) => b === to && seen.has(a))
    }
    for (const one of backEdges) {
      const [upstream, downstream] = ends(one)
      expect(upstream === downstream || leadsTo(all, downstream, upstream)).toBe(true)
    }
    const rest = all.filter((one) => !back.has(String(one)))
    for (const [upstream] of rest) expect(leadsTo(rest, upstream, upstream)).toBe(false)
  }
})
