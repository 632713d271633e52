import { assetNotFound } from '../errors/headwater-error.js'
import type { Asset, EdgeScope } from '../lineage/entities.js'
import type { ExportFormat } from '../lineage/export/export-format.js'
import { exportRows } from '../lineage/export/export-rows.js'
import { type ExportFormatName, FORMATS } from '../lineage/export/formats.js'
import { type ExportPlan, planExport, planSelectedExport } from '../lineage/export/plan-export.js'
import { parseSelection } from '../lineage/selection/parse-selection.js'
import type { Store } from '../store/store.js'
import { VERSION } from '../util/package-root.js'
import { checkWalk, type WalkedArgs } from './lineage-arguments.js'
import { select } from './select.js'

/** What to export, and how to write it. */
export type ExportArgs = (ExportedWalk | ExportedSelection) & {
  scope?: EdgeScope | undefined
  atLeast?: string | undefined
  format: ExportFormatName
}

/** What a selection selects, with the edges between: see LineageOfSelectionArgs. */
export interface ExportedSelection {
  selection: string
  contract?: boolean | undefined
}

/** A walk without a limit: see WalkArgs. */
export type ExportedWalk = Omit<WalkedArgs, 'scope'>

/** An export that is ready to be written. */
export interface LineageExport {
  format: ExportFormat
  nodes: number
  edges: number
  /** The text, in pieces. Nothing is fetched before it is asked for. */
  pieces: AsyncGenerator<string>
}

/**
 * Exports everything that a walk comes to, or that is selected, however much that is. The graph is read first, as one state; what is
 * written later are the rows of its assets. Throws BAD_USER_INPUT, ASSET_NOT_FOUND, QUERY_TOO_COMPLEX, and the signal's
 * reason once that is aborted.
 */
export async function exportLineage(
  store: Store,
  args: ExportArgs,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<LineageExport> {
  const plan =
    'selection' in args
      ? await planSelection(store, args, timeoutMs, signal)
      : await planWalk(store, args, signal)
  const format = FORMATS[args.format]({
    eventTime: ('asOf' in args ? args.asOf : undefined) ?? new Date(),
    producer: `urn:headwater:${VERSION}`,
  })
  return {
    format,
    nodes: plan.nodes.count,
    edges: plan.links.count,
    pieces: exportRows(plan, format, {
      assets: (ids) => assetsAsPlanned(store, ids),
      otherNames: (ids) => store.otherNames(ids),
    }),
  }
}

/**
 * Rows of assets under the names that they had when the graph was read: what has come to be another name of something
 * meanwhile is still apart there.
 */
async function assetsAsPlanned(store: Store, ids: readonly string[]): Promise<(Asset | null)[]> {
  const assets = await store.assets(ids)
  const moved = ids.filter((id, at) => (assets[at]?.assetId ?? id) !== id)
  if (moved.length === 0) return assets
  const names = await store.names(moved)
  const nameOf = new Map(moved.map((id, at) => [id, names[at] ?? null]))
  return ids.map((id, at) => {
    const asset = assets[at] ?? null
    return asset === null ? null : { ...asset, ...nameOf.get(id) }
  })
}

function planSelection(
  store: Store,
  { selection, contract = false, scope = 'ALL', atLeast }: ExportArgs & ExportedSelection,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<ExportPlan> {
  const request = { selection: parseSelection('selection', selection), scope, atLeast, timeoutMs }
  return select(store, request, ({ graph, nodes }) =>
    planSelectedExport(graph, { nodes, scope, contract }, signal),
  )
}

async function planWalk(
  store: Store,
  args: ExportArgs & ExportedWalk,
  signal: AbortSignal,
): Promise<ExportPlan> {
  const { root, asOf, request } = checkWalk('', args)
  const plan = await store.readGraph((graph) => planExport(graph, request, signal), {
    atLeast: args.atLeast,
    asOf,
  })
  if (plan === null) throw assetNotFound('key', root, asOf)
  return plan
}
