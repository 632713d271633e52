import type { AssetRef } from '../asset-ref.js'
import { columnInputsOf } from './column-lineage.js'
import { known, type MergedRun } from './merged-run.js'
import { namedBy } from './same-assets.js'

/** What the inputs of an output are worked out of. */
type Declaring = Pick<MergedRun, 'job' | 'inputs' | 'outputs'>

/**
 * What an output is made from, by asset id: what a `lineage` facet says of it, of the job or of the dataset, and else
 * every input; and whatever its columns are made from. In the order of ids.
 */
export function declaredInputs(
  { job, inputs, outputs }: Declaring,
  outputId: string,
): [assetId: string, asset: AssetRef][] {
  const output = outputs[outputId]
  if (output === undefined) return []
  const facets = known('dataset', output.facets)
  const entries = known('job', job).lineage?.entries
  const said =
    facets.lineage?.inputs ??
    entries?.filter((entry) => namedBy(entry).assetId === outputId).flatMap((entry) => entry.inputs)
  const byId = new Map<string, AssetRef>(
    said?.map((one) => [namedBy(one).assetId, namedBy(one).asset]) ?? Object.entries(inputs),
  )
  for (const { assetId, asset } of columnInputsOf(output.columnInputs))
    if (!byId.has(assetId)) byId.set(assetId, asset)
  return [...byId].sort(([a], [b]) => (a < b ? -1 : 1))
}
