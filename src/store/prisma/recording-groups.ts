import type { PlannedRecording } from '../../lineage/recording/plan-recording.js'
import { storageEventOf, type WritePlan } from '../../lineage/recording/write-plan.js'
import type { RecordOutcome } from '../store.js'
import type { AssetNames } from './asset-names.js'
import type { Database } from './database.js'
import { record } from './record.js'
import type { SearchRows } from './search-rows.js'
import { WriteGroups } from './write-groups.js'

/**
 * Told of each plan that has been committed, before any of its calls is answered: at once, in one piece, so it must
 * be quick, and it must not throw. Plans come in no certain order; all that they say can be added up in any.
 * What other servers write does not come here, nor does a commit whose answer was lost on the way.
 */
export type OnCommitted = (plan: WritePlan, watermark: string) => void

/**
 * Commits the recordings of concurrent calls together. Calls that could meet, in an idempotency key or in a storage
 * event, are written one after the other.
 */
export class RecordingGroups {
  readonly #groups: WriteGroups<readonly PlannedRecording[], RecordOutcome>

  constructor(
    database: Database,
    searchRows: SearchRows,
    names: AssetNames,
    onCommitted: OnCommitted = () => undefined,
  ) {
    this.#groups = new WriteGroups({
      waiting: 'calls wait to be recorded',
      writers: 2,
      write: async (calls) => {
        const written = await record(database, searchRows, names, calls.flat())
        return () => {
          onCommitted(written.plan, written.watermark)
          const outcomes = [...written.recordings]
          return calls.map(({ length }) => ({
            recordings: outcomes.splice(0, length),
            watermark: written.watermark,
          }))
        }
      },
    })
  }

  /** Commits one call's recordings, all or none. Throws SERVICE_UNAVAILABLE where too much waits already. */
  record(recordings: readonly PlannedRecording[]): Promise<RecordOutcome> {
    const size = recordings.reduce((sum, { contentLength }) => sum + contentLength, 0)
    return this.#groups.submit(recordings, size, namesOf(recordings))
  }

  /** How many calls wait. */
  get depth(): number {
    return this.#groups.depth
  }

  /** See WriteGroups. */
  close(): Promise<void> {
    return this.#groups.close()
  }
}

/** No repeat of a recording has other names. */
function namesOf(recordings: readonly PlannedRecording[]): string[] {
  return recordings.flatMap(({ idempotencyKey, materializations }) => [
    ...(idempotencyKey === null ? [] : [`key\0${idempotencyKey}`]),
    ...materializations.flatMap(({ record }) => storageEventOf(record) ?? []),
  ])
}
