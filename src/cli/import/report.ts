import { plural } from '../plural.js'
import type { Tally } from './journal.js'
import type { Refusal } from './refusals.js'

/** For people. */
export function textReport(tally: Tally): string {
  const { materializations, alreadyThere, upstreams, checkResults, expectedAssets, dagRuns, refused } = tally
  const { assets, assetsUnchanged, assetsNeverRecorded } = tally
  return [
    `imported ${shown(materializations, 'materialization')} (${shown(alreadyThere)} already there) with ${shown(upstreams, 'upstream')}`,
    `${shown(checkResults, 'check result')}`,
    `${shown(expectedAssets, 'expected asset')} of ${shown(dagRuns, 'DAG run')}`,
    `${shown(assets, 'asset')} (${shown(assetsUnchanged)} already so, ${shown(assetsNeverRecorded)} never recorded)`,
    `refused ${shown(refused)}`,
  ].join(', ')
}

/** For programs. `error`: why it is not all. */
export function jsonReport(tally: Tally, refusals: readonly Refusal[], error: string | undefined): string {
  return JSON.stringify({ ...tally, refusals, ...(error === undefined ? {} : { error }) })
}

function shown(count: number, word?: string): string {
  const number = count.toLocaleString('en-US')
  return word === undefined ? number : `${number} ${plural(count, word)}`
}
