import {
  RecordMaterializationBatchDocument,
  type RecordMaterializationBatchMutation,
} from '../../../schema/operations.generated.js'
import type { Client } from '../client.js'
import { ServerError } from '../server-error.js'
import type { BadEntry, ReadyEntry } from './check-entry.js'
import { culpritOf, isRefusal, messageAlone } from './culprit.js'

/** What the server answered to one recording. */
export type RecordingAnswer = RecordMaterializationBatchMutation['recordMaterializationBatch'][number]

/** Hears what the server answered to each recording that it has. */
export type OnRecorded = (entry: ReadyEntry, answer: RecordingAnswer) => void

/** Records a batch, all of it or nothing. Throws a ServerError where the server refuses it. */
export async function sendBatch(
  client: Client,
  batch: readonly ReadyEntry[],
  onRecorded: OnRecorded,
): Promise<void> {
  const { recordMaterializationBatch: answers } = await client.request(RecordMaterializationBatchDocument, {
    inputs: batch.map(({ input }) => input),
  })
  batch.forEach((entry, at) => {
    const answer = answers[at]
    if (answer !== undefined) onRecorded(entry, answer)
  })
}

/** Records what the server takes of a batch, and names the rest: the one at fault, or half after half. */
export async function sendGood(
  client: Client,
  batch: readonly ReadyEntry[],
  onRecorded: OnRecorded,
  onBad: (bad: BadEntry) => void,
): Promise<void> {
  if (batch.length === 0) return
  try {
    await sendBatch(client, batch, onRecorded)
  } catch (error) {
    if (!(error instanceof ServerError && isRefusal(error))) throw error
    const culprit = culpritOf(error, batch)
    if (culprit !== undefined) {
      onBad({ number: culprit.number, message: messageAlone(error) })
      await sendGood(
        client,
        batch.filter((entry) => entry !== culprit),
        onRecorded,
        onBad,
      )
      return
    }
    const middle = batch.length >> 1
    await sendGood(client, batch.slice(0, middle), onRecorded, onBad)
    await sendGood(client, batch.slice(middle), onRecorded, onBad)
  }
}
