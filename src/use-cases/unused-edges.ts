import { z } from 'zod'
import type { Edge, LineageEdge } from '../lineage/entities.js'
import { BOUNDS, checkInstant, checkText } from '../lineage/recording/bounds.js'
import { TimeLimit } from '../lineage/walk/time-limit.js'
import type { StopReason, WalkedEdge } from '../lineage/walk/walk.js'
import type { Store } from '../store/store.js'
import { cursorsOf } from './cursor.js'
import { checkPageSize, type PageArgs } from './pages.js'
import type { Completeness } from './walk-lineage.js'

/** What unused edges clients ask for: null means the same as absent. */
export interface UnusedEdgesArgs extends PageArgs {
  notSeenSince: Date
  /** Of the downstream asset. */
  namespace?: string | null | undefined
}

/** A page of them, with what it says of itself. */
export interface UnusedEdgesAnswer {
  edges: WalkedEdge[]
  completeness: Completeness
}

const edgePosition: z.ZodType<Edge> = z.object({ downstreamId: z.uuid(), upstreamId: z.uuid() })

/** Edges that were last seen before a time, in the order of their ids. Throws BAD_USER_INPUT. */
export async function unusedEdges(
  store: Store,
  args: UnusedEdgesArgs,
  timeoutMs: number,
): Promise<UnusedEdgesAnswer> {
  const before = checkInstant('notSeenSince', args.notSeenSince)
  const { namespace = null } = args
  if (namespace !== null) checkText('namespace', namespace, BOUNDS.namespaceCharacters)
  const size = checkPageSize(args.first)
  const cursors = cursorsOf(['unusedEdges', before.getTime(), namespace], edgePosition)
  const time = new TimeLimit(timeoutMs)

  const found: LineageEdge[] = []
  let position = cursors.decode(args.after)
  let stoppedBy: StopReason[] = []
  for (;;) {
    // One more than is shown tells whether there is more.
    const count = size + 1 - found.length
    const piece = await store.unusedEdges({ before, namespace, after: position, count })
    found.push(...piece.edges)
    position = piece.lookedUpTo
    if (found.length > size) stoppedBy = ['NODE_LIMIT']
    else if (position !== null && time.isOver) stoppedBy = ['TIME_LIMIT']
    else if (position !== null) continue
    break
  }
  const page = found.slice(0, size)
  const end = found.length > size ? (page.at(-1) ?? null) : position
  const nextCursor =
    end === null ? null : cursors.encode({ downstreamId: end.downstreamId, upstreamId: end.upstreamId })
  return {
    edges: await withEnds(store, page),
    completeness: { complete: stoppedBy.length === 0, stoppedBy, nextCursor },
  }
}

async function withEnds(store: Store, edges: readonly LineageEdge[]): Promise<WalkedEdge[]> {
  const ids = [...new Set(edges.flatMap(({ upstreamId, downstreamId }) => [upstreamId, downstreamId]))]
  const assets = ids.length === 0 ? [] : await store.assets(ids)
  const assetOf = new Map(ids.map((id, place) => [id, assets[place]]))
  return edges.flatMap((edge): WalkedEdge[] => {
    const upstream = assetOf.get(edge.upstreamId)
    const downstream = assetOf.get(edge.downstreamId)
    return upstream == null || downstream == null ? [] : [{ ...edge, upstream, downstream, viaCount: 0 }]
  })
}
