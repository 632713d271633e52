import { ASSETS_A_CALL, UPSTREAMS_AN_ASSET } from '../questions/recordings.mjs'

const WRITTEN_BY = `
  SELECT (SELECT count(*) FROM recording WHERE idempotency_key LIKE 'bench/' || $1 || '/%')::int AS recordings,
    count(*)::int AS materializations,
    sum((SELECT count(*) FROM materialization_input i WHERE i.asset_id = m.asset_id AND i.materialization_id = m.id))::int
      AS inputs
  FROM materialization m WHERE m.job_id = $1`

/** Each counts what must not be there. */
const FAULTS = {
  'assets without a state': `SELECT count(*) FROM asset a LEFT JOIN asset_state s ON s.asset_id = a.id
    WHERE s.asset_id IS NULL`,
  'inputs of unknown assets': `SELECT count(*) FROM materialization_input i LEFT JOIN asset a ON a.id = i.upstream_id
    WHERE a.id IS NULL`,
  'edges that differ from the inputs': `SELECT count(*)
    FROM (SELECT asset_id AS downstream_id, upstream_id, count(DISTINCT materialization_id)
          FROM materialization_input GROUP BY 1, 2) i
    FULL JOIN lineage_edge e USING (downstream_id, upstream_id)
    FULL JOIN lineage_edge_stats c USING (downstream_id, upstream_id)
    WHERE i.count IS NULL OR e IS NULL OR c.materialization_count IS DISTINCT FROM i.count`,
  'assets whose latest materialization is not the latest': `SELECT count(*)
    FROM (SELECT DISTINCT ON (asset_id) asset_id, id FROM materialization
          ORDER BY asset_id, materialized_at DESC, id DESC) m
    FULL JOIN latest_materialization l USING (asset_id) JOIN asset_state s USING (asset_id)
    WHERE l.materialization_id IS DISTINCT FROM m.id OR s.latest_id IS DISTINCT FROM m.id`,
}

/**
 * Throws unless the database holds what each server has answered to have written, and nothing else of theirs.
 *
 * @param {import('pg').Client} client
 * @param {Map<string, number>} calls the number of recordings answered, by jobId
 */
export async function checkDatabase(client, calls) {
  for (const [jobId, recordings] of calls) {
    const materializations = recordings * ASSETS_A_CALL
    const expected = { recordings, materializations, inputs: materializations * UPSTREAMS_AN_ASSET }
    const { rows } = await client.query(WRITTEN_BY, [jobId])
    if (JSON.stringify(rows[0]) !== JSON.stringify(expected)) {
      throw new Error(
        `${jobId}: expected ${JSON.stringify(expected)} written, found ${JSON.stringify(rows[0])}`,
      )
    }
  }
  for (const [fault, text] of Object.entries(FAULTS)) {
    const { rows } = await client.query(text)
    if (rows[0].count !== '0') throw new Error(`after the recordings: ${rows[0].count} ${fault}`)
  }
}
