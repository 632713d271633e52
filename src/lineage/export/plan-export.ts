import type { Direction, EdgeScope } from '../entities.js'
import { grown } from '../graph/growing.js'
import { NodeSet } from '../graph/node-set.js'
import { FilteredGraph, type WalkFilter } from '../walk/filtered-graph.js'
import type { GraphReader } from '../walk/graph-reader.js'
import { Pace } from '../walk/pace.js'
import type { Reached } from '../walk/reach.js'
import { Rings } from '../walk/rings.js'
import { TimeLimit } from '../walk/time-limit.js'
import { type StopReason, withPermission } from '../walk/walk.js'
import { inWalkOrder } from '../walk/walk-order.js'
import { contractedSource } from './contracted-source.js'
import { PackedNodes } from './packed-nodes.js'
import { edgesOf, linksBetween, type PlacedLinks } from './placed-links.js'

/** What to export: a walk without a limit. */
export interface ExportRequest {
  rootId: string
  direction: Direction
  /** Hops from the root; null for no end. */
  depth: number | null
  scope: EdgeScope
  /** Null for everything. */
  filter: WalkFilter | null
}

/** Everything that the graph alone says of an export: what comes in which order. */
export interface ExportPlan {
  nodes: PackedNodes
  links: PlacedLinks
  stoppedBy: StopReason[]
  watermark: string
}

/** About how many nodes are brought in order together: of a long chain asking ring by ring would take too long. */
const STEP = 10_000

/**
 * Plans the export of a walk: all its nodes in its order, and the edges between them. About 28 bytes an asset and 8 an
 * edge are kept. Null where the root is not recorded. Throws QUERY_TOO_COMPLEX, and the signal's reason once that is
 * aborted.
 */
export async function planExport(
  whole: GraphReader,
  { rootId, direction, depth, scope, filter }: ExportRequest,
  signal: AbortSignal,
): Promise<ExportPlan | null> {
  const root = await whole.nodeOf(rootId)
  if (root === undefined) return null
  const time = new TimeLimit(Number.POSITIVE_INFINITY)
  const filtered = filter === null ? null : new FilteredGraph(whole, { filter, root, direction, time })
  const graph = filtered ?? whole
  const pace = new Pace({ check: () => signal.throwIfAborted() })
  const rings = new Rings(graph, root, direction, scope)
  const stoppedBy: StopReason[] = []
  const order = new Order(graph, pace)
  for (let distance = 0; ; distance++) {
    if (depth !== null && distance > depth) {
      if (await rings.goesOn(depth, STEP)) stoppedBy.push('DEPTH')
      break
    }
    const ring = await rings.ring(distance, STEP)
    if (ring === null) break
    await order.append(ring, distance)
  }
  await order.flush()
  if (order.nodes.count === 0) return null
  const hiding = filtered?.hiding(scope) ?? null
  const source = hiding === null ? edgesOf(whole, scope) : contractedSource(whole, hiding)
  const links = await linksBetween(order.numbers, source, pace)
  if (await filtered?.hasKeptBack(scope, stoppedBy.length === 0)) stoppedBy.push('FILTER')
  return {
    nodes: order.nodes,
    links,
    stoppedBy: withPermission(graph, stoppedBy),
    watermark: await graph.watermark(),
  }
}

/** Which assets to export, and how they hang together. */
export interface SelectedExport {
  nodes: Int32Array
  scope: EdgeScope
  /** Whether what lies between is contracted, so that what it connects stays connected. */
  contract: boolean
}

/**
 * Plans the export of some assets, in the order of their names, and of the edges between them; all have distance 0.
 * Throws QUERY_TOO_COMPLEX, and the signal's reason once that is aborted.
 */
export async function planSelectedExport(
  graph: GraphReader,
  { nodes, scope, contract }: SelectedExport,
  signal: AbortSignal,
): Promise<ExportPlan> {
  const pace = new Pace({ check: () => signal.throwIfAborted() })
  const order = new Order(graph, pace)
  await order.append(nodes, 0)
  await order.flush()
  const isSelected = new NodeSet()
  isSelected.addAll(nodes.slice(), nodes.length)
  const hiddenOf = (met: Int32Array) => met.filter((node) => !isSelected.has(node))
  const source = contract
    ? contractedSource(graph, { scope, hiddenOf, way: 'UPSTREAM', field: 'contract' })
    : edgesOf(graph, scope)
  const links = await linksBetween(order.numbers, source, pace)
  return {
    nodes: order.nodes,
    links,
    stoppedBy: withPermission(graph, []),
    watermark: await graph.watermark(),
  }
}

/** Brings rings that come one after the other into the order of walks. */
class Order {
  readonly nodes = new PackedNodes()
  #numbers = new Int32Array(0)
  #waiting: Reached[] = []

  constructor(
    private readonly graph: GraphReader,
    private readonly pace: Pace,
  ) {}

  /** The nodes in their order. */
  get numbers(): Int32Array {
    return this.#numbers.subarray(0, this.nodes.count)
  }

  async append(ring: Int32Array, distance: number): Promise<void> {
    if (this.#waiting.length + ring.length < STEP) {
      for (const node of ring) this.#waiting.push({ node, distance })
      return
    }
    await this.flush()
    const named = await this.graph.firstByName(ring, null, ring.length)
    // Ids are texts before they are packed, many times as large: not all at once.
    for (let at = 0; at < named.length; at += STEP) {
      this.#take(named.slice(at, at + STEP), distance)
      await this.pace.pause()
    }
  }

  /** Brings in order what waits for it. */
  async flush(): Promise<void> {
    const ordered = await inWalkOrder(this.graph, this.#waiting)
    this.#waiting = []
    for (const { node, distance } of ordered) this.#take([node], distance)
    await this.pace.pause()
  }

  #take(nodes: readonly number[], distance: number): void {
    const { count } = this.nodes
    this.#numbers = grown(this.#numbers, count + nodes.length)
    this.#numbers.set(nodes, count)
    this.nodes.append(this.graph.idsOf(nodes), distance)
  }
}
