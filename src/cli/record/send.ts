import { RecordMaterializationBatchDocument } from '../../../schema/operations.generated.js'
import type { Client } from '../client.js'
import { ServerError } from '../server-error.js'
import type { BadEntry, ReadyEntry } from './check-entry.js'
import { culpritOf, isRefusal, messageAlone } from './culprit.js'

/** What has been recorded so far. */
export interface Tally {
  /** Recordings written. */
  recorded: number
  /** Materializations in them. */
  materializations: number
  /** Recordings that the server had already. */
  duplicates: number
}

/** Records a batch, all of it or nothing. Throws a ServerError where the server refuses it. */
export async function sendBatch(client: Client, batch: readonly ReadyEntry[], tally: Tally): Promise<void> {
  const { recordMaterializationBatch: payloads } = await client.request(RecordMaterializationBatchDocument, {
    inputs: batch.map(({ input }) => input),
  })
  for (const { duplicate, materializations } of payloads) {
    if (duplicate) {
      tally.duplicates++
    } else {
      tally.recorded++
      tally.materializations += materializations.length
    }
  }
}

/** Records what the server takes of a batch, and names the rest: the one at fault, or half after half. */
export async function sendGood(
  client: Client,
  batch: readonly ReadyEntry[],
  tally: Tally,
  onBad: (bad: BadEntry) => void,
): Promise<void> {
  if (batch.length === 0) return
  try {
    await sendBatch(client, batch, tally)
  } catch (error) {
    if (!(error instanceof ServerError && isRefusal(error))) throw error
    const culprit = culpritOf(error, batch)
    if (culprit !== undefined) {
      onBad({ number: culprit.number, message: messageAlone(error) })
      await sendGood(
        client,
        batch.filter((entry) => entry !== culprit),
        tally,
        onBad,
      )
      return
    }
    const middle = batch.length >> 1
    await sendGood(client, batch.slice(0, middle), tally, onBad)
    await sendGood(client, batch.slice(middle), tally, onBad)
  }
}
