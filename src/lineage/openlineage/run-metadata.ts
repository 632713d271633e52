import { fitted } from './fitted.js'
import { known, type MergedRun } from './merged-run.js'

type Output = MergedRun['outputs'][string]

/** What is kept with a materialization, of what has no place of its own, as far as it fits. */
export function metadataOf(merged: MergedRun, output: Output): Record<string, unknown> {
  const run = known('run', merged.run)
  const job = known('job', merged.job)
  const dataset = known('dataset', output.facets)
  const { outputStatistics } = known('use', output.use)
  return fitted({
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
  })
}
