import {
  droppedByEventIdOf,
  droppedByRunIdOf,
  type LifecycleChange,
  type LifecycleRef,
} from '../lifecycle.js'
import type { Canonical, NamedAsset } from '../names/asset-names.js'
import { renamedIn } from '../names/renamed.js'
import { type AssetFacts, isDropped } from './asset-facts.js'
import { known, type MergedRun } from './merged-run.js'
import type { RunChange } from './plan-ingest.js'
import { runIdOf } from './run-id.js'

/** What changes of which assets are there: in the order of keys. */
export interface LifecyclePlan {
  put: readonly LifecycleChange[]
  gone: readonly LifecycleRef[]
}

type Dropped = LifecycleChange & NamedAsset

/** What events change of which assets are there. `facts`: of the events, by the names in them. */
export function planLifecycle(
  facts: readonly AssetFacts[],
  changes: readonly RunChange[],
  canonical: Canonical,
): LifecyclePlan {
  const put = new Map(facts.filter(({ isDropped }) => isDropped).map((one) => keyed(byEvent(one))))
  const gone = new Map<string, Dropped>()
  for (const { before, after } of changes) {
    for (const one of before === null ? [] : droppedBy(before)) gone.set(...keyed(one))
    for (const one of droppedBy(after)) {
      const [key] = keyed(one)
      if (gone.get(key)?.since.getTime() !== one.since.getTime()) put.set(key, one)
      gone.delete(key)
    }
  }
  const inOrder = (ones: Iterable<Dropped>) => [...ones].map((one) => renamedIn(one, canonical)).sort(byKey)
  return { put: inOrder(put.values()), gone: inOrder(gone.values()) }
}

/** What a run has dropped: at its end, by what was said last of it. */
function droppedBy(run: MergedRun): Dropped[] {
  const { completed, outputs } = run
  if (completed === null) return []
  const runId = runIdOf(run)
  return Object.entries(outputs)
    .filter(([, { facets }]) => isDropped(known('dataset', facets)))
    .map(([assetId, { namespace, key }]) => ({
      ...{ assetId, asset: { namespace, key }, id: droppedByRunIdOf(runId, assetId), runId },
      isRetired: true,
      since: new Date(completed[1]),
    }))
}

function byEvent({ assetId, asset, at }: AssetFacts): Dropped {
  return { assetId, asset, id: droppedByEventIdOf(assetId, at), runId: null, isRetired: true, since: at }
}

function keyed(one: Dropped): [string, Dropped] {
  return [one.assetId + one.id, one]
}

function byKey(a: LifecycleRef, b: LifecycleRef): number {
  return a.assetId + a.id < b.assetId + b.id ? -1 : 1
}
