import { assetNotFound } from '../errors/headwater-error.js'
import { assetIdOf } from '../lineage/asset-ref.js'
import type { Direction, EdgeScope } from '../lineage/entities.js'
import type { ExportFormat } from '../lineage/export/export-format.js'
import { exportRows } from '../lineage/export/export-rows.js'
import { type ExportFormatName, FORMATS } from '../lineage/export/formats.js'
import { planExport } from '../lineage/export/plan-export.js'
import { checkAssetRef } from '../lineage/recording/check-recording.js'
import type { WalkFilter } from '../lineage/walk/filtered-graph.js'
import type { Store } from '../store/store.js'
import { VERSION } from '../util/package-root.js'
import { checkDepth, checkTime, checkWalkFilter, type WalkFilterInput } from './lineage-arguments.js'

/** What to export: a walk (see WalkArgs) without a limit, and how to write it. */
export interface ExportArgs {
  root: { key: string; namespace?: string | undefined }
  direction: Direction
  depth?: number | undefined
  scope?: EdgeScope | undefined
  filter?: WalkFilterInput | undefined
  ends?: WalkFilter['ends'] | undefined
  asOf?: Date | undefined
  atLeast?: string | undefined
  format: ExportFormatName
}

/** An export that is ready to be written. */
export interface LineageExport {
  format: ExportFormat
  nodes: number
  edges: number
  /** The text, in pieces. Nothing is fetched before it is asked for. */
  pieces: AsyncGenerator<string>
}

/**
 * Exports everything that a walk comes to, however much that is. The graph is read first, as one state; what is
 * written later are the rows of its assets. Throws BAD_USER_INPUT, ASSET_NOT_FOUND, QUERY_TOO_COMPLEX, and the signal's
 * reason once that is aborted.
 */
export async function exportLineage(
  store: Store,
  args: ExportArgs,
  signal: AbortSignal,
): Promise<LineageExport> {
  const root = checkAssetRef('', args.root)
  const asOf = checkTime('asOf', args.asOf)
  const request = {
    rootId: assetIdOf(root),
    direction: args.direction,
    depth: checkDepth(args.depth),
    scope: args.scope ?? 'ALL',
    filter: checkWalkFilter(args.filter, args.ends),
  }
  const plan = await store.readGraph((graph) => planExport(graph, request, signal), {
    atLeast: args.atLeast,
    asOf,
  })
  if (plan === null) throw assetNotFound('key', root, asOf)
  const format = FORMATS[args.format]({
    eventTime: asOf ?? new Date(),
    producer: `urn:headwater:${VERSION}`,
  })
  return {
    format,
    nodes: plan.nodes.count,
    edges: plan.links.count,
    pieces: exportRows(plan, format, (ids) => store.assets(ids)),
  }
}
