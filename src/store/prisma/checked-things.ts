import type { CheckedThing } from '../store.js'

/** Whether things are assets with all of their materializations. All of them are, or none. */
export const areWhole = (things: readonly CheckedThing[]): boolean => things[0]?.materializationId == null
/** In the order of things. */
export const assetIdsOf = (things: readonly CheckedThing[]): string[] => things.map(({ assetId }) => assetId)
/** In the order of things; of whole assets nulls. */
export const materializationIdsOf = (things: readonly CheckedThing[]): (string | null)[] =>
  things.map(({ materializationId }) => materializationId)
