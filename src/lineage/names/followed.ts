import type { Edge, MaterializationRef } from '../entities.js'

/** Finds the id of the asset that each name stands for by now: its own where it is no other name. */
export type FindCanonicalIds = (ids: readonly string[]) => Promise<string[]>

/** How things name the assets that they are about. */
export interface Naming<Item> {
  idsOf(item: Item): string[]
  /** The same of what its names stand for. */
  renamed(item: Item, canonical: (assetId: string) => string): Item
  /** Tells items apart. */
  keyOf(item: Item): string
}

/** An asset by its id. */
export const BY_ID: Naming<string> = {
  idsOf: (id) => [id],
  renamed: (id, canonical) => canonical(id),
  keyOf: (id) => id,
}

/** What hangs on an asset. */
export function byAsset<Item extends { assetId: string }>(idOf: (item: Item) => string | null): Naming<Item> {
  return {
    idsOf: ({ assetId }) => [assetId],
    renamed: (item, canonical) => ({ ...item, assetId: canonical(item.assetId) }),
    keyOf: (item) => JSON.stringify([item.assetId, idOf(item)]),
  }
}

/** A materialization, by its asset. */
export const BY_REF = byAsset(({ materializationId }: MaterializationRef) => materializationId)

/** An edge, by the assets at its ends. */
export const BY_ENDS: Naming<Edge> = {
  idsOf: ({ upstreamId, downstreamId }) => [upstreamId, downstreamId],
  renamed: ({ upstreamId, downstreamId }, canonical) => ({
    upstreamId: canonical(upstreamId),
    downstreamId: canonical(downstreamId),
  }),
  keyOf: ({ upstreamId, downstreamId }) => upstreamId + downstreamId,
}

/** A name that comes to stand for another again and again while it is looked up is not waited for. */
const MOST_STEPS = 10

/**
 * What `find` finds of some things. An answer takes several statements, and between two of them what an id named may
 * have come to be of another asset: then nothing is left under it. So what nothing is found of is asked for once more,
 * of the asset that its name stands for by then. Costs a statement where nothing is found of something.
 */
export async function followed<Item, Found>(
  findCanonicalIds: FindCanonicalIds,
  { idsOf, renamed, keyOf }: Naming<Item>,
  items: readonly Item[],
  find: (items: readonly Item[]) => Promise<readonly Found[]>,
  isNothing: (found: Found | undefined) => boolean = isEmpty,
): Promise<Found[]> {
  const found = [...(await find(items))]
  let missing = items.flatMap((item, place) => (isNothing(found[place]) ? [{ item, place }] : []))
  for (let step = 0; missing.length > 0 && step < MOST_STEPS; step++) {
    const ids = [...new Set(missing.flatMap(({ item }) => idsOf(item)))]
    const canonicalIds = await findCanonicalIds(ids)
    const stands = new Map(ids.map((id, at) => [id, canonicalIds[at] ?? id]))
    const moved = missing.flatMap(({ item, place }) => {
      const next = renamed(item, (id) => stands.get(id) ?? id)
      return keyOf(next) === keyOf(item) ? [] : [{ item: next, place }]
    })
    if (moved.length === 0) break
    const wanted = [...new Map(moved.map(({ item }) => [keyOf(item), item])).entries()]
    const again = await find(wanted.map(([, item]) => item))
    const byKey = new Map(wanted.map(([key], at) => [key, again[at]]))
    for (const { item, place } of moved) {
      const one = byKey.get(keyOf(item))
      if (one !== undefined) found[place] = one
    }
    missing = moved.filter(({ place }) => isNothing(found[place]))
  }
  return found
}

function isEmpty(found: unknown): boolean {
  if (found == null || found === 0 || found === false) return true
  if (Array.isArray(found)) return found.length === 0
  return typeof found === 'object' && 'total' in found && found.total === 0
}
