import { AssetNames } from '../asset-names.js'
import type { Session } from '../database.js'
import { moveAsset } from '../move-asset.js'
import { SearchRows } from '../search-rows.js'
import { type Corrections, reconcile } from './reconcile.js'
import type { Run } from './sql.js'

/** So many names may turn out to stand for others while events are replayed. */
const MOST_NEW = 100_000

/** What names stand for is no less true for being replayed: the shadows begin with all that is known of it. */
export async function copyNames(run: Run, session: Session): Promise<AssetNames> {
  await run('INSERT INTO asset_name SELECT * FROM public.asset_name')
  const others = await run<{ id: string }>('SELECT id FROM asset_name WHERE asset_id <> id')
  const names = new AssetNames(others.length + MOST_NEW)
  await names.learn(
    session,
    others.map(({ id }) => id),
  )
  return names
}

/** Adds what has been found of names, and moves what is recorded under those that stand for others. Names in `session` mean tables. */
export async function mendNames(run: Run, session: Session): Promise<Corrections[]> {
  const names = await reconcile(run, {
    table: 'asset_name',
    source: 'pg_temp.asset_name',
    key: ['id'],
    content: ['namespace', 'key', 'is_alias', 'asset_id'],
  })
  const moves = await run<{ from: string; id: string; namespace: string; key: string }>(
    `SELECT n.id AS from, o.id, o.namespace, o.key FROM public.asset_name n
     JOIN public.asset_name o ON o.id = n.asset_id JOIN public.asset a ON a.id = n.id
     WHERE n.id <> n.asset_id ORDER BY n.id`,
  )
  const searchRows = new SearchRows(() => false)
  for (const { from, ...target } of moves) await moveAsset(session, searchRows, from, target)
  return [names, { table: 'asset', added: 0, changed: 0, removed: moves.length }]
}
