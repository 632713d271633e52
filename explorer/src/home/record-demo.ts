import { client } from '../api/client.js'
import { RecordDemoDocument, type RecordMaterializationsInput } from '../api/operations.generated.js'

/** So many recordings are sent at once. */
const BATCH = 20

/** Records the demo, which lies beside this page; `onProgress` is told how much of it has been, from 0 to 1. */
export async function recordDemo(onProgress: (done: number) => void): Promise<void> {
  const response = await fetch('/demo.json')
  if (!response.ok) throw new Error(`The server answered ${response.status} for it.`)
  const recordings: RecordMaterializationsInput[] = await response.json()
  for (let at = 0; at < recordings.length; at += BATCH) {
    await client.request(RecordDemoDocument, { inputs: recordings.slice(at, at + BATCH) })
    onProgress(Math.min(at + BATCH, recordings.length) / recordings.length)
  }
}
