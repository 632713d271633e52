import type { Access } from '../lineage/access/access.js'
import { demandOfRecordings } from '../lineage/access/demand-recording.js'
import type { Materialization } from '../lineage/entities.js'
import { BOUNDS, checkCount } from '../lineage/recording/bounds.js'
import { checkRecording } from '../lineage/recording/check-recording.js'
import { planRecordings } from '../lineage/recording/plan-recording.js'
import type { RecordingInput } from '../lineage/recording/recording-input.js'
import type { Store } from '../store/store.js'

/** What became of one recording: what it made, now or when it was first delivered. */
export interface RecordingAnswer {
  materializations: readonly Materialization[]
  duplicate: boolean
  watermark: string
}

/**
 * Records what one run made, or several: all of it or nothing. What it answers is committed. `field` is where the
 * recordings stand in the arguments: errors name the place. Throws BAD_USER_INPUT, FORBIDDEN,
 * IDEMPOTENCY_KEY_REUSED.
 */
export async function recordAll(
  store: Pick<Store, 'record'>,
  access: Access,
  recordings: readonly { field: string; input: RecordingInput }[],
): Promise<RecordingAnswer[]> {
  checkCount('inputs', recordings.length, 1, BOUNDS.recordingsPerBatch)
  checkCount('upstream', countInputs(recordings.map(({ input }) => input)), 0, BOUNDS.inputsPerCall)
  checkCount('columns', countColumns(recordings.map(({ input }) => input)), 0, BOUNDS.columnsPerCall)
  checkCount(
    'columnInputs',
    countColumnInputs(recordings.map(({ input }) => input)),
    0,
    BOUNDS.columnInputsPerCall,
  )
  const now = new Date()
  const planned = planRecordings(
    recordings.map(({ field, input }) => ({ field, recording: checkRecording(field, input) })),
    now,
  )
  demandOfRecordings(access, planned)
  const { recordings: outcomes, watermark } = await store.record(
    access.mayEverywhere('RECORD') ? planned : planned.map((one) => ({ ...one, by: access })),
  )
  return outcomes.map(({ materializations, isDuplicate }) => ({
    materializations,
    duplicate: isDuplicate,
    watermark,
  }))
}

/** Counted before anything is made of them: each asset of a call has all that the call names. */
function countInputs(inputs: readonly RecordingInput[]): number {
  return inputs.reduce((sum, { assets, upstream }) => {
    const own = assets.reduce((count, asset) => count + (asset.upstream?.length ?? 0), 0)
    return sum + own + assets.length * (upstream?.length ?? 0)
  }, 0)
}

function countColumns(inputs: readonly RecordingInput[]): number {
  const assets = inputs.flatMap((input) => input.assets)
  return assets.reduce((sum, { columns }) => sum + (columns?.length ?? 0), 0)
}

function countColumnInputs(inputs: readonly RecordingInput[]): number {
  const assets = inputs.flatMap((input) => input.assets)
  return assets.reduce((sum, { columns, columnDependencies }) => {
    const ofColumns = (columns ?? []).reduce((count, { inputs: own }) => count + (own?.length ?? 0), 0)
    return sum + ofColumns + (columnDependencies?.length ?? 0)
  }, 0)
}
