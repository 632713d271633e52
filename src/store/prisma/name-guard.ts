import type { Session } from './database.js'
import { sqlStateOf } from './faults.js'
import { statement } from './statement.js'

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

const HOLD = statement('hold names', 'LOCK TABLE asset_name IN ROW SHARE MODE')

/**
 * What names stand for stays as it is until the transaction ends, and is as the next statement finds it: to be sent
 * before anything else of an asset is locked. Who writes what they stand for waits, and holds nothing else of assets.
 */
export async function holdNames(session: Session): Promise<void> {
  await session.run(HOLD, [])
}

/** What a write under these names failed with: OtherName where that is why. */
export function asOtherName(error: unknown, ids: readonly string[]): unknown {
  return sqlStateOf(error) === '22012' ? new OtherName(ids, { cause: error }) : error
}
