import { parse } from 'uuid'
import { nameUuid } from '../../util/name-uuid.js'

/** Never changes: every run's id hangs on it. */
const RUN_ID_NAMESPACE = parse('8f0e9a0c-37c3-5d0b-b7c9-6f4d2a0d9a11')

/** What names a run: its own id may be another run's elsewhere. */
export interface RunRef {
  jobNamespace: string
  jobName: string
  runId: string
}

/** UUIDv5 of the job and the run id, so that it is known without asking anybody. */
export function runIdOf({ jobNamespace, jobName, runId }: RunRef): string {
  return nameUuid([jobNamespace, jobName, runId].join('\u0001'), RUN_ID_NAMESPACE)
}
