import type { Asset } from '../../lineage/entities.js'
import { findAssets } from './asset-queries.js'
import type { Session } from './database.js'
import { findOtherNames } from './other-names.js'
import type { SearchedAsset, SearchRows } from './search-rows.js'
import { statement } from './statement.js'

/** Of a description that has been given, from `searchRows`; null for none. */
const DESCRIPTION_HASH = `decode("descriptionHash", 'hex')`

/** The columns of asset_search, from `searchRows`. */
const SEARCH_COLUMNS = `"assetId", "foldedKey", "foldedName", document::tsvector, ${DESCRIPTION_HASH}`

/** The hash of a description, as SQL; null for none. */
export function hashOf(description: string): string {
  return `sha256(convert_to(${description}, 'UTF8'))`
}

/** Rows of asset_search, from a parameter that holds them as JSON. */
function searchRows(parameter: string): string {
  return `json_to_recordset(${parameter}::json) AS r("assetId" uuid, "foldedKey" text, "foldedName" text,
       document text, "descriptionHash" text)`
}

/** Whether there was no such asset. Said so PostgreSQL looks in an index; it would rather hash all assets for NOT EXISTS. */
function isNew(id: string): string {
  return `(SELECT a.id FROM asset a WHERE a.id = ${id}) IS NULL`
}

/**
 * The parts of a write that search has, with the parameters $29 to $31 of SearchWrite. They come while the states are
 * held that they follow from: of a description the words of which are known nothing is written. Of an asset that is there
 * without a row, SearchFill makes one.
 */
export const WRITE_SEARCH = {
  /** Beside the states. */
  words: `, named AS (
     INSERT INTO asset_search (asset_id, folded_key, folded_name, document)
     SELECT "assetId", "foldedKey", "foldedName", document::tsvector FROM ${searchRows('$30')}
     WHERE ${isNew('"assetId"')}
     ON CONFLICT (asset_id) DO NOTHING
   ), words AS (
     INSERT INTO search_word (word) SELECT unnest($31::text[]) ON CONFLICT (word) DO NOTHING
   )`,
  /** What the states return, and what follows from it. */
  ofStates: `RETURNING asset_id, description
   ), described AS (
     INSERT INTO asset_search AS s (asset_id, folded_key, folded_name, document, description_hash)
     SELECT ${SEARCH_COLUMNS} FROM states JOIN ${searchRows('$29')} ON "assetId" = states.asset_id
     WHERE ${hashOf('states.description')} = ${DESCRIPTION_HASH}
       AND (${isNew('states.asset_id')}
         OR (SELECT x.asset_id FROM asset_search x WHERE x.asset_id = states.asset_id) IS NOT NULL)
     ON CONFLICT (asset_id) DO UPDATE SET
       document = ts_filter(s.document, '{b,c}') || excluded.document, description_hash = excluded.description_hash
     WHERE s.description_hash IS DISTINCT FROM excluded.description_hash`,
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

/** Puts what assets can be found by in the place of what is there. Whoever calls holds their states, or these rows. */
export async function putSearchRows(
  session: Session,
  searchRows: SearchRows,
  assets: readonly SearchedAsset[],
): Promise<void> {
  const otherNames = await findOtherNames(
    session,
    assets.map(({ assetId }) => assetId),
    null,
  )
  const { rows, words } = searchRows.ofStored(
    assets,
    otherNames.map(({ first }) => first),
  )
  await session.run(PUT, [JSON.stringify(rows), words])
}

/** A recording that describes an asset writes both its state and this row: it waits here, and has the last word. */
const HOLD = statement(
  'hold search rows',
  'SELECT FROM asset_search WHERE asset_id = ANY($1::uuid[]) ORDER BY asset_id FOR UPDATE',
)

/**
 * Puts what assets can be found by as they are once nobody else can write it. In a transaction. Answers with the assets,
 * in the order given; null where there is none.
 */
export async function renewSearchRows(
  session: Session,
  searchRows: SearchRows,
  assetIds: readonly string[],
): Promise<(Asset | null)[]> {
  // Sent together: what was committed while the rows were waited for is seen.
  const [, assets] = await Promise.all([session.run(HOLD, [assetIds]), findAssets(session, assetIds)])
  const known = assets.filter((asset) => asset !== null)
  if (known.length > 0) await putSearchRows(session, searchRows, known)
  return assets
}
