import type { Query, QueryClient } from '@tanstack/react-query'

/** So long, in ms, is waited for what comes together. */
const GATHER_MS = 200
/** No sooner after the last time, in ms, where something has become of what is shown, and where it may have by way of something else. */
const [SHOWN_MS, OTHER_MS] = [1_000, 5_000]
/** Nor, up to the longer of the two, for so many times as long as the last time took: a server has other things to do. */
const SHARE = 10

/** Asks anew for some of what is shown, however much happens. */
export class AskingAnew {
  readonly #queries: QueryClient
  #timer: ReturnType<typeof setTimeout> | undefined
  /** What it is wanted for: something shown, something else, or nothing. */
  #wanted: 'shown' | 'other' | null = null
  #isUnderWay = false
  #last = { ended: Number.NEGATIVE_INFINITY, took: 0 }

  constructor(queries: QueryClient) {
    this.#queries = queries
  }

  /** Something has happened, to what is shown or not. */
  soon(isShown: boolean): void {
    if (this.#wanted === 'shown' || (this.#wanted === 'other' && !isShown)) return
    this.#wanted = isShown ? 'shown' : 'other'
    this.#schedule()
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#wanted = null
  }

  #schedule(): void {
    clearTimeout(this.#timer)
    if (this.#isUnderWay || this.#wanted === null) return
    const { ended, took } = this.#last
    const pause = this.#wanted === 'shown' ? Math.min(OTHER_MS, Math.max(SHOWN_MS, SHARE * took)) : OTHER_MS
    const left = ended + pause - performance.now()
    this.#timer = setTimeout(() => void this.#ask(), Math.max(GATHER_MS, left))
  }

  async #ask(): Promise<void> {
    this.#wanted = null
    this.#isUnderWay = true
    const begun = performance.now()
    await askAnew(this.#queries)
    const ended = performance.now()
    this.#last = { ended, took: ended - begun }
    this.#isUnderWay = false
    this.#schedule()
  }
}

/** Asks anew for what is shown; what is not, is asked for when it is. */
export async function askAnew(
  queries: QueryClient,
  predicate: (query: Query) => boolean = () => true,
): Promise<void> {
  const underWay = queries.getQueryCache().findAll({ type: 'active', fetchStatus: 'fetching', predicate })
  // What is on its way may have been looked up before.
  await Promise.allSettled(underWay.map(({ promise }) => promise))
  await queries.invalidateQueries({ predicate }, { cancelRefetch: false })
}
