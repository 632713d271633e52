import type { Asset, Direction, Edge, EdgeScope, Sightings } from '../entities.js'
import { answerOf } from './answer.js'
import { FilteredGraph, hides, type WalkFilter } from './filtered-graph.js'
import type { AssetName, GraphReader } from './graph-reader.js'
import { planWalk } from './plan-walk.js'
import { reach } from './reach.js'
import type { TimeLimit } from './time-limit.js'

/** Which way to walk, how far, and where to go on. */
export interface WalkExtent<Position> {
  direction: Direction
  /** Hops from the root; null for no end. */
  depth: number | null
  /** The most nodes to answer with. */
  limit: number
  /** How many nodes of a ring are enough; `limit` by default. */
  enough?: number
  scope: EdgeScope
  time: TimeLimit
  /** Answer with what comes behind this node of the same walk. */
  after: WalkedTo<Position> | null
}

/** What to walk, and how far. */
export interface WalkRequest extends WalkExtent<AssetName> {
  rootId: string
  /** Null for everything. */
  filter: WalkFilter | null
  /** The time that the graph is read as of, where that is not now: edges are told of it. */
  asOf: Date | null
  wants: WalkWants
}

/** What costs a look-up of its own, and is left undefined where nobody wants it. */
export interface WalkWants {
  /** How many neighbours of each node the answer lacks. */
  hidden: boolean
  /** When, and how often, each edge was seen. */
  sightings: boolean
}

/** Where a node stands in the order of a walk: by distance, then as nodes of its graph are ordered. */
export type WalkedTo<Position> = Position & {
  distance: number
  /** A digest of the nodes answered with so far: tells whether they are still those that come before. */
  answered: string
}

/** The same of a walk over assets: by distance, then by name. */
export type WalkPosition = WalkedTo<AssetName>

/** Why a walk says less than everything. TIME_LIMIT and FILTER belong to what stops by those. */
export type StopReason = 'DEPTH' | 'NODE_LIMIT' | 'CHANGED' | 'TIME_LIMIT' | 'FILTER' | 'PERMISSION'

/** A node of an answer. */
export interface WalkedNode {
  asset: Asset
  /** Least number of hops from the root. */
  distance: number
  /** Direct neighbours, of the walk's scope, that are neither in this answer nor in those it continues. */
  hiddenUpstream: number | undefined
  hiddenDownstream: number | undefined
}

/** An edge of an answer, with both its ends. */
export interface WalkedEdge extends Edge, Partial<Sightings> {
  upstream: Asset
  downstream: Asset
  /** How many hidden assets it stands for. */
  viaCount: number
  /** The edges that it stands for, where there are several: found out where somebody asks. */
  way?: () => readonly Edge[]
  /** The time that the answer is of, where that is not now. */
  asOf?: Date
}

/** What a walk found, in the order (distance, namespace, key). */
export interface Walk {
  root: Asset
  nodes: WalkedNode[]
  /** Edges between nodes of this answer, or between one and a node of an answer that it continues. */
  edges: WalkedEdge[]
  /** Those of `edges` that close a cycle: see closingEdges. */
  backEdges: WalkedEdge[]
  stoppedBy: StopReason[]
  /** Where to continue; null where the walk has come to its end. */
  next: WalkPosition | null
  watermark: string
}

/**
 * Walks from a root, breadth-first. Cost follows the nodes answered with (and, when continuing, those answered
 * with before), never the number of paths. Null where the root is not recorded.
 */
export async function walk(whole: GraphReader, request: WalkRequest): Promise<Walk | null> {
  const root = await whole.nodeOf(request.rootId)
  if (root === undefined) return null
  const { filter } = request
  const time = filter !== null && hides(filter) ? request.time.half() : request.time
  const filtered = filter === null ? null : new FilteredGraph(whole, { ...request, filter, root, time })
  const graph = filtered ?? whole
  const plan = await planWalk(graph, await reach(graph, root, { ...request, time }), request)
  // Asked of the graph, so before rows are.
  const isKeptBack = await filtered?.hasKeptBack(request.scope, plan.stoppedBy.length === 0)
  const answer = await answerOf(graph, plan, request, root)
  if (answer.root === null) return null
  const { stoppedBy } = answer
  return {
    ...answer,
    root: answer.root,
    stoppedBy: withPermission(graph, isKeptBack ? [...stoppedBy, 'FILTER'] : stoppedBy),
  }
}

/** Says so too where something that was come to may not be seen by whoever asks. */
export function withPermission(
  { withheld }: { withheld: number },
  stoppedBy: readonly StopReason[],
): StopReason[] {
  return withheld === 0 ? [...stoppedBy] : [...stoppedBy, 'PERMISSION']
}
