/** Lets everything that waits for its turn go on first: the pieces of long work are apart by this. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
