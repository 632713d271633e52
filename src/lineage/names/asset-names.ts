import { compareCodePoints } from '../../util/code-points.js'
import type { AssetRef } from '../asset-ref.js'

/** An asset, or a name that stands for one, with the id that follows from it. */
export interface NamedAsset {
  assetId: string
  asset: AssetRef
}

/** Something has said that `alias` is another name of what is called `asset`. */
export interface SameAsset {
  alias: NamedAsset
  asset: NamedAsset
}

/** A name of an asset that has several. */
export interface AssetName extends AssetRef {
  /** As of an asset of this name. */
  id: string
  /** Whether something has said that it is another name of something. */
  isAlias: boolean
  /** The asset that it names: the id of one of its names. */
  assetId: string
}

/** So many of the other names of an asset are shown, and found in search: of tables that are renamed daily there are more. */
export const MOST_SHOWN_NAMES = 1_000

/** The other names of an asset. */
export interface OtherNames {
  /** The first in the order (namespace, key). */
  first: AssetRef[]
  /** Of all. */
  count: number
}

/**
 * The names that belong together by what is known and what is newly said, with the asset that each is of. Names that
 * something has ever called the same stay the same for good, so no order of what is said matters: they are united as in
 * disjoint sets, and the one that nothing has called an alias is the asset's own; of several, or of none, the least by
 * (namespace, key). `known` holds the names of whatever `said` tells of, all of each asset.
 */
export function unite(known: readonly AssetName[], said: readonly SameAsset[]): AssetName[] {
  const groups = new Map<string, AssetName[]>()
  const groupOf = ({ assetId: id, asset }: NamedAsset): AssetName[] => {
    const group = groups.get(id) ?? [{ id, ...asset, isAlias: false, assetId: id }]
    groups.set(id, group)
    return group
  }
  const join = (one: AssetName[], other: AssetName[]): void => {
    if (one === other) return
    const [larger, smaller] = one.length >= other.length ? [one, other] : [other, one]
    larger.push(...smaller)
    for (const { id } of smaller) groups.set(id, larger)
  }
  for (const name of known) groups.set(name.id, [{ ...name }])
  for (const { id, assetId } of known) {
    const [one, other] = [groups.get(id), groups.get(assetId)]
    if (one !== undefined && other !== undefined) join(one, other)
  }
  for (const { alias, asset } of said) {
    const group = groupOf(alias)
    for (const name of group) if (name.id === alias.assetId) name.isAlias = true
    join(group, groupOf(asset))
  }
  return [...new Set(groups.values())].flatMap((group) => {
    const own = group.some(({ isAlias }) => !isAlias) ? group.filter(({ isAlias }) => !isAlias) : group
    const { id } = own.reduce((least, name) => (compareNames(name, least) < 0 ? name : least))
    return group.map((name) => ({ ...name, assetId: id }))
  })
}

/** Finds what an asset is called by the name that it is recorded under. */
export type Canonical = (named: NamedAsset) => NamedAsset

/** The order (namespace, key). */
function compareNames(a: AssetRef, b: AssetRef): number {
  return compareCodePoints(a.namespace, b.namespace) || compareCodePoints(a.key, b.key)
}
