import type { ServerError } from '../server-error.js'
import type { ReadyEntry } from './check-entry.js'

/** Whether the server refuses what was sent, which other content would pass. */
export function isRefusal({ code, field, status }: ServerError): boolean {
  // Without a place it is the token that may do nothing at all.
  if (code === 'FORBIDDEN') return field !== undefined
  return code === 'BAD_USER_INPUT' || code === 'IDEMPOTENCY_KEY_REUSED' || status === 413
}

/** Which entry of a batch an error is about; undefined where it does not say. */
export function culpritOf(
  { field, message }: ServerError,
  batch: readonly ReadyEntry[],
): ReadyEntry | undefined {
  const [only] = batch
  if (batch.length === 1) return only
  const at = /^inputs\[(\d+)\]/.exec(field ?? '') ?? /at "inputs\[(\d+)\]/.exec(message)
  return at === null ? undefined : batch[Number(at[1])]
}

/** A message about one entry, without its place in the batch. */
export function messageAlone({ message }: ServerError): string {
  return message.replace(/ at "inputs\[\d+\]"/, '').replace(/\binputs\[\d+\]\.?/g, '')
}
