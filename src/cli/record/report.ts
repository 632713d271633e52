import { tell } from '../output.js'
import { plural } from '../plural.js'
import type { BadEntry } from './check-entry.js'
import type { RecordingAnswer } from './send.js'

/** The most bad entries that the report in JSON lists; the others are only counted, and named on standard error. */
const MOST_LISTED = 1_000

/** What has been recorded so far. */
interface Tally {
  /** Recordings written. */
  recorded: number
  /** Materializations in them. */
  materializations: number
  /** Recordings that the server had already. */
  duplicates: number
}

/** What has become of a file. */
export class Report {
  readonly #tally: Tally = { recorded: 0, materializations: 0, duplicates: 0 }
  readonly #listed: BadEntry[] = []
  #bad = 0

  /** `unit`: what the numbers of entries count. */
  constructor(readonly unit: 'line' | 'item') {}

  /** The number of entries that cannot be recorded. */
  get bad(): number {
    return this.#bad
  }

  /** The number of recordings that the server has for certain. */
  get done(): number {
    return this.#tally.recorded + this.#tally.duplicates
  }

  /** Counts a recording that the server has. */
  addRecorded({ duplicate, materializations }: RecordingAnswer): void {
    if (duplicate) {
      this.#tally.duplicates++
    } else {
      this.#tally.recorded++
      this.#tally.materializations += materializations.length
    }
  }

  /** Names an entry that cannot be recorded, at once. */
  addBad(entry: BadEntry): void {
    this.#bad++
    if (this.#listed.length < MOST_LISTED) this.#listed.push(entry)
    tell(`${this.unit} ${entry.number}: ${entry.message}`)
  }

  /** For people. */
  text(): string {
    const { recorded, materializations, duplicates } = this.#tally
    return `recorded ${recorded} (${materializations} ${plural(materializations, 'materialization')}), already there ${duplicates}, bad ${this.#bad}`
  }

  /** For programs. `error`: why it is not all. */
  json(error: string | undefined): string {
    return JSON.stringify({
      ...this.#tally,
      bad: this.#bad,
      unit: this.unit,
      badEntries: this.#listed,
      ...(error === undefined ? {} : { error }),
    })
  }
}
