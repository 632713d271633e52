import { BOUNDS } from '../recording/bounds.js'
import { known, type MergedRun } from './merged-run.js'

type Output = MergedRun['outputs'][string]

/**
 * What is kept with a materialization, of what has no place of its own. What would make it larger than metadata may be
 * is left out, the largest first, and named under `omitted`.
 */
export function metadataOf(merged: MergedRun, output: Output): Record<string, unknown> {
  const run = known('run', merged.run)
  const job = known('job', merged.job)
  const dataset = known('dataset', output.facets)
  const { outputStatistics } = known('use', output.use)
  const all = {
    producer: merged.producer[2] ?? undefined,
    runId: merged.runId,
    nominalTime: run.nominalTime,
    sourceCodeLocation: job.sourceCodeLocation,
    schema: dataset.schema?.fields,
    lifecycleStateChange: dataset.lifecycleStateChange?.lifecycleStateChange,
    datasetType: dataset.datasetType,
    storage: dataset.storage,
    rowCount: outputStatistics?.rowCount,
    fileCount: outputStatistics?.fileCount,
    tags: dataset.tags?.tags,
    owners: dataset.ownership?.owners,
  }
  const members = Object.entries(all)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ({ name, value, bytes: Buffer.byteLength(JSON.stringify(value)) }))
  const omitted: string[] = []
  let bytes = members.reduce((sum, one) => sum + one.bytes + 40, 0)
  for (const one of members.toSorted((a, b) => b.bytes - a.bytes)) {
    if (bytes <= BOUNDS.metadataBytes - 1_000) break
    bytes -= one.bytes
    omitted.push(one.name)
  }
  const kept = members.filter(({ name }) => !omitted.includes(name)).map(({ name, value }) => [name, value])
  return { ...Object.fromEntries(kept), ...(omitted.length === 0 ? {} : { omitted }) }
}
