import type { Session } from './database.js'
import type { SearchRow } from './search-rows.js'
import { statement } from './statement.js'

/** Of a description that has been given, from `searchRows`; null for none. */
export const DESCRIPTION_HASH = `decode("descriptionHash", 'hex')`

/** The columns of asset_search, from `searchRows`. */
export const SEARCH_COLUMNS = `"assetId", "foldedKey", "foldedName", document::tsvector, ${DESCRIPTION_HASH}`

/** The hash of a description, as SQL; null for none. */
export function hashOf(description: string): string {
  return `sha256(convert_to(${description}, 'UTF8'))`
}

/** Rows of asset_search, from a parameter that holds them as JSON. */
export function searchRows(parameter: string): string {
  return `json_to_recordset(${parameter}::json) AS r("assetId" uuid, "foldedKey" text, "foldedName" text,
       document text, "descriptionHash" text)`
}

const PUT = statement(
  'put search rows',
  `WITH words AS (
     INSERT INTO search_word (word) SELECT unnest($2::text[]) ON CONFLICT (word) DO NOTHING
   )
   INSERT INTO asset_search (asset_id, folded_key, folded_name, document, description_hash)
   SELECT ${SEARCH_COLUMNS} FROM ${searchRows('$1')} ORDER BY "assetId"
   ON CONFLICT (asset_id) DO UPDATE SET document = excluded.document, description_hash = excluded.description_hash`,
)

/** Puts rows in the place of those that are there. Whoever calls holds the states of their assets. */
export async function putSearchRows(
  session: Session,
  rows: readonly SearchRow[],
  words: readonly string[],
): Promise<void> {
  await session.run(PUT, [JSON.stringify(rows), words])
}
