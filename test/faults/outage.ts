import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from '@jest/globals'
import { Ledger, post } from '../harness/ledger.js'
import { note } from './note.js'

/** How a database goes away and comes back. */
export interface Outage {
  name: string
  away(): Promise<unknown>
  /** Resolves when it could answer again. */
  back(): Promise<unknown>
  /** The longest that a question may wait for its 503, in ms. */
  answersWithinMs: number
  /** It may be over before anything is asked. */
  isBrief?: boolean
}

/** How soon after the database's return the server answers from it. */
const BACK_WITHIN_MS = 2_000

const QUESTIONS = [
  '{ a: lineage(root: { namespace: "lake", key: "made/1" }, direction: BOTH) { watermark } }',
  '{ a: materializations(first: 2) { nodes { asset { key } } } }',
  '{ a: asset(namespace: "lake", key: "made/2") { latestMaterialization { jobId } } }',
]

/**
 * Takes the database of a server away while eight write and three read, and gives it back: meanwhile each question is
 * answered, by 503 where it needs the database; soon after, all is as before, and nothing acknowledged is lost.
 */
export async function throughOutage(
  url: string,
  { name, away, back, answersWithinMs, isBrief = false }: Outage,
): Promise<void> {
  const ledger = new Ledger()
  const load = ledger.write(url, 8)
  await load.acknowledged(20)
  const readers = new Readers(url)
  await Promise.all([readers.answered(), load.acknowledged(20)])

  await away()
  const refusedBefore = ledger.statuses.get(503) ?? 0
  while (!isBrief && ((ledger.statuses.get(503) ?? 0) < refusedBefore + 8 || readers.refused < 3))
    await sleep(5)
  expect((await fetch(`${url}/livez`)).status).toBe(200)
  await back()
  const backAt = performance.now()
  await Promise.all([readers.answered(), load.acknowledged(1)])
  const ms = performance.now() - backAt
  expect(ms).toBeLessThan(BACK_WITHIN_MS)

  await load.acknowledged(40)
  await Promise.all([load.finish(), readers.finish()])
  expect(strangeStatuses(ledger)).toEqual([])
  expect(readers.surprises).toEqual([])
  expect(ledger.surprises).toEqual([])
  expect(readers.longestMs).toBeLessThan(answersWithinMs)
  expect(await ledger.complaints(url)).toEqual([])
  note(
    `${name}: answers again after ${Math.round(ms)} ms; longest answer to a reader ${Math.round(readers.longestMs)} ms; ` +
      `${ledger.acknowledged} acknowledged, ${ledger.statuses.get(503)} answered by 503, ${ledger.again.sent} sent again, ` +
      `${ledger.again.there} of them there already`,
  )
}

/** Statuses that a writer may not get: 0 where a connection broke. */
export function strangeStatuses(ledger: Ledger): number[] {
  return [...ledger.statuses.keys()].filter((status) => ![200, 201, 503].includes(status))
}

/** Ask one question after the other. */
class Readers {
  /** Answers that are neither good nor 503. */
  readonly surprises: string[] = []
  refused = 0
  longestMs = 0
  #good = 0
  #isFinishing = false
  readonly #working: Promise<unknown>

  constructor(private readonly url: string) {
    this.#working = Promise.all(QUESTIONS.map((query) => this.#ask(JSON.stringify({ query }))))
  }

  async #ask(body: string): Promise<void> {
    while (!this.#isFinishing) {
      const startedAt = performance.now()
      const { status, text } = await post(`${this.url}/graphql`, body)
      this.longestMs = Math.max(this.longestMs, performance.now() - startedAt)
      if (status === 200) this.#good++
      else if (status === 503) this.refused++
      else this.surprises.push(`${status} ${text}`)
      await sleep(5)
    }
  }

  /** Resolves with the next good answer. */
  async answered(): Promise<void> {
    const before = this.#good
    while (this.#good === before) await sleep(2)
  }

  finish(): Promise<unknown> {
    this.#isFinishing = true
    return this.#working
  }
}
