import type { AssetName } from '../names/asset-names.js'
import { datasetsOf, type LineageEvent } from '../openlineage/event.js'
import type { MergedRun } from '../openlineage/merged-run.js'
import { namedBy } from '../openlineage/same-assets.js'
import { demandUnnamed } from './demand.js'
import { otherNamesOf } from './demand-event.js'

/**
 * Throws FORBIDDEN where an event makes names one, itself or by completing its run, that are of assets with names in
 * namespaces in which its sender may not record. `runs`: by their ids, all that has been said of those; `known`: all names of
 * these assets.
 */
export function demandOfUnion(
  events: readonly LineageEvent[],
  runs: ReadonlyMap<string, MergedRun>,
  known: readonly AssetName[],
): void {
  const assetIds = new Map(known.map(({ id, assetId }) => [id, assetId]))
  for (const event of events) {
    const { by } = event
    if (by === undefined) continue
    const united = datasetsOf(event).flatMap((one) => {
      const others = otherNamesOf(one)
      return others.length === 0 ? [] : [one, ...others]
    })
    const byRun = event.is === 'RUN' ? renamedBy(runs.get(event.id)) : []
    const touched = new Set([...united, ...byRun].flatMap(({ assetId }) => assetIds.get(assetId) ?? []))
    for (const { assetId, namespace } of known)
      if (touched.has(assetId)) demandUnnamed(by, 'RECORD', namespace)
  }
}

/** What a run says was renamed, by all of the names. */
function renamedBy(run: MergedRun | undefined): { assetId: string }[] {
  if (run === undefined) return []
  return [run.inputs, run.outputs].flatMap((datasets) =>
    Object.entries(datasets).flatMap(([assetId, { formerNames = [] }]) =>
      formerNames.length === 0 ? [] : [{ assetId }, ...formerNames.map(namedBy)],
    ),
  )
}
