import type { PlanReads } from '../../harness/plan-tree.js'
import type { PlanMode, Planner } from '../../harness/planner.js'
import type { Sent } from '../../harness/plans.js'
import type { Expected } from './expected.js'

/** Few nodes are registered, few assets retired, and few namespaces pruned: these may be read from end to end where PostgreSQL finds that quicker. */
const SMALL = /^Seq Scan (node_config|expected_asset|asset_lifecycle|retention)$/

/** From this many values in a list on they are thousands. */
const THOUSANDS = 2_000

/** In which ways a prepared statement is planned. */
export function modesOf(expected: Expected): PlanMode[] {
  return ['force_custom_plan', expected.neverGeneric === undefined ? 'force_generic_plan' : 'auto']
}

/** What is wrong with the plans of a prepared statement; empty where nothing is. */
export async function complaintsOf(
  planner: Planner,
  expected: Expected,
  sent: Sent,
  modes: readonly PlanMode[],
): Promise<string[]> {
  const isOfThousands = sent.values.some((value) => Array.isArray(value) && value.length >= THOUSANDS)
  const complaints: string[] = []
  for (const mode of modes) {
    if (expected.ofThousands !== undefined && isOfThousands && mode === 'force_custom_plan') continue
    const reads = await planner.readsOf(sent.text, sent.values, mode)
    for (const complaint of [...wholeReads(reads), ...otherIndexes(reads, expected.uses)])
      complaints.push(`${mode}: ${complaint}`)
  }
  return complaints
}

/** What a plan reads from end to end. */
export function wholeReads({ whole }: PlanReads): string[] {
  return whole.filter((read) => !SMALL.test(read)).map((read) => `reads all: ${read}`)
}

function otherIndexes({ indexes, whole }: PlanReads, uses: Expected['uses']): string[] {
  const known = new Set(uses.flat())
  const isSmall = whole.some((read) => SMALL.test(read))
  return [
    ...[...indexes]
      .filter((index) => !known.has(index))
      .map((index) => `looks up in ${index}, which is not listed`),
    ...uses
      .filter((one) => !isSmall && ![one].flat().some((index) => indexes.has(index)))
      .map((one) => `does not look up in ${[one].flat().join(' or ')}`),
  ]
}
