import type { Tally } from './journal.js'
import type { Refusal } from './refusals.js'

/** For people. */
export function textReport(tally: Tally): string {
  const { materializations, alreadyThere, upstreams, checkResults, expectedAssets, dagRuns, refused } = tally
  const { assets, assetsUnchanged, assetsNeverRecorded } = tally
  return [
    `imported ${shown(materializations)} materializations (${shown(alreadyThere)} already there) with ${shown(upstreams)} upstreams`,
    `${shown(checkResults)} check results`,
    `${shown(expectedAssets)} expected assets of ${shown(dagRuns)} DAG runs`,
    `${shown(assets)} assets (${shown(assetsUnchanged)} already so, ${shown(assetsNeverRecorded)} never recorded)`,
    `refused ${shown(refused)}`,
  ].join(', ')
}

/** For programs. `error`: why it is not all. */
export function jsonReport(tally: Tally, refusals: readonly Refusal[], error: string | undefined): string {
  return JSON.stringify({ ...tally, refusals, ...(error === undefined ? {} : { error }) })
}

function shown(count: number): string {
  return count.toLocaleString('en-US')
}
