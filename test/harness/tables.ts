import { createHash } from 'node:crypto'
import type { TestDatabase } from './database.js'

/** A digest of every row of every table, those of some aside: the same as long as nothing is written. */
export async function digestOfTables({ sql }: TestDatabase, aside: readonly string[] = []): Promise<string> {
  const tables = await sql<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename`,
  )
  const hash = createHash('sha256')
  for (const { name } of tables) {
    if (aside.includes(name)) continue
    const rows = await sql<{ row: string }>(`SELECT t::text AS row FROM "${name}" t ORDER BY 1`)
    hash.update(JSON.stringify([name, rows]))
  }
  return hash.digest('hex')
}
