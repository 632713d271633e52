import { parse } from 'uuid'
import { nameUuid } from '../util/name-uuid.js'

/** Never changes: whoever says something again must come to the same id. */
const LIFECYCLE_NAMESPACE = parse('1b8a4d7e-2f0c-5a53-9d1e-6c0b7f3e4a92')

/** Something has said that an asset is not there any more, from a time on, or that it is there again. */
export interface LifecycleChange extends LifecycleRef {
  /** Of the run that has dropped it; null where none has. */
  runId: string | null
  isRetired: boolean
  since: Date
}

/** Names what has been said of an asset, by who has said it. */
export interface LifecycleRef {
  assetId: string
  id: string
}

/** The id of what people say of a time: what they said last of it counts. */
export function toldIdOf(since: Date): string {
  return nameUuid(`told\u0001${since.toISOString()}`, LIFECYCLE_NAMESPACE)
}

/** The id of what a run says of an asset under one of its names. */
export function droppedByRunIdOf(runId: string, namedId: string): string {
  return nameUuid(`run\u0001${runId}\u0001${namedId}`, LIFECYCLE_NAMESPACE)
}

/** The id of what an event that is of no run says of an asset under one of its names. */
export function droppedByEventIdOf(namedId: string, since: Date): string {
  return nameUuid(`event\u0001${namedId}\u0001${since.toISOString()}`, LIFECYCLE_NAMESPACE)
}
