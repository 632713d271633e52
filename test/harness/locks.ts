import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { TestDatabase } from './database.js'

/**
 * Runs `work` while a transaction of the test's own holds what the statement locks; `work` may call `untilBlocked`
 * to wait until so many of the server's statements, or of those of a command by its name, wait for a lock. So races run in one order, every time.
 */
export async function whileHolding<T>(
  { url, sql }: TestDatabase,
  statement: string,
  work: (untilBlocked: (count: number, by?: string) => Promise<void>) => Promise<T>,
): Promise<T> {
  const holder = new pg.Client({ connectionString: url })
  await holder.connect()
  try {
    await holder.query('BEGIN')
    await holder.query(statement)
    return await work(async (count, by = 'headwater') => {
      for (;;) {
        const [row] = await sql<{ blocked: number }>(
          `SELECT count(*)::int AS blocked FROM pg_stat_activity
           WHERE datname = current_database() AND application_name = $1 AND wait_event_type = 'Lock'`,
          [by],
        )
        if (row?.blocked === count) return
        await sleep(5)
      }
    })
  } finally {
    await holder.end()
  }
}
