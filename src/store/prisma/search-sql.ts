import type { Session } from './database.js'
import type { SearchRow } from './search-rows.js'
import { statement } from './statement.js'

/** The columns of asset_search, from `searchRows`. */
export const SEARCH_COLUMNS = `"assetId", "foldedKey", "foldedName", document::tsvector, "descriptionAt"`

/** Rows of asset_search, from a parameter that holds them as JSON. */
export function searchRows(parameter: string): string {
  return `json_to_recordset(${parameter}::json) AS r("assetId" uuid, "foldedKey" text, "foldedName" text,
       document text, "descriptionAt" timestamptz)`
}

const PUT = statement(
  'put search rows',
  `WITH words AS (
     INSERT INTO search_word (word) SELECT unnest($2::text[]) ON CONFLICT (word) DO NOTHING
   )
   INSERT INTO asset_search (asset_id, folded_key, folded_name, document, description_at)
   SELECT ${SEARCH_COLUMNS} FROM ${searchRows('$1')} ORDER BY "assetId"
   ON CONFLICT (asset_id) DO UPDATE SET document = excluded.document, description_at = excluded.description_at`,
)

/** Puts rows in the place of those that are there. Whoever calls holds the states of their assets. */
export async function putSearchRows(
  session: Session,
  rows: readonly SearchRow[],
  words: readonly string[],
): Promise<void> {
  await session.run(PUT, [JSON.stringify(rows), words])
}
