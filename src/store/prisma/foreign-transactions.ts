import type pg from 'pg'
import { connect, connected, type DatabasePlace } from './own-connection.js'

/** What is read by the transactions that wrote it, each once. */
const RECORDED = 'materialization'
const OTHERS = ['check_result', 'run_assertions', 'lineage_edge'] as const

/** So many rows are written anew in one transaction. */
const PIECE = 10_000

/**
 * Rows of a dump that was restored name transactions of the database that it comes from, most of which are yet to come
 * here: when they have come, these rows would be taken for news. From here on they are of none. Answers with how many
 * there were. `signal` breaks it off.
 */
export function forgetForeignTransactions(place: DatabasePlace, signal: AbortSignal): Promise<number> {
  return connected(connect(place, 'headwater'), async (client) => {
    // What it waits for, e.g. a lock, ends with the connection.
    signal.addEventListener('abort', () => void client.end())
    signal.throwIfAborted()
    let count = await forgetIn(client, RECORDED)
    // A dump holds all of them.
    if (count === 0) return 0
    for (const table of OTHERS) count += await forgetIn(client, table)
    // Webhooks begin anew, as after a backup was restored.
    await client.query('UPDATE webhook_state SET written_by = NULL')
    return count
  })
}

/** Looked up in the index of transactions: where there is none it costs nothing. */
async function forgetIn(client: pg.Client, table: string): Promise<number> {
  let count = 0
  for (;;) {
    const { rowCount } = await client.query(
      `UPDATE ${table} SET transaction_id = '3' WHERE ctid = ANY(ARRAY(
         SELECT ctid FROM ${table}
         WHERE transaction_id >= pg_snapshot_xmax(pg_current_snapshot()) LIMIT ${PIECE}))`,
    )
    count += rowCount ?? 0
    if ((rowCount ?? 0) < PIECE) return count
  }
}
