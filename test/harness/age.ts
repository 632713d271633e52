import type { TestServer } from './server.js'

/** Makes everything as if it had been recorded, or received, when it was made. */
export async function age({ database: { sql } }: TestServer): Promise<void> {
  await sql('UPDATE materialization SET recorded_at = materialized_at')
  await sql('UPDATE openlineage_event SET received_at = event_time')
  await sql(
    'UPDATE run r SET updated_at = (SELECT max(event_time) FROM openlineage_event e WHERE e.run_id = r.id)',
  )
  await sql(`UPDATE recording r SET recorded_at = (
    SELECT max(m.materialized_at) FROM unnest(r.materialization_ids) AS u(id) JOIN materialization m ON m.id = u.id)`)
  await sql(
    'UPDATE check_result SET checked_at = least(checked_at, (SELECT m.materialized_at FROM materialization m WHERE m.id = materialization_id))',
  )
}
