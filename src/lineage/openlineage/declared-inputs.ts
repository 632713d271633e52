import { type AssetRef, assetIdOf } from '../asset-ref.js'
import { BOUNDS } from '../recording/bounds.js'
import { known, type MergedRun } from './merged-run.js'
import { bounded } from './subset.js'

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
    entries?.filter((entry) => namedBy(entry)[0] === outputId).flatMap((entry) => entry.inputs)
  const { fields = {}, dataset = [] } = facets.columnLineage ?? {}
  const ofColumns = [...Object.values(fields).flatMap(({ inputFields }) => inputFields), ...dataset]
  const byId = new Map<string, AssetRef>(said?.map(namedBy) ?? Object.entries(inputs))
  for (const [id, asset] of ofColumns.map(namedBy)) if (!byId.has(id)) byId.set(id, asset)
  return [...byId].sort(([a], [b]) => (a < b ? -1 : 1))
}

function namedBy({ namespace, name }: { namespace: string; name: string }): [string, AssetRef] {
  const asset = {
    namespace: bounded(namespace, BOUNDS.namespaceCharacters),
    key: bounded(name, BOUNDS.keyCharacters),
  }
  return [assetIdOf(asset), asset]
}
