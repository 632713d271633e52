import { LRUCache } from 'lru-cache'
import type { AssetRef } from '../../lineage/asset-ref.js'
import { type AssetName, type NamedAsset, type SameAsset, unite } from '../../lineage/names/asset-names.js'
import type { Session } from './database.js'
import { moveAsset } from './move-asset.js'
import { OtherName } from './name-guard.js'
import type { SearchRows } from './search-rows.js'
import { statement } from './statement.js'

/** Of so many names, and of so many statements that names are of one asset, it is remembered what they came to. A cache by size grows; one by count takes all its memory at once. */
const MOST_REMEMBERED = 100_000

const COLUMNS = 'n.id, n.namespace, n.key, n.is_alias AS "isAlias", n.asset_id AS "assetId"'

const ALL_OF_THESE = statement(
  'names of assets',
  `SELECT ${COLUMNS} FROM asset_name n
   WHERE n.asset_id IN (SELECT o.asset_id FROM asset_name o WHERE o.id = ANY($1::uuid[])) ORDER BY n.id`,
)

/** Each by its id: for a join PostgreSQL would read a table of a few thousand whole. Most stand for nothing else. */
const STAND_FOR = statement(
  'names that stand for others',
  `SELECT x.id, x.asset_id AS "assetId", (SELECT o.namespace FROM asset_name o WHERE o.id = x.asset_id) AS namespace,
     (SELECT o.key FROM asset_name o WHERE o.id = x.asset_id) AS key
   FROM (
     SELECT r.id, (SELECT n.asset_id FROM asset_name n WHERE n.id = r.id AND n.asset_id <> n.id) AS asset_id
     FROM unnest($1::uuid[]) AS r(id) OFFSET 0
   ) x WHERE x.asset_id IS NOT NULL`,
)

/**
 * Whoever writes what names stand for waits until all that write under names have committed, and they for it; who
 * reads waits for nobody.
 */
const LOCK = statement('lock names', 'LOCK TABLE asset_name IN EXCLUSIVE MODE')

const PUT = statement(
  'put names',
  `INSERT INTO asset_name (id, namespace, key, is_alias, asset_id)
   SELECT id, namespace, key, "isAlias", "assetId"
   FROM json_to_recordset($1::json) AS r(id uuid, namespace text, key text, "isAlias" boolean, "assetId" uuid)
   ON CONFLICT (id) DO UPDATE SET is_alias = excluded.is_alias, asset_id = excluded.asset_id`,
)

const RECORDED = statement(
  'names recorded under',
  'SELECT id FROM asset WHERE id = ANY($1::uuid[]) ORDER BY id',
)

/** What one transaction has found out of names: good once it is committed. */
export interface Found {
  stands: ReadonlyMap<string, NamedAsset>
  said: readonly string[]
  /** Whether something that was recorded under one name is of another now. */
  isMoved: boolean
  /** The assets that have other names than before. */
  named: readonly string[]
}

/**
 * What names stand for, as far as this process has met them. It need not know of any: a write under a name that stands
 * for another asset fails and is made again once `learn` has looked it up.
 */
export class AssetNames {
  readonly #stands: LRUCache<string, NamedAsset>
  readonly #said = new LRUCache<string, true>({ maxSize: MOST_REMEMBERED, sizeCalculation: () => 1 })

  constructor(mostRemembered = MOST_REMEMBERED) {
    this.#stands = new LRUCache({ maxSize: mostRemembered, sizeCalculation: () => 1 })
  }

  /** What a name stands for: itself, unless more is known, or a transaction has found more. */
  readonly canonical = (named: NamedAsset, found: Found | null = null): NamedAsset => {
    let last = named
    // What one stands for may have come to stand for another since; once in a circle, what is known is not of one time.
    for (let steps = 0; steps < 10; steps++) {
      const next = found?.stands.get(last.assetId) ?? this.#stands.get(last.assetId)
      if (next === undefined || next.assetId === last.assetId) break
      last = next
    }
    return last
  }

  /** Looks up what these names stand for. */
  async learn(session: Session, ids: readonly string[]): Promise<void> {
    const rows = await session.run<{ id: string; assetId: string; namespace: string; key: string }>(
      STAND_FOR,
      [ids],
    )
    for (const id of ids) this.#stands.delete(id)
    for (const { id, assetId, namespace, key } of rows) {
      // It stands for itself, whatever was known of it.
      this.#stands.delete(assetId)
      this.#stands.set(id, { assetId, asset: { namespace, key } })
    }
  }

  /**
   * Keeps, in a transaction, that names are of one asset, and moves to it what was recorded under another. `check` throws
   * where it may not: it is given all names of the assets that would become one.
   */
  async unite(
    session: Session,
    searchRows: SearchRows,
    same: readonly SameAsset[],
    check: (known: readonly AssetName[]) => void = () => undefined,
  ): Promise<Found | null> {
    const fresh = same.filter((one) => this.#said.get(keyOf(one)) === undefined)
    if (fresh.length === 0) return null
    const ids = [...new Set(fresh.flatMap(({ alias, asset }) => [alias.assetId, asset.assetId]))]
    const said = fresh.map(keyOf)
    const before = await session.run<Row>(ALL_OF_THESE, [ids])
    if (changed(before, unite(before, fresh)).length === 0)
      return { stands: standsOf(before, ids), said, isMoved: false, named: [] }
    await session.run(LOCK, [])
    const known = await session.run<Row>(ALL_OF_THESE, [ids])
    check(known)
    const names = unite(known, fresh)
    const put = changed(known, names)
    if (put.length > 0) await session.run(PUT, [JSON.stringify(put)])
    const byId = new Map(names.map((name) => [name.id, name]))
    // Most names have nothing recorded under them: one statement for all says which have.
    const others = put.filter(({ id, assetId }) => id !== assetId)
    const recorded =
      others.length === 0 ? [] : await session.run<{ id: string }>(RECORDED, [others.map(({ id }) => id)])
    for (const { id } of recorded) {
      const target = byId.get(byId.get(id)?.assetId ?? '')
      if (target !== undefined) await moveAsset(session, searchRows, id, target)
    }
    const isMoved = recorded.length > 0
    const stands = standsOf(names, [...ids, ...put.map(({ id }) => id)])
    return { stands, said, isMoved, named: [...new Set(put.map(({ assetId }) => assetId))] }
  }

  /** The database may be another than it was. */
  forget(): void {
    this.#stands.clear()
    this.#said.clear()
  }

  /** For `retried`: a write that failed for a name is made again by what that stands for. */
  readonly mended =
    (database: Session) =>
    async (error: unknown): Promise<boolean> => {
      if (!(error instanceof OtherName)) return false
      await this.learn(database, error.ids)
      return true
    }

  /** What has been found is committed. */
  remember({ stands, said }: Found): void {
    for (const [id, named] of stands) {
      if (id === named.assetId) this.#stands.delete(id)
      else this.#stands.set(id, named)
    }
    for (const key of said) this.#said.set(key, true)
  }
}

type Row = AssetName & Record<string, unknown>

/** The name that each id follows from, of assets that have several; null for others. */
export async function findNames(session: Session, ids: readonly string[]): Promise<(AssetRef | null)[]> {
  const rows = await session.run<Row>(ALL_OF_THESE, [ids])
  const names = new Map(rows.map(({ id, namespace, key }) => [id, { namespace, key }]))
  return ids.map((id) => names.get(id) ?? null)
}

/** What each of some names stands for: of one that stands for itself nothing. */
export async function findCanonicalIds(session: Session, ids: readonly string[]): Promise<string[]> {
  const rows = await session.run<{ id: string; assetId: string }>(STAND_FOR, [ids])
  const stands = new Map(rows.map(({ id, assetId }) => [id, assetId]))
  return ids.map((id) => stands.get(id) ?? id)
}

/** What some of these names stand for. */
function standsOf(names: readonly AssetName[], ids: readonly string[]): Map<string, NamedAsset> {
  const byId = new Map(names.map((name) => [name.id, name]))
  return new Map(
    ids.flatMap((id) => {
      const own = byId.get(byId.get(id)?.assetId ?? '')
      if (own === undefined) return []
      return [[id, { assetId: own.id, asset: { namespace: own.namespace, key: own.key } }] as const]
    }),
  )
}

function changed(before: readonly AssetName[], after: readonly AssetName[]): AssetName[] {
  const known = new Map(before.map((name) => [name.id, name]))
  return after
    .filter(({ id, isAlias, assetId }) => {
      const name = known.get(id)
      return name === undefined || name.isAlias !== isAlias || name.assetId !== assetId
    })
    .sort((a, b) => (a.id < b.id ? -1 : 1))
}

const keyOf = ({ alias, asset }: SameAsset) => alias.assetId + asset.assetId
