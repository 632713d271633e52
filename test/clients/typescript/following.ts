import {
  type EndpointOptions,
  LineageClient,
  type MaterializationEvent,
  SubscriptionEndedError,
} from '../../../clients/typescript/src/index.js'

const FAST = { firstPauseMs: 5, longestPauseMs: 50 }
/** One that does not wait for long. */
export const clientOf = (url: string, options: EndpointOptions = {}) =>
  new LineageClient({ url, ...FAST, ...options })

/** Records that many materializations, one after the other; answers with their ids, and where they begin. */
export async function recorded(
  count: number,
  { by, key = 'a' }: { by: LineageClient; key?: string },
): Promise<{ ids: string[]; before: string }> {
  const { watermark } = await by.recordMaterializations({ jobId: 'job', assets: [{ key: 'before' }] })
  return { ids: await more(count, { by, key }), before: watermark }
}

/** Their ids. */
export async function more(
  count: number,
  { by, key = 'a' }: { by: LineageClient; key?: string },
): Promise<string[]> {
  const ids: string[] = []
  while (ids.length < count) {
    const { materializations } = await by.recordMaterializations({ jobId: 'job', assets: [{ key }] })
    ids.push(...materializations.map(({ id }) => id))
  }
  return ids
}

/** Throws at the end. */
export async function next<Item>(events: AsyncGenerator<Item, void, undefined>): Promise<Item> {
  const { done, value } = await events.next()
  if (done) throw new Error('expected an event, got the end')
  return value
}

/** The ids of what comes next. */
export async function nextIds(
  events: AsyncGenerator<MaterializationEvent, void, undefined>,
  count: number,
): Promise<string[]> {
  const ids: string[] = []
  while (ids.length < count) ids.push((await next(events)).materialization.id)
  return ids
}

/** Why it ended. Throws where it did not. */
export async function failureOf(events: AsyncGenerator<unknown>): Promise<SubscriptionEndedError> {
  try {
    for await (const _ of events);
  } catch (error) {
    if (error instanceof SubscriptionEndedError) return error
    throw error
  }
  throw new Error('expected an error')
}

/** Something that happens again and again. */
export class Signals {
  #count = 0
  #waiting: { count: number; resolve: () => void }[] = []

  give(): void {
    this.#count++
    for (const one of this.#waiting) if (one.count <= this.#count) one.resolve()
  }

  /** Resolves when it has happened so many times. */
  reach(count: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.#count >= count) resolve()
      else this.#waiting.push({ count, resolve })
    })
  }
}
