import { z } from 'zod'
import type { Asset, Materialization } from '../lineage/entities.js'
import type { Run } from '../lineage/openlineage/run-outcome.js'
import type { Loaders } from '../loaders/loaders.js'
import type { DatasetsRequest } from '../store/store.js'
import { cursorsOf } from './cursor.js'
import { runPosition, runPositionOf } from './list-runs.js'
import { materializationPosition, Page, type PageArgs, parsePage, positionOf } from './pages.js'

/** The runs that name this one as their parent, newest first. Throws BAD_USER_INPUT. */
export async function childrenOf(loaders: Loaders, { id }: Run, args: PageArgs) {
  const cursors = cursorsOf(['children', id], runPosition)
  const { size, request } = parsePage(args, cursors)
  loaders.budget.spend(1)
  const found = await loaders.childRuns.load({ key: id, args: request })
  loaders.budget.spend(found.length)
  const cursorOf = (run: Run) => cursors.encode(runPositionOf(run))
  return new Page(found, size, request.after !== null, cursorOf, () => loaders.childRunCount.load(id))
}

/** What a run has made, newest first. Throws BAD_USER_INPUT. */
export async function madeByRun(loaders: Loaders, { id }: Run, args: PageArgs) {
  const cursors = cursorsOf(['made by run', id], materializationPosition)
  const { size, request } = parsePage(args, cursors)
  loaders.budget.spend(1)
  const found = await loaders.madeByRun.load({ key: id, args: request })
  loaders.budget.spend(found.length)
  const cursorOf = (one: Materialization) => cursors.encode(positionOf(one))
  return new Page(found, size, request.after !== null, cursorOf, () => loaders.madeByRunCount.load(id))
}

/** The assets that a run is said to use, or to make, in the order (namespace, key). Throws BAD_USER_INPUT. */
export async function datasetsOf(
  loaders: Loaders,
  { id }: Run,
  side: DatasetsRequest['side'],
  args: PageArgs,
) {
  const cursors = cursorsOf(['datasets', id, side], z.uuid())
  const { size, request } = parsePage(args, cursors)
  loaders.budget.spend(1)
  const { items, total } = await loaders.runDatasets.load({ key: id, args: { side, page: request } })
  loaders.budget.spend(items.length)
  const assets = await Promise.all(items.map((assetId) => loaders.asset.load(assetId)))
  const known = assets.flatMap((asset) => asset ?? [])
  const cursorOf = ({ assetId }: Asset) => cursors.encode(assetId)
  return new Page(known, size, request.after !== null, cursorOf, async () => total)
}
