import { tell } from '../output.js'

/** The most that the report in JSON lists; the others are only counted, and named on standard error. */
const MOST_LISTED = 1_000

/** A row that was not imported. */
export interface Refusal {
  table: string
  id: string
  message: string
}

/** Names the rows that were not imported, as they are met. */
export class Refusals {
  readonly listed: Refusal[] = []

  constructor(private readonly tally: { refused: number }) {}

  add(refusal: Refusal): void {
    this.tally.refused++
    if (this.listed.length < MOST_LISTED) this.listed.push(refusal)
    tell(`${refusal.table} ${refusal.id}: ${refusal.message}`)
  }
}
