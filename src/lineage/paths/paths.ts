import type { Asset, EdgeScope } from '../entities.js'
import type { GraphReader } from '../walk/graph-reader.js'
import { Pace } from '../walk/pace.js'
import { TimeIsOver, type TimeLimit } from '../walk/time-limit.js'
import { type StopReason, withPermission } from '../walk/walk.js'
import { loadPathGraph } from './path-graph.js'
import { type Page, PathPage } from './path-page.js'
import { ShortestPaths } from './shortest-paths.js'

/** Which paths to find. */
export interface PathsRequest {
  fromId: string
  toId: string
  scope: EdgeScope
  /** The most paths to answer with. */
  limit: number
  /** In hops; null for no end. */
  maxLength: number | null
  time: TimeLimit
  /** Answer with what comes behind these paths. */
  after: PathPosition | null
}

/** How far the paths have been answered with. */
export interface PathPosition {
  count: number
  /** A digest of those paths: tells whether they are still those that come before. */
  answered: string
}

/** The assets along a path, from the upstream end to the downstream one. */
export interface LineagePath {
  assets: Asset[]
  /** In hops. */
  length: number
}

/** Paths in the order (length, names along them). */
export interface Paths {
  paths: LineagePath[]
  stoppedBy: StopReason[]
  /** Where to continue; null where that leads no further. */
  next: PathPosition | null
  watermark: string
}

/** Which end is not recorded. */
export interface MissingEnd {
  missing: 'from' | 'to'
}

/** The shortest paths along the flow of data, each asset at most once: see ShortestPaths. */
export async function findPaths(graph: GraphReader, request: PathsRequest): Promise<Paths | MissingEnd> {
  const [from, to] = await Promise.all([graph.nodeOf(request.fromId), graph.nodeOf(request.toId)])
  if (from === undefined) return { missing: 'from' }
  if (to === undefined) return { missing: 'to' }
  const [page, watermark] = await Promise.all([pageOf(graph, from, to, request), graph.watermark()])

  const nodes = [...new Set([from, to, ...page.paths.flatMap((path) => [...path])])]
  const rows = await graph.assets(nodes)
  const assetOf = new Map(nodes.map((node, place) => [node, rows[place]]))
  if (assetOf.get(from) == null) return { missing: 'from' }
  if (assetOf.get(to) == null) return { missing: 'to' }
  const paths = page.paths.map((path) => ({
    assets: [...path].flatMap((node) => assetOf.get(node) ?? []),
    length: path.length - 1,
  }))
  return { paths, stoppedBy: withPermission(graph, page.stoppedBy), next: page.next, watermark }
}

/** What the graph alone says of an answer. */
async function pageOf(graph: GraphReader, from: number, to: number, request: PathsRequest): Promise<Page> {
  const page = new PathPage(graph, request)
  const pace = new Pace(request.time)
  try {
    const pathGraph = await loadPathGraph(graph, from, to, request.scope, pace)
    if (pathGraph === null) return page.close(null)
    const paths = new ShortestPaths(pathGraph, pace)
    for (;;) {
      const path = await paths.next()
      const refusal = path && page.refusalOf(path)
      if (path === null || refusal !== null) return page.close(refusal)
      page.add(path.map((node) => pathGraph.nodes[node] ?? -1))
    }
  } catch (error) {
    if (!(error instanceof TimeIsOver)) throw error
    return page.close('TIME_LIMIT')
  }
}
