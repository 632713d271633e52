/** What may be pruned. */
export interface PruneRule {
  /** What was made, or recorded, at this time or later stays. */
  horizon: Date
  /** So many of the latest of each slice stay, however old. */
  keepLatest: number
  /** Of the assets; null for all. */
  namespace: string | null
}

/** How many rows of a table are to go, or have gone. */
export type Counts = Record<string, number>

/** Whether a materialization is to go, as SQL. */
export const isVictim = (assetId: string, id: string) =>
  `EXISTS (SELECT FROM victim v WHERE v.asset_id = ${assetId} AND v.id = ${id})`
