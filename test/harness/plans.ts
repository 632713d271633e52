import { types } from 'node:util'
import { jest } from '@jest/globals'
import type { TestDatabase } from './database.js'
import { program } from './program.js'

/** A statement as the server sent it. */
export interface Sent {
  /** Of a statement that PostgreSQL prepares, and may come to plan once for all values. */
  name: string | undefined
  text: string
  values: unknown[]
}

const OF_TRANSACTIONS = /^(BEGIN|COMMIT|ROLLBACK)\b/

/** The statements, with their values, that `work` makes the server send, those of transactions aside. */
export async function sentBy(work: () => Promise<unknown>): Promise<Sent[]> {
  const spy = jest.spyOn(program.pg.Client.prototype, 'query')
  try {
    await work()
    return spy.mock.calls.flatMap(([query]) => {
      const sent = query as unknown as string | Partial<Sent>
      return typeof sent === 'string' || sent.text === undefined || OF_TRANSACTIONS.test(sent.text)
        ? []
        : [{ name: sent.name, text: sent.text, values: (sent.values ?? []).map(readable) }]
    })
  } finally {
    spy.mockRestore()
  }
}

/** Dates are of the server's realm, which the driver here takes for no dates. Lists of ids go out in PostgreSQL's binary form, after 20 bytes each as its length, in 4 bytes, and 16 bytes. */
function readable(value: unknown): unknown {
  if (types.isDate(value)) return value.toISOString()
  if (!Buffer.isBuffer(value)) return value
  const ids: string[] = []
  for (let at = 24; at < value.length; at += 20) {
    const hex = value.toString('hex', at, at + 16)
    ids.push(hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'))
  }
  return ids
}

interface Plan {
  'Node Type': string
  'Relation Name'?: string
  Plans?: Plan[]
}

type Explained = { 'QUERY PLAN': { Plan: Plan }[] }

/** How PostgreSQL would reach each table, as it would plan for these values: `Index Only Scan materialization`. */
export async function scansOf({ sql }: TestDatabase, { text, values }: Sent): Promise<string[]> {
  const scans = ({ Plans = [], ...plan }: Plan): string[] => [
    ...(plan['Relation Name'] === undefined ? [] : [`${plan['Node Type']} ${plan['Relation Name']}`]),
    ...Plans.flatMap(scans),
  ]
  const rows = await sql<Explained>(`EXPLAIN (FORMAT JSON) ${text}`, values)
  return rows.flatMap((row) => row['QUERY PLAN'].flatMap(({ Plan }) => scans(Plan)))
}

/** The tables that PostgreSQL would read from end to end: planned for these values and, where it may be, for any. */
export async function tablesScanned({ sql }: TestDatabase, { name, text, values }: Sent): Promise<string[]> {
  // A lock reads nothing, and has no plan.
  if (text.startsWith('LOCK TABLE')) return []
  const plans = [
    ...(await sql<Explained>(`EXPLAIN (FORMAT JSON) ${text}`, values)),
    ...(name === undefined ? [] : await sql<Explained>(`EXPLAIN (FORMAT JSON, GENERIC_PLAN) ${text}`)),
  ]
  const scanned = ({ Plans = [], ...plan }: Plan): string[] => [
    ...(plan['Node Type'] === 'Seq Scan' ? [plan['Relation Name'] ?? ''] : []),
    ...Plans.flatMap(scanned),
  ]
  return plans.flatMap((row) => row['QUERY PLAN'].flatMap(({ Plan }) => scanned(Plan)))
}
