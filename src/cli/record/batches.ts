import type { ReadyEntry } from './check-entry.js'

/** As many recordings as the server takes in one transaction. */
const MOST_IN_BATCH = 100
/** Below the 1 MiB that proxies commonly allow a request. A larger recording goes alone. */
const BATCH_BYTES = 512 * 1024

/** Packs recordings, in order, into what one request carries. */
export async function* inBatches(
  entries: AsyncIterable<ReadyEntry> | Iterable<ReadyEntry>,
): AsyncGenerator<ReadyEntry[]> {
  let batch: ReadyEntry[] = []
  let bytes = 0
  for await (const entry of entries) {
    const size = Buffer.byteLength(JSON.stringify(entry.input))
    if (batch.length === MOST_IN_BATCH || (batch.length > 0 && bytes + size > BATCH_BYTES)) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(entry)
    bytes += size
  }
  if (batch.length > 0) yield batch
}
