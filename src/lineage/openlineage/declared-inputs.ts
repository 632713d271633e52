import type { AssetRef } from '../asset-ref.js'
import { columnInputsOf } from './column-lineage.js'
import { known, type MergedRun } from './merged-run.js'
import { namedBy } from './same-assets.js'

/** What the inputs of an output are worked out of. */
type Declaring = Pick<MergedRun, 'job' | 'inputs' | 'outputs'>

/**
 * What each output is made from, by asset id: what a `lineage` facet says of it, of the job or of the dataset, and else
 * every input; and whatever its columns are made from. In the order of ids. What outputs have in common is worked out
 * once.
 */
export function declaredInputs({ job, inputs, outputs }: Declaring): (outputId: string) => DeclaredInput[] {
  const every = inOrder(Object.entries(inputs))
  const ofJob = entriesOf(job)
  return (outputId) => {
    const output = outputs[outputId]
    if (output === undefined) return []
    const { lineage } = known('dataset', output.facets)
    const said = lineage === undefined ? ofJob?.(outputId) : lineage.inputs.map(asDeclared)
    const ofColumns = columnInputsOf(output.columnInputs)
    if (said === undefined && ofColumns.length === 0) return every
    const byId = new Map<string, AssetRef>(said ?? every)
    for (const { assetId, asset } of ofColumns) if (!byId.has(assetId)) byId.set(assetId, asset)
    return inOrder(byId)
  }
}

/** An input with its asset id. */
type DeclaredInput = readonly [assetId: string, asset: AssetRef]

/** What the `lineage` facet of a job says of each output; undefined where there is none. */
function entriesOf(job: Declaring['job']): ((outputId: string) => DeclaredInput[]) | undefined {
  const { lineage } = known('job', job)
  if (lineage === undefined) return undefined
  const byOutput = new Map<string, DeclaredInput[]>()
  for (const entry of lineage.entries) {
    const { assetId } = namedBy(entry)
    const before = byOutput.get(assetId)
    const inputs = entry.inputs.map(asDeclared)
    if (before === undefined) byOutput.set(assetId, inputs)
    else before.push(...inputs)
  }
  return (outputId) => byOutput.get(outputId) ?? []
}

function asDeclared(identifier: { namespace: string; name: string }): DeclaredInput {
  const { assetId, asset } = namedBy(identifier)
  return [assetId, asset]
}

function inOrder(inputs: Iterable<DeclaredInput>): DeclaredInput[] {
  return [...inputs].sort(([a], [b]) => (a < b ? -1 : 1))
}
