import type { Asset } from '../../lineage/entities.js'
import type { AssetChanges } from '../store.js'
import type { Session } from './database.js'
import { holdNames } from './name-guard.js'
import type { SearchRows } from './search-rows.js'
import { renewSearchRows } from './search-sql.js'
import { statement } from './statement.js'

const TAG = statement(
  'tag assets',
  `UPDATE asset a SET tags = r.tags, tags_at = r.at, transaction_id = pg_current_xact_id()
   FROM (SELECT DISTINCT ON (id) * FROM json_to_recordset($1::json) AS x(id uuid, at timestamptz, tags jsonb)
         ORDER BY id, at DESC, tags::text COLLATE "C" DESC) r
   WHERE a.id = r.id AND (a.tags_at IS NULL
     OR (r.at, r.tags::text COLLATE "C") > (a.tags_at, a.tags::text COLLATE "C"))
   RETURNING a.id`,
)

const OWN = statement(
  'own assets',
  `UPDATE asset a SET owners = r.owners, owners_at = r.at, transaction_id = pg_current_xact_id()
   FROM (SELECT DISTINCT ON (id) * FROM json_to_recordset($1::json) AS x(id uuid, at timestamptz, owners text[])
         ORDER BY id, at DESC, owners DESC) r
   WHERE a.id = r.id AND (a.owners_at IS NULL OR (r.at, r.owners) > (a.owners_at, a.owners))
   RETURNING a.id`,
)

/** Tags and owners as of times: of each asset what was said last stays. In a transaction. Answers with what changed. */
export async function labelAssets(
  session: Session,
  searchRows: SearchRows,
  labels: readonly { assetId: string; at: Date; tags: object | null; owners: readonly string[] | null }[],
): Promise<string[]> {
  const run = async (label: 'tags' | 'owners', sql: typeof TAG) => {
    const rows = labels.flatMap((one) =>
      one[label] === null ? [] : [{ id: one.assetId, at: one.at, [label]: one[label] }],
    )
    return rows.length === 0 ? [] : session.run<{ id: string }>(sql, [JSON.stringify(rows)])
  }
  const changed = [...(await run('tags', TAG)), ...(await run('owners', OWN))].map(({ id }) => id)
  if (changed.length === 0) return []
  await renewSearchRows(session, searchRows, [...new Set(changed)].sort())
  return changed
}

/**
 * A description counts from `now` on, but for what a recording has said of a later time. With $8, what has been said
 * before stays. Where nothing is to be changed nothing is, not even updated_at.
 */
const UPDATE = statement(
  'update asset',
  `WITH given AS (
     SELECT $3::text IS NOT NULL AND NOT ($8::boolean AND kind_at IS NOT NULL) AS kind,
       $4::text[] IS NOT NULL AND NOT ($8 AND kinds_at IS NOT NULL) AS kinds,
       $5::text IS NOT NULL AND NOT ($8 AND description_at IS NOT NULL) AS description
     FROM asset_state WHERE asset_id = $1 FOR UPDATE
   ), named AS (
     UPDATE asset SET
       tags = CASE WHEN $6::jsonb IS NULL OR ($8 AND tags <> '{}') THEN tags ELSE $6 END,
       tags_at = CASE WHEN $6::jsonb IS NULL OR ($8 AND tags <> '{}') THEN tags_at ELSE GREATEST(tags_at, $2) END,
       owners = CASE WHEN $7::text[] IS NULL OR ($8 AND owners <> '{}') THEN owners ELSE $7 END,
       owners_at = CASE WHEN $7::text[] IS NULL OR ($8 AND owners <> '{}') THEN owners_at ELSE GREATEST(owners_at, $2) END,
       transaction_id = pg_current_xact_id()
     FROM given
     WHERE id = $1 AND (given.kind OR given.kinds OR given.description
       OR ($6::jsonb IS NOT NULL AND NOT ($8 AND tags <> '{}'))
       OR ($7::text[] IS NOT NULL AND NOT ($8 AND owners <> '{}')))
     RETURNING id
   )
   UPDATE asset_state s SET
     kind = CASE WHEN given.kind THEN $3 ELSE s.kind END,
     kind_at = CASE WHEN given.kind THEN GREATEST(kind_at, $2) ELSE kind_at END,
     kinds = CASE WHEN given.kinds THEN $4 ELSE s.kinds END,
     kinds_at = CASE WHEN given.kinds THEN GREATEST(kinds_at, $2) ELSE kinds_at END,
     description = CASE WHEN given.description THEN NULLIF($5, '') ELSE s.description END,
     description_at = CASE WHEN given.description THEN GREATEST(description_at, $2) ELSE description_at END,
     updated_at = GREATEST(updated_at, $2)
   FROM given
   WHERE asset_id = $1 AND EXISTS (SELECT FROM named)`,
)

/** Changes what is said of an asset, and what it can be found by; null where it is not there. In a transaction. */
export async function updateAsset(
  session: Session,
  searchRows: SearchRows,
  assetId: string,
  { kind, kinds, description, tags, owners, unlessStated = false }: AssetChanges,
  now: Date,
): Promise<Asset | null> {
  // A name that comes to stand for another while this waits has nothing left to update.
  const held = holdNames(session)
  const update = session.run(UPDATE, [
    assetId,
    now,
    kind ?? null,
    kinds ?? null,
    description ?? null,
    tags === undefined ? null : JSON.stringify(tags),
    owners ?? null,
    unlessStated,
  ])
  await Promise.all([held, update])
  const [asset = null] = await renewSearchRows(session, searchRows, [assetId])
  return asset
}
