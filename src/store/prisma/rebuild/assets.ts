import { inferKind } from '../../../lineage/kind.js'
import type { Session } from '../database.js'
import { type SearchedAsset, SearchRows } from '../search-rows.js'
import { putSearchRows } from '../search-sql.js'
import { type Corrections, reconcile } from './reconcile.js'
import type { Run } from './sql.js'

/** What is said of assets: of each the newest stays, so what events say is said again where it is newer. */
const SAID = [
  { table: 'asset', id: 'id', what: 'tags' },
  { table: 'asset', id: 'id', what: 'owners' },
  { table: 'asset_state', id: 'asset_id', what: 'kind' },
  { table: 'asset_state', id: 'asset_id', what: 'description' },
] as const

/** Adds the assets that are missing, and says of all what events say of them. Nothing that is there is taken away. */
export async function mendAssets(run: Run): Promise<Corrections[]> {
  const missing = [
    await reconcile(run, {
      table: 'asset',
      source: 'pg_temp.asset',
      key: ['id'],
      added: ['namespace', 'key', 'sort_key', 'tags', 'tags_at', 'owners', 'owners_at', 'created_at'],
    }),
    await reconcile(run, {
      table: 'asset_state',
      source: '(SELECT * FROM pg_temp.asset_state WHERE asset_id IN (SELECT id FROM public.asset))',
      key: ['asset_id'],
      added: ['kind', 'kind_at', 'kinds', 'kinds_at', 'description', 'description_at', 'updated_at'],
    }),
  ]
  const said: Corrections[] = []
  for (const { table, id, what } of SAID) {
    said.push(
      await reconcile(run, {
        table,
        // At the same time a mutation may have said otherwise: it stays.
        source: `(SELECT n.* FROM pg_temp.${table} n JOIN public.${table} o USING (${id})
          WHERE n.${what}_at > COALESCE(o.${what}_at, '-infinity'))`,
        key: [id],
        content: [what, `${what}_at`],
        asset: id,
      }),
    )
  }
  return [...missing, ...said]
}

/** Assets at a time. */
const BATCH = 1_000

interface StoredAsset extends SearchedAsset {
  kind: string | null
  isStated: boolean
}

/**
 * Finds what follows from the name of an asset and from what is said of it: its kind, where nobody has stated one, and
 * what it can be found by. Names in `session` mean shadows.
 */
export async function findWhatFollows(
  run: Run,
  session: Session,
  advance: (assets: number) => void,
): Promise<void> {
  await run('TRUNCATE asset_search, search_word')
  await run('CREATE TEMP TABLE inferred (asset_id uuid, kind text) ON COMMIT DROP')
  const searchRows = new SearchRows(() => false)
  let last = '00000000-0000-0000-0000-000000000000'
  for (;;) {
    const assets = await run<StoredAsset & Record<string, unknown>>(
      `SELECT a.id AS "assetId", a.namespace, a.key, a.tags, a.owners, s.description, s.kind,
         s.kind_at IS NOT NULL AS "isStated"
       FROM public.asset a LEFT JOIN public.asset_state s ON s.asset_id = a.id
       WHERE a.id > $1 ORDER BY a.id LIMIT ${BATCH}`,
      [last],
    )
    if (assets.length === 0) break
    last = assets.at(-1)?.assetId ?? last
    await putSearchRows(session, searchRows, assets)
    const inferred = assets.filter((asset) => !asset.isStated && asset.kind !== inferKind(asset))
    await run('INSERT INTO inferred SELECT * FROM unnest($1::uuid[], $2::text[])', [
      inferred.map(({ assetId }) => assetId),
      inferred.map(inferKind),
    ])
    advance(assets.length)
  }
  await run('ANALYZE pg_temp.asset_search, pg_temp.search_word, pg_temp.inferred')
}

/** Mends what has been found. */
export async function mendWhatFollows(run: Run): Promise<Corrections[]> {
  return [
    await reconcile(run, {
      table: 'asset_state',
      source: `(SELECT i.asset_id, i.kind, '{}'::text[] AS kinds,
          COALESCE((SELECT max(m.recorded_at) FROM public.materialization m WHERE m.asset_id = i.asset_id), a.created_at)
            AS updated_at
        FROM pg_temp.inferred i JOIN public.asset a ON a.id = i.asset_id)`,
      key: ['asset_id'],
      content: ['kind'],
      added: ['kinds', 'updated_at'],
      asset: 'asset_id',
    }),
    await reconcile(run, {
      table: 'asset_search',
      source: 'pg_temp.asset_search',
      key: ['asset_id'],
      content: ['folded_key', 'folded_name', 'description_hash', 'document'],
      // Places in it mean nothing: what an asset is found by are lexemes and their weights.
      compared: {
        document: (document) => WEIGHTS.map((one) => `strip(ts_filter(${document}, '{${one}}'))`).join(', '),
      },
      removed: 'true',
    }),
    // A word that nothing has any more does no harm, and a server may take it for stored.
    await reconcile(run, { table: 'search_word', source: 'pg_temp.search_word', key: ['word'] }),
  ]
}

const WEIGHTS = ['a', 'b', 'c', 'd']
