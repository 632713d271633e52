import { type AssetRef, assetIdOf } from '../asset-ref.js'
import type { NamedAsset, SameAsset } from '../names/asset-names.js'
import { BOUNDS } from '../recording/bounds.js'
import { datasetsOf, type EventDataset, type LineageEvent } from './event.js'
import { type Known, readFacet } from './facets.js'
import type { MergedRun } from './merged-run.js'
import { bounded } from './subset.js'

/** A dataset by what an event calls it. */
type Identifier = { namespace: string; name: string }

/**
 * Which names are of one asset: by the `symlinks` of whatever is named, and by what was renamed, once it is: a run
 * renames when it is complete.
 */
export function sameAssets(events: readonly LineageEvent[], runs: readonly MergedRun[]): SameAsset[] {
  return [
    ...events.flatMap((event) => datasetsOf(event).flatMap(bySymlinks)),
    ...events.flatMap((event) =>
      event.is === 'RUN'
        ? []
        : datasetsOf(event).flatMap((dataset) => renamedFrom(dataset, formerNamesOf(dataset))),
    ),
    ...runs.flatMap(byRun),
  ]
}

/** What an event says that a dataset was called before. */
export function formerNamesOf({ facets }: Pick<EventDataset, 'facets'>): Identifier[] {
  const change = readFacet('dataset', 'lifecycleStateChange', facets['lifecycleStateChange'])
  if (change == null) return []
  const { lifecycleStateChange, previousIdentifier } = change as NonNullable<
    Known<'dataset'>['lifecycleStateChange']
  >
  return lifecycleStateChange === 'RENAME' && previousIdentifier !== undefined ? [previousIdentifier] : []
}

function bySymlinks({ assetId, asset, facets }: EventDataset): SameAsset[] {
  const symlinks = readFacet('dataset', 'symlinks', facets['symlinks'])
  if (symlinks == null) return []
  const { identifiers } = symlinks as NonNullable<Known<'dataset'>['symlinks']>
  return renamedFrom({ assetId, asset }, identifiers)
}

function byRun({ completed, inputs, outputs }: MergedRun): SameAsset[] {
  if (completed === null) return []
  return [inputs, outputs].flatMap((datasets) =>
    Object.entries(datasets).flatMap(([assetId, { namespace, key, formerNames = [] }]) =>
      renamedFrom({ assetId, asset: { namespace, key } }, formerNames),
    ),
  )
}

function renamedFrom({ assetId, asset }: NamedAsset, others: readonly Identifier[]): SameAsset[] {
  return others
    .map(namedBy)
    .filter((alias) => alias.assetId !== assetId)
    .map((alias) => ({ alias, asset: { assetId, asset } }))
}

/** The asset that something names elsewhere than among the datasets of an event. */
export function namedBy({ namespace, name }: Identifier): NamedAsset {
  const asset: AssetRef = {
    namespace: bounded(namespace, BOUNDS.namespaceCharacters),
    key: bounded(name, BOUNDS.keyCharacters),
  }
  return { assetId: assetIdOf(asset), asset }
}
