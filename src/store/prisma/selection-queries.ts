import { Prisma } from '../../../prisma/generated/client.js'
import { sortKeyOf } from '../../lineage/asset-ref.js'
import type { Asset } from '../../lineage/entities.js'
import type { AssetAtom, AssetCondition, FilterAtom } from '../../lineage/selection/selection.js'
import type { AssetName } from '../../lineage/walk/graph-reader.js'
import { firstCodePoints } from '../../util/code-points.js'
import type { PageRequest } from '../store.js'
import type { Database } from './database.js'
import { ASSET_COLUMNS, ASSET_JOINS, RETIRED_AT } from './rows.js'

/** How many ids come in one row. */
const CHUNK = 10_000

/** The ids of the assets that fulfil each condition, 16 bytes each, in no order; `most` of each at most. */
export async function findMatchingIds(
  database: Database,
  conditions: readonly AssetCondition[],
  most: number,
): Promise<Uint8Array[]> {
  if (conditions.length === 0) return []
  const lists = conditions.map(
    (condition, place) => Prisma.sql`
      SELECT ${place}::int AS place, string_agg(uuid_send(m.id), '') AS ids
      FROM (
        SELECT a.id, (row_number() OVER () - 1) / ${CHUNK}::int AS chunk FROM asset a ${ifStated(condition)}
        WHERE ${whereOf(condition)} LIMIT ${most}::int
      ) m
      GROUP BY m.chunk`,
  )
  const rows = await database.runComposed<{ place: number; ids: Buffer }>(
    Prisma.sql`${Prisma.join(lists, ' UNION ALL ')}`,
  )
  return conditions.map((_, at) =>
    Buffer.concat(rows.filter(({ place }) => place === at).map(({ ids }) => ids)),
  )
}

/** The assets that fulfil a condition, in the order (namespace, key). */
export async function listMatching(
  database: Database,
  condition: AssetCondition,
  { after, count }: PageRequest<AssetName>,
): Promise<Asset[]> {
  const behind =
    after === null
      ? Prisma.sql`true`
      : Prisma.sql`(a.sort_key, a.namespace, a.key) > (${sortKeyOf(after)}, ${after.namespace}, ${after.key})`
  return database.runComposed<Asset & Record<string, unknown>>(Prisma.sql`
    SELECT ${Prisma.raw(ASSET_COLUMNS)} FROM asset a ${Prisma.raw(ASSET_JOINS)}
    WHERE ${behind} AND ${whereOf(condition)}
    ORDER BY a.sort_key, a.namespace, a.key LIMIT ${count}`)
}

/** How many assets fulfil a condition. */
export async function countMatching(database: Database, condition: AssetCondition): Promise<number> {
  const [row] = await database.runComposed<{ count: number }>(
    Prisma.sql`SELECT count(*)::int AS count FROM asset a ${ifStated(condition)} WHERE ${whereOf(condition)}`,
  )
  return row?.count ?? 0
}

/** Joins `asset_state s` where a condition takes it. */
function ifStated(condition: AssetCondition): Prisma.Sql {
  return takesState(condition) ? Prisma.sql`JOIN asset_state s ON s.asset_id = a.id` : Prisma.empty
}

function takesState(condition: AssetCondition): boolean {
  if (condition.is === 'not') return takesState(condition.of)
  if (condition.is === 'and' || condition.is === 'or') return condition.of.some(takesState)
  return condition.is === 'kind' || condition.is === 'kindAmong'
}

/** As SQL about `asset a` and `asset_state s`. Never null, so that its contrary is true of all others. */
function whereOf(condition: AssetCondition): Prisma.Sql {
  switch (condition.is) {
    case 'and':
      return joined([...condition.of.map(whereOf), ...namesWithin(condition.of)], ' AND ', Prisma.sql`true`)
    case 'or':
      return joined(condition.of.map(whereOf), ' OR ', Prisma.sql`false`)
    case 'not':
      return Prisma.sql`NOT ${whereOf(condition.of)}`
    default:
      return whereOfAtom(condition)
  }
}

function whereOfAtom(atom: AssetAtom | FilterAtom): Prisma.Sql {
  switch (atom.is) {
    case 'key':
      return whereOfKey(atom.parts)
    case 'kind':
      return Prisma.sql`(s.kind = ${atom.value} OR s.kinds @> ARRAY[${atom.value}::text])`
    case 'tag':
      return whereOfTag(atom)
    case 'owner':
      return Prisma.sql`a.owners @> ARRAY[${atom.value}::text]`
    case 'namespace':
      // Its names begin with it and U+0001: see sortKeyOf.
      return startsWith(`${atom.value}\u0001`)
    case 'retired':
      return Prisma.sql`${Prisma.raw(RETIRED_AT)} IS NOT NULL`
    case 'keyAmong':
      return Prisma.sql`a.key = ANY(${atom.keys}::text[])`
    case 'kindAmong':
      return Prisma.sql`s.kind = ANY(${atom.kinds}::text[])`
    case 'search':
      return Prisma.sql`a.key ILIKE ${`%${literally(atom.text)}%`}`
  }
}

function whereOfKey(parts: readonly string[]): Prisma.Sql {
  if (parts.length === 1) return Prisma.sql`a.key = ${parts[0]}`
  return Prisma.sql`a.key LIKE ${parts.map(literally).join('%')}`
}

/** A value as text may stand for a string, a number or a boolean; lists and objects have no text. */
function whereOfTag({ name, value }: AssetAtom & { is: 'tag' }): Prisma.Sql {
  if (value === null) return Prisma.sql`a.tags ? ${name}`
  const isNumber = Number.isFinite(Number(value)) && String(Number(value)) === value
  const values = [
    value,
    ...(isNumber ? [Number(value)] : []),
    ...['true', 'false'].filter((one) => one === value).map((one) => one === 'true'),
  ]
  const held = values.map((one) => Prisma.sql`a.tags @> ${JSON.stringify({ [name]: one })}::jsonb`)
  return joined(held, ' OR ', Prisma.sql`false`)
}

/** Of conditions that all hold: what the index on names can look up where one names a namespace, others how keys begin. */
function namesWithin(conditions: readonly AssetCondition[]): Prisma.Sql[] {
  const namespace = conditions.find((one) => one.is === 'namespace')
  if (namespace === undefined) return []
  return conditions.flatMap((one) =>
    one.is === 'key' ? startsWith(firstCodePoints(`${namespace.value}\u0001${one.parts[0] ?? ''}`, 600)) : [],
  )
}

const startsWith = (name: string) => Prisma.sql`a.sort_key LIKE ${`${literally(name)}%`}`

/** LIKE takes these for more than characters. */
function literally(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&')
}

function joined(conditions: Prisma.Sql[], by: string, ofNone: Prisma.Sql): Prisma.Sql {
  return conditions.length === 0 ? ofNone : Prisma.sql`(${Prisma.join(conditions, by)})`
}
