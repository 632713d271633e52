import { Prisma } from '../../../prisma/generated/client.js'
import { sortKeyOf } from '../../lineage/asset-ref.js'
import type { Asset } from '../../lineage/entities.js'
import type { AssetAtom, AssetCondition, FilterAtom } from '../../lineage/selection/selection.js'
import type { AssetName } from '../../lineage/walk/graph-reader.js'
import { firstCodePoints } from '../../util/code-points.js'
import type { PageRequest } from '../store.js'
import {
  type AliasesOf,
  aliasesOf,
  isNaming,
  keyIs,
  literally,
  type NamingAtom,
  NO_ALIASES,
} from './alias-conditions.js'
import type { Database, Session } from './database.js'
import { ASSET_COLUMNS, ASSET_JOINS, RETIRED_AT } from './rows.js'
import type { Seen } from './scopes.js'

/** How many ids come in one row. */
const CHUNK = 10_000

/** The ids of the assets that fulfil each condition, 16 bytes each, in no order; `most` of each at most. */
export async function findMatchingIds(
  database: Database,
  conditions: readonly AssetCondition[],
  most: number,
  seen: Seen,
): Promise<Uint8Array[]> {
  if (conditions.length === 0) return []
  return withAliases(database, conditions, seen, (session, aliases) =>
    idsOf(session, conditions, most, aliases, seen),
  )
}

async function idsOf(
  session: Session,
  conditions: readonly AssetCondition[],
  most: number,
  aliases: AliasesOf,
  seen: Seen,
): Promise<Uint8Array[]> {
  const lists = conditions.map(
    (condition, place) => Prisma.sql`
      SELECT ${place}::int AS place, string_agg(uuid_send(m.id), '') AS ids
      FROM (
        SELECT a.id, (row_number() OVER () - 1) / ${CHUNK}::int AS chunk FROM asset a ${ifStated(condition)}
        WHERE ${isSeen(seen)} ${whereOf(condition, aliases)} LIMIT ${most}::int
      ) m
      GROUP BY m.chunk`,
  )
  const rows = await session.runComposed<{ place: number; ids: Buffer }>(
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
  seen: Seen,
): Promise<Asset[]> {
  const behind =
    after === null
      ? Prisma.sql`true`
      : Prisma.sql`(a.sort_key, a.namespace, a.key) > (${sortKeyOf(after)}, ${after.namespace}, ${after.key})`
  return withAliases(database, [condition], seen, (session, aliases) => {
    const pages = branchesOf(condition, aliases).map(
      (where) => Prisma.sql`(
        SELECT ${Prisma.raw(ASSET_COLUMNS)}, a.sort_key FROM asset a ${Prisma.raw(ASSET_JOINS)}
        WHERE ${behind} AND ${isSeen(seen)} ${where}
        ORDER BY a.sort_key, a.namespace, a.key LIMIT ${count})`,
    )
    return session.runComposed<Asset & Record<string, unknown>>(
      pages.length === 1
        ? (pages[0] ?? Prisma.empty)
        : Prisma.sql`SELECT * FROM (${Prisma.join(pages, ' UNION ALL ')}) p ORDER BY sort_key, namespace, key LIMIT ${count}`,
    )
  })
}

/** How many assets fulfil a condition. */
export async function countMatching(
  database: Database,
  condition: AssetCondition,
  seen: Seen,
): Promise<number> {
  const [row] = await withAliases(database, [condition], seen, (session, aliases) =>
    session.runComposed<{ count: number }>(
      Prisma.sql`SELECT count(*)::int AS count FROM asset a ${ifStated(condition)} WHERE ${isSeen(seen)} ${whereOf(condition, aliases)}`,
    ),
  )
  return row?.count ?? 0
}

/** Runs `work` with what is known of other names that a condition may mean, in one state where it may mean any. */
async function withAliases<T>(
  database: Database,
  conditions: readonly AssetCondition[],
  seen: Seen,
  work: (session: Session, aliases: AliasesOf) => Promise<T>,
): Promise<T> {
  const atoms = conditions.flatMap(namingAtoms)
  if (atoms.length === 0) return work(database, NO_ALIASES)
  return database.snapshot(async (session) => work(session, await aliasesOf(session, atoms, seen)))
}

/** What comes first in a WHERE about `asset a`. */
function isSeen(seen: Seen): Prisma.Sql {
  return seen === null ? Prisma.empty : Prisma.sql`a.namespace = ANY(${seen}::text[]) AND`
}

/** Those that ask for names. */
function namingAtoms(condition: AssetCondition): NamingAtom[] {
  if (condition.is === 'not') return namingAtoms(condition.of)
  if (condition.is === 'and' || condition.is === 'or') return condition.of.flatMap(namingAtoms)
  return isNaming(condition) ? [condition] : []
}

/**
 * A condition as parts that exclude each other, each of which PostgreSQL can read in the order of names: what is in a
 * namespace by its own name, and what is by another.
 */
function branchesOf(condition: AssetCondition, aliases: AliasesOf): Prisma.Sql[] {
  const all = condition.is === 'and' ? condition.of : [condition]
  const namespace = all.find((one) => one.is === 'namespace')
  const byAlias = namespace === undefined ? null : aliases(namespace)
  if (namespace === undefined || byAlias === null) return [whereOf(condition, aliases)]
  const own = whereOfAtom(namespace)
  const others = all.filter((one) => one !== namespace).map((one) => whereOf(one, aliases))
  return [
    joined([own, ...others], ' AND ', Prisma.sql`true`),
    joined([byAlias, Prisma.sql`NOT ${own}`, ...others], ' AND ', Prisma.sql`true`),
  ]
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
function whereOf(condition: AssetCondition, aliases: AliasesOf): Prisma.Sql {
  switch (condition.is) {
    case 'and': {
      const all = condition.of.map((one) => whereOf(one, aliases))
      const isByOwn = condition.of.every((one) => !isNaming(one) || aliases(one) === null)
      return joined([...all, ...(isByOwn ? namesWithin(condition.of) : [])], ' AND ', Prisma.sql`true`)
    }
    case 'or':
      return joined(
        condition.of.map((one) => whereOf(one, aliases)),
        ' OR ',
        Prisma.sql`false`,
      )
    case 'not':
      return Prisma.sql`NOT ${whereOf(condition.of, aliases)}`
    default: {
      const byAlias = isNaming(condition) ? aliases(condition) : null
      const own = whereOfAtom(condition)
      return byAlias === null ? own : joined([own, byAlias], ' OR ', Prisma.sql`false`)
    }
  }
}

function whereOfAtom(atom: AssetAtom | FilterAtom): Prisma.Sql {
  switch (atom.is) {
    case 'key':
    case 'keyAmong':
    case 'search':
      return keyIs(Prisma.sql`a.key`, atom)
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
    case 'kindAmong':
      return Prisma.sql`s.kind = ANY(${atom.kinds}::text[])`
  }
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

function joined(conditions: Prisma.Sql[], by: string, ofNone: Prisma.Sql): Prisma.Sql {
  return conditions.length === 0 ? ofNone : Prisma.sql`(${Prisma.join(conditions, by)})`
}
