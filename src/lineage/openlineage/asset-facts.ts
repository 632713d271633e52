import { firstCodePoints } from '../../util/code-points.js'
import type { AssetRef } from '../asset-ref.js'
import type { Column } from '../columns/column.js'
import { BOUNDS } from '../recording/bounds.js'
import { columnsOf } from './column-lineage.js'
import { datasetsOf, type Facets, type LineageEvent } from './event.js'
import { type Known, namesOf, readFacet } from './facets.js'
import { bounded, textOf } from './subset.js'

/** What an event says of an asset for good, as of its time. Null where it says nothing. */
export interface AssetFacts {
  assetId: string
  asset: AssetRef
  at: Date
  kind: string | null
  description: string | null
  tags: Record<string, string> | null
  owners: readonly string[] | null
  columns: readonly Column[] | null
  /** Whether it was dropped then. */
  isDropped: boolean
}

type LifecycleStateChange = NonNullable<Known<'dataset'>['lifecycleStateChange']>

/** What an event says of each asset that it names. */
export function factsOf(event: LineageEvent): AssetFacts[] {
  return datasetsOf(event).map(({ assetId, asset, facets }) => {
    const read = namesOf('dataset').map((name) => [name, readFacet('dataset', name, facets[name])] as const)
    const known: Known<'dataset'> = Object.fromEntries(read.filter(([, value]) => value != null))
    const { datasetType, storage, documentation, tags, ownership } = known
    const kind = datasetType?.datasetType ?? storage?.fileFormat ?? storage?.storageLayer
    return {
      assetId,
      asset,
      at: event.eventTime,
      kind: kind === undefined || kind === '' ? null : bounded(kind.toLowerCase(), BOUNDS.kindCharacters),
      description:
        documentation === undefined || documentation.description === ''
          ? null
          : firstCodePoints(documentation.description, BOUNDS.descriptionCharacters),
      tags: tags === undefined ? null : tagsOf(tags.tags),
      owners: ownership === undefined ? null : ownersOf(ownership.owners),
      columns: schemaOf(known),
      // A run drops when it is complete: see planIngest.
      isDropped: event.is !== 'RUN' && isDropped(known),
    }
  })
}

/** Whether facets say that the dataset is not there any more. */
export function isDropped({ lifecycleStateChange }: Known<'dataset'>): boolean {
  return lifecycleStateChange?.lifecycleStateChange === 'DROP'
}

/** Whether what an event says of a dataset says so. */
export function saysDropped(facets: Facets): boolean {
  const change = readFacet('dataset', 'lifecycleStateChange', facets['lifecycleStateChange'])
  return change != null && isDropped({ lifecycleStateChange: change as LifecycleStateChange })
}

/** The columns that facets tell of; null where they tell of none. */
export function schemaOf({ schema }: Known<'dataset'>): Column[] | null {
  const columns = columnsOf(schema?.fields ?? [])
  return columns.length === 0 ? null : columns
}

/** As many as a mutation may name. */
function ownersOf(owners: NonNullable<Known<'dataset'>['ownership']>['owners']): string[] {
  const names = owners.filter(({ name }) => name !== '').map(({ name }) => bounded(name, BOUNDS.idCharacters))
  return [...new Set(names)].slice(0, BOUNDS.ownersPerAsset)
}

/** Those of the dataset itself: those of its columns have a `field`. The first of them, as many as a
 * mutation may state. */
function tagsOf(tags: NonNullable<Known<'dataset'>['tags']>['tags']): Record<string, string> {
  const own = tags.filter(({ field }) => field === undefined || field === '')
  const kept = new Map<string, string>()
  let bytes = 0
  for (const { key, value } of own) {
    const text = textOf(value ?? true)
    bytes += Buffer.byteLength(JSON.stringify([key, text]))
    if (bytes > BOUNDS.metadataBytes) break
    kept.set(key, text)
  }
  return Object.fromEntries(kept)
}
