import { toJson } from '../json.js'

/** The most recordings that the server takes in one transaction. */
const MOST_IN_BATCH = 100
/** Characters of JSON; below the 1 MiB that proxies commonly allow a request. A larger recording goes alone. */
const BATCH_CHARACTERS = 512 * 1024

/** Whether a batch of so many recordings and characters has no room for one more of this size. */
export function isFull(batch: { count: number; characters: number }, more: number): boolean {
  return batch.count >= MOST_IN_BATCH || (batch.count > 0 && batch.characters + more > BATCH_CHARACTERS)
}

/** Packs recordings, in order, into what one request carries. */
export async function* inBatches<Input extends object>(
  inputs: Iterable<Input> | AsyncIterable<Input>,
): AsyncGenerator<Input[], void, undefined> {
  let batch: Input[] = []
  let characters = 0
  for await (const input of inputs) {
    const size = charactersOf(input)
    if (isFull({ count: batch.length, characters }, size)) {
      yield batch
      batch = []
      characters = 0
    }
    batch.push(input)
    characters += size
  }
  if (batch.length > 0) yield batch
}

/** What JSON cannot keep counts for nothing: sending it says what is wrong with it. */
function charactersOf(input: object): number {
  try {
    return toJson(input, '').length
  } catch {
    return 0
  }
}
