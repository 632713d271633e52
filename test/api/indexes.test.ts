import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { assetIdOf } from '../../src/lineage/asset-ref.js'
import { fillWithoutIndexes } from '../harness/bulk.js'
import type { TestDatabase } from '../harness/database.js'
import { scansOf, sentBy, tablesScanned } from '../harness/plans.js'
import { minute, type Run, record } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'

const ASSETS = 20_000
const MATERIALIZATIONS = 200_000

/** The tables that have a row for each materialization. */
const MADE = [
  'materialization',
  'materialization_input',
  'materialization_schema',
  'latest_materialization',
  'check_result',
  'run_assertions',
]

let server: TestServer

/** 20,000 assets in a chain, each made ten times from the one before it; every fourth input names a version. */
beforeAll(async () => {
  server = await startTestServer()
  const { sql } = server.database
  const keys = Array.from({ length: ASSETS }, (_, at) => `space/asset-${at}`)
  await sql(
    `INSERT INTO asset (id, namespace, key, sort_key, created_at)
     SELECT id, 'default', key, 'default' || chr(1) || key, now() FROM unnest($1::uuid[], $2::text[]) AS r(id, key)`,
    [keys.map((key) => assetIdOf({ namespace: 'default', key })), keys],
  )
  await sql(
    `CREATE TABLE numbered AS SELECT id, row_number() OVER (ORDER BY length(key), key) - 1 AS n FROM asset`,
  )
  await fillWithoutIndexes(sql, MADE, () => insertMaterializations(sql))
  // Of many namespaces: of one alone PostgreSQL would as well read the whole table.
  await sql(
    `INSERT INTO asset_name (id, namespace, key, is_alias, asset_id)
     SELECT id, 'space-' || n % 100, key, false, id FROM asset JOIN numbered USING (id)
     UNION ALL SELECT md5(key)::uuid, 'other-' || n % 100, key, true, id FROM asset JOIN numbered USING (id)`,
  )
  await sql(`INSERT INTO recording (idempotency_key, content_hash, recorded_at)
    SELECT 'seeded ' || g, '', now() FROM generate_series(1, ${ASSETS}) g`)
  await sql('DROP TABLE numbered')
  await server.seeDatabase('anew')
  // VACUUM, for an index on words that has not taken in its latest entries is not worth using.
  await sql('VACUUM ANALYZE')
}, 60_000)

/** What was made, and what follows from it. */
async function insertMaterializations(sql: TestDatabase['sql']): Promise<void> {
  await sql(
    `INSERT INTO materialization (asset_id, id, version, job_id, dag_id, node_task_id, partition_key, storage_event_id,
       materialized_at, recorded_at)
     SELECT a.id, (lpad(to_hex(g), 12, '0') || '70008000000000000000')::uuid, 'v' || g / ${ASSETS}, 'job-' || g / 10, 'run-' || g / 50,
       'node-' || g % 1000, 'day-' || g % 365, g, timestamptz '2026-01-01' + g * interval '1 second', now()
     FROM generate_series(0, ${MATERIALIZATIONS - 1}) g JOIN numbered a ON a.n = g % ${ASSETS}`,
  )
  await sql(
    `INSERT INTO materialization_input (asset_id, materialization_id, upstream_id, position, version, materialized_at)
     SELECT m.asset_id, m.id, u.id, 0, CASE WHEN m.storage_event_id % 4 = 0 THEN m.version END, m.materialized_at
     FROM materialization m JOIN numbered d ON d.id = m.asset_id JOIN numbered u ON u.n = d.n - 1`,
  )
  await sql(`INSERT INTO materialization_schema SELECT asset_id, id, '' FROM materialization`)
  await sql(
    `INSERT INTO asset_state (asset_id, kind, latest_id, latest_at, updated_at)
     SELECT DISTINCT ON (asset_id) asset_id, 'json', id, materialized_at, now()
     FROM materialization ORDER BY asset_id, materialized_at DESC`,
  )
  await sql(
    `INSERT INTO latest_materialization SELECT DISTINCT ON (asset_id, partition_key) asset_id, partition_key, id, materialized_at
     FROM materialization ORDER BY asset_id, partition_key, materialized_at DESC`,
  )
  await sql(`INSERT INTO lineage_edge (upstream_id, downstream_id)
    SELECT u.id, d.id FROM numbered u JOIN numbered d ON d.n = u.n + 1`)
  await sql(`INSERT INTO lineage_edge_stats (downstream_id, upstream_id, first_seen_at, last_seen_at, materialization_count)
    SELECT downstream_id, upstream_id, '2026-01-01', '2026-01-03', 10 FROM lineage_edge`)
  await sql(
    `INSERT INTO asset_lifecycle (asset_id, id, is_retired, since) SELECT id, id, true, '2020-01-01' FROM numbered`,
  )
  await sql('INSERT INTO removed_edge SELECT downstream_id, upstream_id FROM lineage_edge')
  await sql(`INSERT INTO node_config (id, dag_id, node_task_id, registered_at)
    SELECT id, CASE WHEN n % 2 = 0 THEN 'run-' || n END, 'node-' || n, now() FROM numbered`)
  await sql(`INSERT INTO expected_asset (node_config_id, asset_id, position, is_primary, is_required)
    SELECT c.id, a.id, g, true, true
    FROM numbered c CROSS JOIN generate_series(0, 9) g JOIN numbered a ON a.n = (c.n + g) % ${ASSETS}`)
  await sql(`INSERT INTO check_result (asset_id, id, materialization_id, name, status, severity, checked_at)
    SELECT asset_id, id, id, 'check', 'PASSED', 'ERROR', materialized_at FROM materialization`)
  await sql(`INSERT INTO run_assertions (asset_id, id, run_id, as_of, dag_id, checked_at, results, result_count)
    SELECT asset_id, id, id, materialized_at, dag_id, materialized_at,
      jsonb_build_array(jsonb_build_object('id', id, 'name', 'check', 'status', 'PASSED', 'severity', 'ERROR')), 1
    FROM materialization`)
}

afterAll(() => server[Symbol.asyncDispose]())

const AFTER = '2026-01-02T12:00:00Z'
const PAGE = 'nodes { id } pageInfo { endCursor }'
const one = (fields: string) => `{ asset(key: "space/asset-1000") { ${fields} } }`
const latest = (fields: string) => one(`latestMaterialization { ${fields} }`)

const QUESTIONS: [string, string][] = [
  [
    'a version looked up',
    '{ materializationByVersion(asset: { key: "space/asset-7" }, version: "v4") { id } }',
  ],
  ['a history', one(`materializations { ${PAGE} }`)],
  ['a history since then', one(`materializations(filter: { since: "${AFTER}" }) { ${PAGE} }`)],
  ['a history of a partition', one(`materializations(filter: { partitionKey: "day-7" }) { ${PAGE} }`)],
  ['the length of a history', one('materializations { totalCount }')],
  ['histories of many', `{ assets(first: 100) { nodes { materializations(first: 2) { ${PAGE} } } } }`],
  ['all materializations', `{ materializations { ${PAGE} } }`],
  [
    'all materializations of a time',
    `{ materializations(filter: { since: "${AFTER}", until: "2026-01-02T12:01:00Z" }) { ${PAGE} } }`,
  ],
  ...(
    [
      ['jobId', 'job-77'],
      ['dagId', 'run-77'],
      ['nodeTaskId', 'node-77'],
      ['partitionKey', 'day-77'],
      ['version', 'v7'],
    ] as const
  ).map(([name, value]): [string, string] => [
    `materializations by ${name}`,
    `{ materializations(filter: { ${name}: "${value}" }, first: 10) { ${PAGE} totalCount } }`,
  ]),
  [
    'materializations by node and DAG run',
    `{ materializations(filter: { nodeTaskId: "node-77", dagId: "run-77" }) { ${PAGE} } }`,
  ],
  ['assets by a part of the key', '{ assets(filter: { search: "ET-12345" }) { nodes { id } totalCount } }'],
  ['assets by name', '{ assets(filter: { namespace: "default" }, first: 10) { nodes { id } } }'],
  ['the latest of many', '{ assets(first: 10) { nodes { latestMaterialization { id } } } }'],
  [
    'the latest of a partition',
    '{ assets(first: 100) { nodes { latestMaterialization(partitionKey: "day-7") { id } } } }',
  ],
  ['the status of a DAG run', '{ dagStatus(dagId: "run-77") { nodeTaskId missingRequiredAssets } }'],
  ['the status of a node', '{ nodeStatus(dagId: "run-77", nodeTaskId: "node-77") { isComplete } }'],
  ['upstream assets', '{ upstreamAssets(dagId: "run-77", nodeTaskId: "node-77") { version } }'],
  ['health', '{ assetHealth { materializationCount } }'],
  ['health of a namespace', '{ assetHealth(namespace: "default") { materializationCount } }'],
  ['staleness', '{ asset(key: "space/asset-9") { staleness { status } } }'],
  ['impact', one('impact { recentJobs recentDags directConsumers }')],
  ['checks of an asset', one(`checks { ${PAGE} totalCount }`)],
  ['checks of a materialization', latest(`checks { ${PAGE} totalCount }`)],
  ['inputs', latest('inputs { resolution materialization { id } }')],
  ['consumers', latest('consumers { totalCount nodes { id } }')],
  [
    'inputs and consumers of many',
    one(
      'materializations { nodes { inputs { materialization { id } } consumers { totalCount nodes { id } } } }',
    ),
  ],
]

test.each(QUESTIONS)('%s: no table is read from end to end', async (_name, question) => {
  const statements = await sentBy(() => server.query<object, undefined>(question))
  expect(statements.length).toBeGreaterThan(0)
  for (const statement of statements) {
    expect([statement.text, await tablesScanned(server.database, statement)]).toEqual([statement.text, []])
  }
})

test('health reads one index and no table, also where all that there is counts', async () => {
  for (const since of ['2026-01-01', '2026-01-03']) {
    const lastHours = Math.ceil((Date.now() - Date.parse(since)) / 3_600_000)
    const sent = await sentBy(() =>
      server.query<object, undefined>(`{ assetHealth(lastHours: ${lastHours}) { materializationCount } }`),
    )
    // The server looks for new edges meanwhile.
    const statement = sent.find(({ text }) => text.includes('FROM materialization'))
    if (statement === undefined) throw new Error('no statement was sent')
    expect(await scansOf(server.database, statement)).toEqual(['Index Only Scan materialization'])
  }
})

test('the next page of each list is found in an index', async () => {
  for (const list of [
    (after: string) => `{ materializations(first: 5${after}) { ${PAGE} } }`,
    (after: string) => `{ materializations(filter: { nodeTaskId: "node-7" }, first: 5${after}) { ${PAGE} } }`,
    (after: string) => `{ assets(first: 5${after}) { ${PAGE} } }`,
  ]) {
    const answer = await server.query<Record<string, { pageInfo: { endCursor: string } }>, undefined>(
      list(''),
    )
    const cursor = Object.values(answer)[0]?.pageInfo.endCursor ?? ''
    const statements = await sentBy(() => server.query<object, undefined>(list(`, after: "${cursor}"`)))
    for (const statement of statements) {
      expect([statement.text, await tablesScanned(server.database, statement)]).toEqual([statement.text, []])
    }
  }
})

test('a recording, and a storage event again, cost what they hold, not what there is', async () => {
  const run: Run = {
    idempotencyKey: 'key',
    storageEventId: 100_000,
    materializedAt: minute(10_000),
    partitionKey: 'moved',
    assets: [{ key: 'space/asset-1000' }],
    upstream: [{ key: 'space/asset-1' }],
  }
  await record(server, { ...run, idempotencyKey: 'first', partitionKey: 'part' })
  const statements = await sentBy(() => record(server, run))
  expect(statements.length).toBeGreaterThan(5)
  for (const statement of statements) {
    expect([statement.text, await tablesScanned(server.database, statement)]).toEqual([statement.text, []])
  }
})
