import { type AssetRef, assetIdOf } from '../asset-ref.js'
import { BOUNDS } from '../recording/bounds.js'
import { columnInputsOf } from './column-lineage.js'
import { known, type MergedRun } from './merged-run.js'
import { bounded } from './subset.js'

/** What the inputs of an output are worked out of. */
type Declaring = Pick<MergedRun, 'job' | 'inputs' | 'outputs'>

/**
 * What an output is made from: what a `lineage` facet says of it, of the job or of the dataset, and else every input;
 * and whatever its columns are made from. In the order of asset ids.
 */
export function declaredInputs({ job, inputs, outputs }: Declaring, outputId: string): AssetRef[] {
  const output = outputs[outputId]
  if (output === undefined) return []
  const facets = known('dataset', output.facets)
  const entries = known('job', job).lineage?.entries
  const said =
    facets.lineage?.inputs ??
    entries?.filter((entry) => assetIdOf(refOf(entry)) === outputId).flatMap((entry) => entry.inputs)
  const named = said?.map(refOf) ?? Object.values(inputs)
  const ofColumns = columnInputsOf(output.columnInputs).map(({ asset }) => asset)
  const byId = new Map([...named, ...ofColumns].map((asset) => [assetIdOf(asset), asset]))
  return [...byId].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { namespace, key }]) => ({ namespace, key }))
}

function refOf({ namespace, name }: { namespace: string; name: string }): AssetRef {
  return {
    namespace: bounded(namespace, BOUNDS.namespaceCharacters),
    key: bounded(name, BOUNDS.keyCharacters),
  }
}
