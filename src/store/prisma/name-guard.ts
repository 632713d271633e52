import { sqlStateOf } from './faults.js'

/** A write names what has come to be another name of something: it has written nothing, and must name that. */
export class OtherName extends Error {
  override readonly name = 'OtherName'

  /** Among these are those names. */
  constructor(
    readonly ids: readonly string[],
    options: ErrorOptions,
  ) {
    super('a write names an asset by another name of it', options)
  }
}

/** As IS_OWN_NAME, of one asset. */
export const isOwnName = (assetId: string): string => `1 / (NOT EXISTS (
     SELECT FROM asset_name n WHERE n.id = ${assetId} AND n.asset_id <> n.id FOR KEY SHARE))::int`

/**
 * As an SQL value: fails, by a division by zero, where one of the assets that `$5` of a write names is another's name.
 * It locks nothing but the table, and that only against those that write what names stand for: they wait until all that
 * write under names have committed, and the other way around.
 */
export const IS_OWN_NAME = `1 / (NOT EXISTS (
     SELECT FROM asset_name n WHERE n.id = ANY($5::uuid[]) AND n.asset_id <> n.id FOR KEY SHARE))::int`

/** What a write under these names failed with: OtherName where that is why. */
export function asOtherName(error: unknown, ids: readonly string[]): unknown {
  return sqlStateOf(error) === '22012' ? new OtherName(ids, { cause: error }) : error
}
