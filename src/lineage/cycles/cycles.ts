import { nextTurn } from '../../util/next-turn.js'
import type { Asset } from '../entities.js'
import { MOST_NODES } from '../graph/adjacency.js'
import { NodePlaces } from '../graph/node-places.js'
import type { AssetName, GraphReader, Link } from '../walk/graph-reader.js'
import { inSteps } from '../walk/in-steps.js'
import type { TimeLimit } from '../walk/time-limit.js'
import { type StopReason, type WalkedEdge, withPermission } from '../walk/walk.js'
import { walkedEdges } from '../walk/walked-edges.js'
import type { CyclicComponents } from './cyclic-components.js'

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

/** How many names are looked at together, and how many nodes or edges in one step. */
const CHUNK = 10_000
const STEP = 50_000

/** Nodes in the order of names. */
interface Order {
  nodes: readonly number[]
  /** Where each node stands in it, by its place in CyclicComponents; -1 where it has no row, and so no name. */
  rankOf: Int32Array
}

/** A component by its number, with the ranks of its nodes. */
interface Listed {
  component: number
  ranks: readonly number[]
}

/** Puts components into order, and answers with some of them. Throws TimeIsOver. */
export async function listCycles(
  graph: GraphReader,
  found: CyclicComponents,
  request: CyclesRequest,
): Promise<Cycles> {
  const inOrder = await graph.firstByName(found.nodes, null, found.nodes.length)
  const places = new NodePlaces(found.nodes)
  const { order, components } = await inSteps(arrange(found, inOrder, places), request.time)
  const isOfNamespace = await findThoseOfNamespace(graph, found, places, request)
  const listed = components.filter(({ component }) => isOfNamespace?.has(component) ?? true)

  const firsts = listed.map(({ ranks: [first = 0] }) => inOrder[first] ?? 0)
  const behind =
    request.after === null
      ? listed.length
      : (await graph.firstByName(firsts, request.after, firsts.length)).length
  const rest = listed.slice(listed.length - behind)
  const page = rest.slice(0, howMany(rest, found, request))
  const cycles = await withRows(graph, found, page, order, request)
  const isContinued = page.length < rest.length
  const first = isContinued ? cycles.at(-1)?.assets[0] : undefined
  return {
    cycles,
    total: listed.length,
    stoppedBy: withPermission(graph, isContinued || cycles.some(({ isCut }) => isCut) ? ['NODE_LIMIT'] : []),
    next: first === undefined ? null : { namespace: first.namespace, key: first.key },
  }
}

/** Components in the order of their first nodes, in steps. */
function* arrange(
  { componentOf, nodeCounts }: CyclicComponents,
  inOrder: readonly number[],
  places: NodePlaces,
): Generator<void, { order: Order; components: Listed[] }> {
  const rankOf = new Int32Array(componentOf.length).fill(-1)
  const ranks: number[][] = Array.from(nodeCounts, () => [])
  const components: Listed[] = []
  for (let rank = 0; rank < inOrder.length; rank++) {
    if (rank % STEP === STEP - 1) yield
    const place = places.of(inOrder[rank] ?? 0)
    rankOf[place] = rank
    const component = componentOf[place] ?? 0
    const own = ranks[component] ?? []
    if (own.push(rank) === 1) components.push({ component, ranks: own })
  }
  return { order: { nodes: inOrder, rankOf }, components }
}

/** The components with an asset of the namespace; null for all. */
async function findThoseOfNamespace(
  graph: GraphReader,
  { nodes, componentOf }: CyclicComponents,
  places: NodePlaces,
  { namespace, time }: CyclesRequest,
): Promise<Set<number> | null> {
  if (namespace === null) return null
  const components = new Set<number>()
  for (let start = 0; start < nodes.length; start += CHUNK) {
    time.check()
    for (const node of await graph.ofNamespaces(nodes.subarray(start, start + CHUNK), [namespace]))
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
  order: Order,
  { withEdges, withSightings, time }: CyclesRequest,
): Promise<Cycle[]> {
  const shown = page.map(({ ranks }) =>
    ranks.slice(0, MOST.assetsOfCycle).map((rank) => order.nodes[rank] ?? 0),
  )
  const links = withEdges ? await inSteps(firstLinks(found, page, order), time) : []
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
function* firstLinks(
  { arcs: { from, to }, componentOf }: CyclicComponents,
  page: readonly Listed[],
  { nodes, rankOf }: Order,
): Generator<void, Link[][]> {
  const into = new Int32Array(nodes.length)
  for (let arc = 0; arc < to.length; arc++) {
    if (arc % STEP === STEP - 1) yield
    const rank = rankOf[to[arc] ?? 0] ?? 0
    into[rank] = (into[rank] ?? 0) + 1
  }
  // Only the edges into the first nodes of a component can be among its first edges.
  const isWanted = new Uint8Array(nodes.length)
  for (const { ranks } of page) {
    let count = 0
    for (const rank of ranks) {
      if (count >= MOST.edgesOfCycle) break
      isWanted[rank] = 1
      count += into[rank] ?? 0
    }
  }
  // Both ranks fit one exact number, and numbers are sorted without asking us.
  const keys = new Map(page.map(({ component }): [number, number[]] => [component, []]))
  for (let arc = 0; arc < to.length; arc++) {
    if (arc % STEP === STEP - 1) yield
    const place = to[arc] ?? 0
    const rank = rankOf[place] ?? -1
    const upstreamRank = rankOf[from[arc] ?? 0] ?? -1
    if (isWanted[rank] === 1 && upstreamRank >= 0)
      keys.get(componentOf[place] ?? 0)?.push(rank * MOST_NODES + upstreamRank)
  }
  return page.map(({ component }) => {
    const first = Float64Array.from(keys.get(component) ?? [])
      .sort()
      .subarray(0, MOST.edgesOfCycle)
    return Array.from(first, (key) => ({
      upstream: nodes[key % MOST_NODES] ?? 0,
      downstream: nodes[Math.floor(key / MOST_NODES)] ?? 0,
    }))
  })
}

/** Cuts a list into parts as long as these lists are. */
function partsOf<T>(all: readonly T[], lists: readonly (readonly unknown[])[]): T[][] {
  let start = 0
  return lists.map(({ length }) => {
    start += length
    return all.slice(start - length, start)
  })
}
