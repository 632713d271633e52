import { setTimeout as sleep } from 'node:timers/promises'
import type { RecordedEvent } from '../store/store.js'
import { withResolvers } from '../util/with-resolvers.js'

/** How often to look, in ms. */
export interface Pace {
  /** The least time between two looks, however much is recorded. */
  rest: number
  /** The most time between two looks, for what changes by other means than a recording. */
  patience: number
}

/** Says when to look: at once, after what `concerns` something has been recorded, and now and then. */
export async function* whenRecorded(
  pages: AsyncGenerator<RecordedEvent[]>,
  concerns: (event: RecordedEvent) => boolean,
  { rest, patience }: Pace,
  signal: AbortSignal,
): AsyncGenerator<void> {
  let isDue = true
  let news = withResolvers()
  const reading = (async () => {
    for await (const page of pages) {
      if (!page.some(concerns)) continue
      isDue = true
      news.resolve()
    }
  })()
  while (!signal.aborted) {
    isDue = false
    yield
    await pause(rest, signal)
    if (isDue) continue
    news = withResolvers()
    const waiting = new AbortController()
    const { signal: waited } = waiting
    await Promise.race([news.promise, reading, pause(patience, AbortSignal.any([signal, waited]))])
    waiting.abort()
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return sleep(ms, undefined, { signal, ref: false }).catch(() => undefined)
}
