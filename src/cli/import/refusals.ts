import { tell } from '../output.js'
import { isRefusal } from '../record/culprit.js'
import { ServerError } from '../server-error.js'

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

/** Does what may be refused: null where it was not, else why. */
export async function refusalOf(work: () => Promise<void>): Promise<string | null> {
  try {
    await work()
    return null
  } catch (error) {
    if (error instanceof SyntaxError) return `not JSON: ${error.message}`
    if (error instanceof ServerError && isRefusal(error)) return error.message.replace(/^input\./, '')
    throw error
  }
}
