import { nextTurn } from '../../util/next-turn.js'
import type { Asset } from '../entities.js'
import { NodePlaces } from '../graph/node-places.js'
import type { CyclicComponents } from './cyclic-components.js'
import type { AssetName, GraphReader, Link } from './graph-reader.js'
import { inSteps } from './in-steps.js'
import type { TimeLimit } from './time-limit.js'
import type { StopReason, WalkedEdge } from './walk.js'
import { walkedEdges } from './walked-edges.js'

/** Which cycles to answer with. */
export interface CyclesRequest {
  /** Only those that hold an asset of it; null for all. */
  namespace: string | null
  /** The most to answer with. */
  count: number
  /** The first asset of the cycle behind which to go on. */
  after: AssetName | null
  /** Whether anybody asks for edges, and for when each was seen. */
  withEdges: boolean
  withSightings: boolean
  time: TimeLimit
}

/** A strong component with a cycle: each of its assets was made from each, perhaps over others. */
export interface Cycle {
  /** In the order of names; may be cut. */
  assets: Asset[]
  assetCount: number
  /** By the names of their downstream ends, then of their upstream ones; may be cut. */
  edges: WalkedEdge[]
  edgeCount: number
  isCut: boolean
}

/** A stretch of all cycles, in the order of the names of their first assets. */
export interface Cycles {
  cycles: Cycle[]
  total: number
  stoppedBy: StopReason[]
  /** Where to go on; null where these are the last. */
  next: AssetName | null
}

/** The most assets, and edges, of one cycle; and about how many of a whole answer. */
const MOST = { assetsOfCycle: 1_000, edgesOfCycle: 10_000, assets: 10_000, edges: 20_000 } as const

/** How many names are looked at together, and how many edges in one step. */
const CHUNK = 10_000
const STEP = 50_000

/** A component that is answered with: its nodes in the order of names, by their places among those of all. */
interface Listed {
  component: number
  members: number[]
}

/** Puts components into order, and answers with some of them. Throws TimeIsOver. */
export async function listCycles(
  graph: GraphReader,
  found: CyclicComponents,
  request: CyclesRequest,
): Promise<Cycles> {
  const { nodes, componentOf } = found
  const inOrder = await graph.firstByName(nodes, null, nodes.length)
  const places = new NodePlaces(nodes)
  const rankOf = new Int32Array(nodes.length)
  const members: number[][] = Array.from(found.nodeCounts, () => [])
  for (const [rank, node] of inOrder.entries()) {
    const place = places.of(node)
    rankOf[place] = rank
    members[componentOf[place] ?? 0]?.push(place)
  }
  const ofNamespace = await componentsOfNamespace(graph, found, places, request)
  const listed = members
    .map((places, component) => ({ component, members: places }))
    .filter(({ component }) => ofNamespace?.has(component) ?? true)
    .sort((one, other) => firstRank(one, rankOf) - firstRank(other, rankOf))

  const firsts = listed.map(({ members: [first = 0] }) => nodes[first] ?? 0)
  const behind =
    request.after === null
      ? listed.length
      : (await graph.firstByName(firsts, request.after, firsts.length)).length
  const rest = listed.slice(listed.length - behind)
  const page = rest.slice(0, howMany(rest, found, request))
  const cycles = await withRows(graph, found, page, rankOf, request)
  const isContinued = page.length < rest.length
  const first = isContinued ? cycles.at(-1)?.assets[0] : undefined
  return {
    cycles,
    total: listed.length,
    stoppedBy: isContinued || cycles.some(({ isCut }) => isCut) ? ['NODE_LIMIT'] : [],
    next: first === undefined ? null : { namespace: first.namespace, key: first.key },
  }
}

const firstRank = ({ members: [first = 0] }: Listed, rankOf: Int32Array): number => rankOf[first] ?? 0

/** The components with an asset of the namespace; null for all. */
async function componentsOfNamespace(
  graph: GraphReader,
  { nodes, componentOf }: CyclicComponents,
  places: NodePlaces,
  { namespace, time }: CyclesRequest,
): Promise<Set<number> | null> {
  if (namespace === null) return null
  const components = new Set<number>()
  for (let start = 0; start < nodes.length; start += CHUNK) {
    time.check()
    for (const node of await graph.ofNamespace(nodes.subarray(start, start + CHUNK), namespace))
      components.add(componentOf[places.of(node)] ?? 0)
  }
  return components
}

/** How many of these components an answer has room for; at least one. */
function howMany(rest: readonly Listed[], found: CyclicComponents, { count }: CyclesRequest): number {
  let assets = 0
  let edges = 0
  const end = rest.slice(0, count).findIndex(({ component }, place) => {
    assets += Math.min(found.nodeCounts[component] ?? 0, MOST.assetsOfCycle)
    edges += Math.min(found.arcCounts[component] ?? 0, MOST.edgesOfCycle)
    return place > 0 && (assets > MOST.assets || edges > MOST.edges)
  })
  return end < 0 ? Math.min(rest.length, count) : end
}

async function withRows(
  graph: GraphReader,
  found: CyclicComponents,
  page: readonly Listed[],
  rankOf: Int32Array,
  { withEdges, withSightings, time }: CyclesRequest,
): Promise<Cycle[]> {
  const nodeAt = (place: number) => found.nodes[place] ?? 0
  const shown = page.map(({ members }) => members.slice(0, MOST.assetsOfCycle).map(nodeAt))
  const arcs = withEdges ? await inSteps(firstArcs(found, page, rankOf), time) : page.map(() => [])
  const links = arcs.map((some) =>
    some.map((arc): Link => {
      const [upstream, downstream] = [found.arcs.from[arc] ?? 0, found.arcs.to[arc] ?? 0]
      return { upstream: nodeAt(upstream), downstream: nodeAt(downstream) }
    }),
  )
  await nextTurn()
  // Everything that is asked of the graph has been: rows may be newer than it, and come last.
  const [assets, edges] = await Promise.all([
    graph.assets(shown.flat()),
    walkedEdges(graph, links.flat(), withSightings),
  ])
  const assetsOf = partsOf(assets, shown)
  const edgesOf = partsOf(edges, links)
  return page.map(({ component }, place) => {
    const assetCount = found.nodeCounts[component] ?? 0
    const edgeCount = found.arcCounts[component] ?? 0
    return {
      assets: (assetsOf[place] ?? []).flatMap((asset) => asset ?? []),
      assetCount,
      edges: (edgesOf[place] ?? []).flatMap((edge) => edge ?? []),
      edgeCount,
      isCut: assetCount > MOST.assetsOfCycle || edgeCount > MOST.edgesOfCycle,
    }
  })
}

/** The first edges of each component of a page, in their order: by the ranks of their downstream ends, then upstream. */
function* firstArcs(
  { arcs: { from, to }, componentOf }: CyclicComponents,
  page: readonly Listed[],
  rankOf: Int32Array,
): Generator<void, number[][]> {
  const into = new Int32Array(componentOf.length)
  for (let arc = 0; arc < to.length; arc++) {
    if (arc % STEP === 0) yield
    const place = to[arc] ?? 0
    into[place] = (into[place] ?? 0) + 1
  }
  // Only the edges into the first nodes of a component can be among its first edges.
  const isWanted = new Uint8Array(componentOf.length)
  for (const { members } of page) {
    let count = 0
    for (const place of members) {
      if (count >= MOST.edgesOfCycle) break
      isWanted[place] = 1
      count += into[place] ?? 0
    }
  }
  yield
  const wanted = new Map(page.map(({ component }): [number, number[]] => [component, []]))
  for (let arc = 0; arc < to.length; arc++) {
    if (arc % STEP === 0) yield
    if (isWanted[to[arc] ?? 0] === 1) wanted.get(componentOf[to[arc] ?? 0] ?? 0)?.push(arc)
  }
  const rank = (place: number | undefined) => rankOf[place ?? 0] ?? 0
  return page.map(({ component }) =>
    (wanted.get(component) ?? [])
      .sort((one, other) => rank(to[one]) - rank(to[other]) || rank(from[one]) - rank(from[other]))
      .slice(0, MOST.edgesOfCycle),
  )
}

/** Cuts a list into parts as long as these lists are. */
function partsOf<T>(all: readonly T[], lists: readonly (readonly unknown[])[]): T[][] {
  let start = 0
  return lists.map(({ length }) => {
    start += length
    return all.slice(start - length, start)
  })
}
