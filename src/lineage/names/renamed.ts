import { demandOfAssets } from '../access/demand.js'
import { namedByRecording } from '../access/demand-recording.js'
import type { ColumnInput } from '../columns/column.js'
import type { PlannedMaterialization, PlannedRecording } from '../recording/plan-recording.js'
import type { Canonical, NamedAsset } from './asset-names.js'

/** The same, of the assets that its names stand for. Its id stays what it is: whatever says it again says the same. */
export function renamed<Planned extends PlannedMaterialization>(
  planned: Planned,
  canonical: Canonical,
): Planned {
  const { assetId, asset } = canonical({ assetId: planned.record.assetId, asset: planned.asset })
  return {
    ...planned,
    asset,
    record: { ...planned.record, assetId },
    inputs: planned.inputs.map((input) => renamedIn(input, canonical)),
    columnInputs: renamedInputs(planned.columnInputs, canonical),
  }
}

/** What columns were made from, by the same. */
export function renamedInputs(inputs: readonly ColumnInput[], canonical: Canonical): ColumnInput[] {
  return inputs.map((input) => renamedIn(input, canonical))
}

/** Whatever names an asset, by the same. */
export function renamedIn<Item extends NamedAsset>(item: Item, canonical: Canonical): Item {
  const { assetId, asset } = canonical(item)
  return assetId === item.assetId ? item : { ...item, assetId, asset }
}

/** A recording of the assets that its names stand for. Throws FORBIDDEN where whoever records it may not record those. */
export function renamedRecording(recording: PlannedRecording, canonical: Canonical): PlannedRecording {
  const { by, field } = recording
  if (by !== undefined) demandOfAssets(by, namedByRecording(recording), canonical, field)
  return {
    ...recording,
    materializations: recording.materializations.map((planned) => renamed(planned, canonical)),
  }
}
