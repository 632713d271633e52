import { Prisma } from '../../../prisma/generated/client.js'
import type { AssetAtom, FilterAtom } from '../../lineage/selection/selection.js'
import type { Session } from './database.js'
import type { Seen } from './scopes.js'

type Atom = AssetAtom | FilterAtom
type KeyAtom = Extract<Atom, { is: 'key' | 'keyAmong' | 'search' }>

/** What is asked of a name: it holds of an asset where it holds of one of its names. */
export type NamingAtom = KeyAtom | Extract<Atom, { is: 'namespace' }>

/** Whether what is asked is of a name. */
export function isNaming(atom: { is: string }): atom is NamingAtom {
  return atom.is === 'key' || atom.is === 'keyAmong' || atom.is === 'search' || atom.is === 'namespace'
}

/** That it holds of an asset `a` by one of its other names, as SQL; null where there is no such name. */
export type AliasesOf = (atom: NamingAtom) => Prisma.Sql | null

/** Where no asset has another name. */
export const NO_ALIASES: AliasesOf = () => null

/** Assets that are found by other names are listed up to so many; beyond, each is asked for its names. */
const MOST_LISTED = 10_000

/** Finds, with one statement, which assets are meant by other names than their own: of those that may be seen. */
export async function aliasesOf(
  session: Session,
  atoms: readonly NamingAtom[],
  seen: Seen,
): Promise<AliasesOf> {
  const nameIs = (atom: NamingAtom) =>
    seen === null ? meant(atom) : Prisma.sql`${meant(atom)} AND n.namespace = ANY(${seen}::text[])`
  const lists = atoms.map(
    (atom, place) => Prisma.sql`
      SELECT ${place}::int AS place, array_agg(m.asset_id::text) AS ids FROM (
        SELECT DISTINCT n.asset_id FROM asset_name n WHERE n.asset_id <> n.id AND ${nameIs(atom)}
        LIMIT ${MOST_LISTED + 1}::int) m
      HAVING count(*) > 0`,
  )
  const rows = await session.runComposed<{ place: number; ids: string[] }>(
    Prisma.sql`${Prisma.join(lists, ' UNION ALL ')}`,
  )
  const found = new Map(
    rows.flatMap(({ place, ids }) => {
      const atom = atoms[place]
      return atom === undefined ? [] : [[atom, ids] as const]
    }),
  )
  return (atom) => {
    const ids = found.get(atom)
    if (ids === undefined) return null
    if (ids.length <= MOST_LISTED) return Prisma.sql`a.id = ANY(${ids}::uuid[])`
    return Prisma.sql`EXISTS (
      SELECT FROM asset_name n WHERE n.asset_id = a.id AND n.id <> n.asset_id AND ${nameIs(atom)})`
  }
}

function meant(atom: NamingAtom): Prisma.Sql {
  if (atom.is === 'namespace') return Prisma.sql`n.namespace = ${atom.value}`
  return keyIs(Prisma.sql`n.key`, atom)
}

/** What is asked of a key, as SQL about a column. */
export function keyIs(column: Prisma.Sql, atom: KeyAtom): Prisma.Sql {
  switch (atom.is) {
    case 'key':
      return atom.parts.length === 1
        ? Prisma.sql`${column} = ${atom.parts[0]}`
        : Prisma.sql`${column} LIKE ${atom.parts.map(literally).join('%')}`
    case 'keyAmong':
      return Prisma.sql`${column} = ANY(${atom.keys}::text[])`
    case 'search':
      return Prisma.sql`${column} ILIKE ${`%${literally(atom.text)}%`}`
  }
}

/** LIKE takes these for more than characters. */
export function literally(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&')
}
