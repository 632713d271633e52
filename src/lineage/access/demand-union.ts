import type { AssetName } from '../names/asset-names.js'
import { datasetsOf, type LineageEvent } from '../openlineage/event.js'
import { demandUnnamed } from './demand.js'
import { otherNamesOf } from './demand-event.js'

/**
 * Throws FORBIDDEN where an event makes names one that are of assets with names in namespaces in which its sender may not
 * record. `known`: all names of these assets.
 */
export function demandOfUnion(events: readonly LineageEvent[], known: readonly AssetName[]): void {
  const assetIds = new Map(known.map(({ id, assetId }) => [id, assetId]))
  for (const event of events) {
    const { by } = event
    if (by === undefined) continue
    const united = datasetsOf(event).flatMap((one) => {
      const others = otherNamesOf(one)
      return others.length === 0 ? [] : [one, ...others]
    })
    const touched = new Set(united.flatMap(({ assetId }) => assetIds.get(assetId) ?? []))
    for (const { assetId, namespace } of known)
      if (touched.has(assetId)) demandUnnamed(by, 'RECORD', namespace)
  }
}
