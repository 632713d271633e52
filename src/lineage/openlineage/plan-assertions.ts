import { isEqual } from '../../util/is-equal.js'
import { assertedCheckIdOf, assertionsIdOf } from '../checks/asserted-check-id.js'
import type { AssertedResult, RunAssertions, RunAssertionsRef } from '../checks/run-assertions.js'
import type { Canonical, NamedAsset } from '../names/asset-names.js'
import { renamedIn } from '../names/renamed.js'
import { BOUNDS } from '../recording/bounds.js'
import { ASSERTIONS_FACET, type Assertion, nameOfAssertion } from './assertions.js'
import { fitted } from './fitted.js'
import { later, type MergedRun, type Said } from './merged-run.js'
import type { RunChange } from './plan-ingest.js'
import { type RunRef, runIdOf } from './run-id.js'
import { madeDuring, madeIdOf, nodeOf, tookInputsAt, usedOf } from './run-outcome.js'
import { bounded } from './subset.js'

/** What changes of what runs assert: in the order of keys. */
export interface AssertionPlan {
  put: readonly (RunAssertions & NamedAsset)[]
  gone: readonly (RunAssertionsRef & NamedAsset)[]
}

/** What events change of what runs assert. Most events change nothing. `canonical`: what names stand for. */
export function planAssertions(changes: readonly RunChange[], canonical: Canonical): AssertionPlan {
  const put: AssertionPlan['put'][number][] = []
  const gone: AssertionPlan['gone'][number][] = []
  for (const { before, after } of changes) {
    const formerly = new Map((before === null ? [] : assertedBy(before)).map((one) => [one.id, one]))
    for (const asserted of assertedBy(after)) {
      if (!isEqual(formerly.get(asserted.id), asserted)) put.push(withResults(asserted, after))
      formerly.delete(asserted.id)
    }
    gone.push(...formerly.values())
  }
  const inOrder = <One extends RunAssertionsRef & NamedAsset>(list: readonly One[]) =>
    list.map((one) => renamedIn(one, canonical)).sort(byKey)
  return { put: inOrder(put), gone: inOrder(gone) }
}

type Asserted = Omit<RunAssertions, 'results'> & NamedAsset & { assertions: readonly Assertion[] }

/** What a run asserts of each asset, by the names that it uses, by all that has been said of it. */
function assertedBy(merged: MergedRun): Asserted[] {
  return Object.entries({ ...merged.inputs, ...merged.outputs }).flatMap(([assetId, { namespace, key }]) => {
    const [at, , value] = saidOf(merged, assetId) ?? []
    const { assertions = [] } = (value ?? {}) as { assertions?: Assertion[] }
    if (at === undefined || assertions.length === 0) return []
    const runId = runIdOf(merged)
    const used = usedOf(merged.inputs[assetId])
    const output = outputOf(merged, assetId)
    // What it checked is not there before it is made, and never where the run fails.
    if (output !== null && madeDuring(merged) === null) return []
    return {
      ...{ assetId, asset: { namespace, key }, id: assertionsIdOf(runId, assetId), runId, ...used },
      materializationId: output === null ? null : ownId(runId, assetId, output.partitions, used.partitionKey),
      asOf: tookInputsAt(merged),
      dagId: nodeOf(merged).dagId,
      checkedAt: new Date(at),
      assertions,
    }
  })
}

/**
 * What was asserted last of an asset, wherever an event has the facet: with the use of the dataset, as the specification
 * has it, or with the dataset, as dbt has put it.
 */
function saidOf({ inputs, outputs }: MergedRun, assetId: string): Said | null {
  let last: Said | null = null
  for (const dataset of [inputs[assetId], outputs[assetId]]) {
    for (const latest of [dataset?.use, dataset?.facets]) {
      const said = latest?.[ASSERTIONS_FACET]
      if (said !== undefined) last = last === null ? said : later(last, said)
    }
  }
  return last
}

/** An asset as the run makes it; null where it does not. */
function outputOf({ outputs }: MergedRun, assetId: string): MergedRun['outputs'][string] | null {
  const output = outputs[assetId]
  return output === undefined || output.isOnlyDropped ? null : output
}

/** What a run made of an output: of several partitions the one that it says it used, else the latest. */
function ownId(runId: string, assetId: string, partitions: readonly string[], used: string | null): string {
  const place = used === null ? -1 : partitions.indexOf(used)
  if (place >= 0) return madeIdOf(runId, assetId, place)
  // All are of one time.
  const ids = Array.from({ length: Math.max(partitions.length, 1) }, (_, at) => madeIdOf(runId, assetId, at))
  return ids.sort().at(-1) ?? ''
}

function withResults({ assertions, ...asserted }: Asserted, merged: MergedRun): AssertionPlan['put'][number] {
  const times = new Map<string, number>()
  const results = assertions.map((assertion) => {
    const name = bounded(nameOfAssertion(assertion), BOUNDS.idCharacters)
    const nth = times.get(name) ?? 0
    times.set(name, nth + 1)
    return {
      id: assertedCheckIdOf(asserted.id, name, nth),
      name,
      ...saidBy(assertion, merged),
    }
  })
  return { ...asserted, results }
}

function saidBy(
  { assertion, success, column, severity = '', expected, actual }: Assertion,
  { jobNamespace, jobName, runId }: RunRef,
): Omit<AssertedResult, 'id' | 'name'> {
  return {
    status: success ? 'PASSED' : 'FAILED',
    severity: /^warn/i.test(severity) ? 'WARN' : 'ERROR',
    details: fitted({ assertion, column, expected, actual, jobNamespace, jobName, runId }),
  }
}

function byKey(a: RunAssertionsRef, b: RunAssertionsRef): number {
  return a.assetId + a.id < b.assetId + b.id ? -1 : 1
}
