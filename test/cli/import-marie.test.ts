import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'
import { AssetRepository, AssetTracker } from '../../clients/typescript/src/index.js'
import type { TestDatabase } from '../harness/database.js'
import { clear, dumpTables } from '../harness/dump.js'
import { startTestServer, type TestServer } from '../harness/server.js'
import { edgeNames, walk } from '../harness/walks.js'
import { createMarie, fillMarie } from './marie-source.js'
import { createFolder, type Folder, headwater, PROGRAM, type Run, type RunOptions } from './run-headwater.js'
import { startUnreliableProxy } from './unreliable-proxy.js'

/** Of a test that starts many programs, one after the other. */
const SLOW_MS = 120_000

/** Runs an import, whose state is in the folder. */
function importMarie(
  source: { url: string },
  url: string,
  folder: Folder,
  args: readonly string[] = [],
  options: RunOptions = {},
): Promise<Run> {
  const state = join(folder.path, 'state.json')
  return headwater(['import', 'marie', '--from', source.url, '--state', state, ...args], { url, ...options })
}

interface Imported {
  asset: { namespace: string; key: string }
  version: string | null
  jobId: string
  dagId: string | null
  nodeTaskId: string | null
  partitionKey: string | null
  storageEventId: number | null
  sizeBytes: number | null
  checksum: string | null
  uri: string
  metadata: object
  materializedAt: string
  inputs: {
    asset: { namespace: string; key: string }
    version: string | null
    partitionKey: string | null
    resolution: string
  }[]
  checks: {
    nodes: { name: string; status: string; severity: string; details: object | null; checkedAt: string }[]
  }
}

/** What the server has, by the row's id in the source, which the test data has in its place. */
async function importedBy(server: TestServer): Promise<Map<number, Imported>> {
  const { materializations } = await server.query<{ materializations: { nodes: Imported[] } }, never>(
    `{ materializations(first: 1000) { nodes {
      asset { namespace key } version jobId dagId nodeTaskId partitionKey storageEventId sizeBytes checksum uri metadata
      materializedAt inputs { asset { namespace key } version partitionKey resolution }
      checks(first: 10) { nodes { name status severity details checkedAt } } } } }`,
  )
  return new Map(materializations.nodes.map((one) => [Number(one.uri.match(/\d+(?=\.json$|$)/)?.[0]), one]))
}

const namespaceOf = (key: string) => (key === 'report/daily' ? 'reports' : 'marie-ai')

async function countOf({ sql }: TestDatabase, table: string): Promise<number> {
  const [row] = await sql<{ count: number }>(`SELECT count(*)::int FROM marie_scheduler.${table}`)
  return row?.count ?? 0
}

/** What dumpTables leaves out; without what the server's clock said. */
async function dumpAll(server: TestServer): Promise<object> {
  const { sql } = server.database
  return {
    ...(await dumpTables(server)),
    nodes: await sql(
      'SELECT dag_id, dag_name, node_task_id, upstream_nodes FROM node_config ORDER BY dag_id, node_task_id',
    ),
    expected:
      await sql(`SELECT c.dag_id, c.node_task_id, a.key, e.position, e.is_primary, e.is_required, e.metadata
      FROM expected_asset e JOIN node_config c ON c.id = e.node_config_id JOIN asset a ON a.id = e.asset_id
      ORDER BY c.dag_id, c.node_task_id, e.position`),
    checks: await sql(`SELECT m.uri, r.name, r.status, r.severity, r.details, r.checked_at
      FROM check_result r JOIN materialization m ON m.asset_id = r.asset_id AND m.id = r.materialization_id
      ORDER BY m.uri, r.checked_at`),
  }
}

/** The same on two servers: without the times at which an asset was told its kind and description. */
function withoutClock(dump: object): unknown {
  return JSON.parse(JSON.stringify(dump), (name, value) =>
    ['kind_at', 'description_at'].includes(name) ? undefined : value,
  )
}

test(
  'import marie keeps times, versions, lineage, checks, expectations and descriptions; the same again changes nothing',
  async () => {
    await using source = await createMarie()
    await fillMarie(source, 12)
    await using server = await startTestServer()
    await using folder = await createFolder()

    const first = await importMarie(source, server.url, folder, ['--page-size', '50'])
    const counts = {
      made: await countOf(source, 'asset_materialization'),
      upstreams: await countOf(source, 'asset_lineage'),
      checks: await countOf(source, 'asset_check_result'),
    }
    expect(counts.made).toBeGreaterThan(250)
    expect(first).toEqual({
      code: 0,
      stdout: `imported ${counts.made} materializations (0 already there) with ${counts.upstreams} upstreams, ${counts.checks} check results, 72 expected assets of 12 DAG runs, 6 assets (0 already so, 1 never recorded), refused 0\n`,
      stderr: `asset_materialization: ${counts.made} of ${counts.made} rows\ndag_asset_map: 72 of 72 rows\nasset_registry: 7 of 7 rows\n`,
    })

    const imported = await importedBy(server)
    const rows = await source.sql<
      { id: string; upstreams: [string, string | null, string | null][] } & Record<string, unknown>
    >(
      `SELECT m.*, (SELECT coalesce(json_agg(json_build_array(upstream_asset_key, upstream_version, upstream_partition_key) ORDER BY l.id), '[]')
       FROM marie_scheduler.asset_lineage l WHERE l.materialization_id = m.id) AS upstreams
     FROM marie_scheduler.asset_materialization m ORDER BY m.id`,
    )
    expect(imported.size).toBe(rows.length)
    for (const row of rows) {
      const one = imported.get(Number(row.id))
      expect(one).toMatchObject({
        asset: { namespace: namespaceOf(String(row['asset_key'])), key: row['asset_key'] },
        version: row['asset_version'],
        jobId: row['job_id'],
        dagId: row['dag_id'],
        nodeTaskId: row['node_task_id'],
        partitionKey: row['partition_key'],
        storageEventId: row['storage_event_id'] === null ? null : Number(row['storage_event_id']),
        sizeBytes: Number(row['size_bytes']),
        checksum: row['checksum'],
        metadata: row['metadata'],
        materializedAt: (row['created_at'] as Date).toISOString(),
      })
      expect(
        one?.inputs.map(({ asset, partitionKey }) => [asset.namespace, asset.key, partitionKey]),
      ).toEqual(row.upstreams.map(([key, , partition]) => [namespaceOf(key), key, partition]))
      row.upstreams.forEach(([, version], at) => {
        const input = one?.inputs[at]
        if (version === null) expect(input?.resolution).toBe('INFERRED')
        else
          expect(input).toMatchObject({ version, resolution: expect.stringMatching('REPORTED|UNRESOLVED') })
      })
    }
    expect(rows.some(({ upstreams }) => upstreams.some(([, version]) => version === null))).toBe(true)

    const edges = await source.sql<{ edge: string }>(
      `SELECT DISTINCT l.upstream_asset_key || '>' || m.asset_key AS edge FROM marie_scheduler.asset_lineage l
     JOIN marie_scheduler.asset_materialization m ON m.id = l.materialization_id`,
    )
    const { lineage } = await server.query<{ lineage: Awaited<ReturnType<typeof walk>> }, never>(
      `{ lineage(root: { key: "raw/documents", namespace: "marie-ai" }, direction: DOWNSTREAM) {
       edges { upstream { key } downstream { key } } } }`,
    )
    expect(edgeNames(lineage.edges).sort()).toEqual(edges.map(({ edge }) => edge).sort())

    const checks = await source.sql<Record<string, unknown>>(
      'SELECT * FROM marie_scheduler.asset_check_result ORDER BY id',
    )
    for (const check of checks) {
      expect(imported.get(Number(check['materialization_id']))?.checks.nodes).toEqual([
        {
          name: check['check_name'],
          status: String(check['status']).toUpperCase(),
          severity: 'ERROR',
          details: check['details'],
          checkedAt: (check['created_at'] as Date).toISOString(),
        },
      ])
    }

    const [run] = await source.sql<{ dag_id: string }>(
      'SELECT dag_id FROM marie_scheduler.dag_asset_map LIMIT 1',
    )
    const { dagStatus } = await server.query<{ dagStatus: object[] }, { dagId: string }>(
      'query ($dagId: String!) { dagStatus(dagId: $dagId) { nodeTaskId dagName expectedAssets requiredAssets isComplete } }',
      { dagId: run?.dag_id ?? '' },
    )
    const status = { dagName: 'documents', requiredAssets: 1, isComplete: true }
    expect(dagStatus).toEqual([
      { nodeTaskId: 'classify', expectedAssets: 1, ...status },
      { nodeTaskId: 'extract', expectedAssets: 2, ...status },
      { nodeTaskId: 'ocr', expectedAssets: 2, ...status },
      { nodeTaskId: 'report', expectedAssets: 1, ...status },
    ])

    const { asset } = await server.query<{ asset: object }, never>(
      '{ asset(key: "report/daily", namespace: "reports") { kind description tags } }',
    )
    expect(asset).toEqual({
      kind: 'document',
      description: 'What report/daily is',
      tags: { team: 'documents' },
    })

    const before = await dumpAll(server)
    const second = await importMarie(source, server.url, folder, ['--json'])
    expect({ ...second, stdout: JSON.parse(second.stdout) }).toMatchObject({
      code: 0,
      stdout: {
        materializations: 0,
        alreadyThere: counts.made,
        upstreams: 0,
        assets: 0,
        refused: 0,
        refusals: [],
      },
    })
    expect(await dumpAll(server)).toEqual(before)
    expect(await readdir(folder.path)).toEqual([])
  },
  SLOW_MS,
)

test(
  'import marie, killed at any moment and run again, ends as one that nobody cut off',
  async () => {
    await using source = await createMarie()
    await fillMarie(source, 4)
    await using folder = await createFolder()
    const args = ['--page-size', '20']

    await using whole = await startTestServer()
    await using count = await startUnreliableProxy(whole.url, [])
    expect(await importMarie(source, count.url, folder, args)).toMatchObject({ code: 0 })
    const expected = withoutClock(await dumpAll(whole))

    await using server = await startTestServer()
    for (const share of [0.2, 0.5, 0.95]) {
      await clear(server)
      await using proxy = await startUnreliableProxy(server.url, [])
      const killedBy = proxy.reached(Math.ceil(share * count.requests))
      expect(await importMarie(source, proxy.url, folder, args, { killedBy })).toMatchObject({ code: null })
      const state = JSON.parse(await readFile(join(folder.path, 'state.json'), 'utf8'))
      expect(state.places.asset_materialization.rows).toBeGreaterThan(0)

      const before = proxy.requests
      const again = await importMarie(source, proxy.url, folder, args)
      expect(again.code).toBe(0)
      expect(again.stderr).toMatch(/^going on where an earlier run stopped \(.*state\.json\)\n/)
      // Of what was done before, no more than the page that was cut off is sent again.
      expect(proxy.requests - before).toBeLessThan((1 - share) * count.requests + 25)
      expect(withoutClock(await dumpAll(server))).toEqual(expected)
      expect(await readdir(folder.path)).toEqual([])
    }
  },
  SLOW_MS,
)

test('import marie begins anew where the server has lost what an earlier run imported', async () => {
  await using source = await createMarie()
  await fillMarie(source, 2)
  await using folder = await createFolder()
  await using server = await startTestServer()
  await using proxy = await startUnreliableProxy(server.url, [])
  const args = ['--page-size', '10']
  await importMarie(source, proxy.url, folder, args, { killedBy: proxy.reached(10) })
  await proxy.answered()
  await clear(server)
  const again = await importMarie(source, proxy.url, folder, args)
  expect(again).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^imported 48 materializations \(0 already there\)/),
  })
  expect(again.stderr).toMatch(/^beginning anew: the server no longer has what an earlier run imported/)
  expect((await importedBy(server)).size).toBe(48)
})

test('import marie outlasts a server that is away for a moment', async () => {
  await using source = await createMarie()
  await fillMarie(source, 1)
  await using folder = await createFolder()
  await using server = await startTestServer()
  await using proxy = await startUnreliableProxy(server.url, [
    'refuse',
    'lose the answer',
    'none',
    'lose the answer',
  ])
  const { code } = await importMarie(source, proxy.url, folder)
  expect(code).toBe(0)
  expect((await importedBy(server)).size).toBe(24)
})

test('import marie puts all assets into the namespace of --namespace, as an import of its own', async () => {
  await using source = await createMarie()
  await fillMarie(source, 1)
  await using folder = await createFolder()
  await using server = await startTestServer()
  for (const namespace of ['one', 'two']) {
    const { code } = await importMarie(source, server.url, folder, ['--namespace', namespace])
    expect(code).toBe(0)
  }
  const { assets } = await server.query<{ assets: { nodes: { namespace: string; key: string }[] } }, never>(
    '{ assets { nodes { namespace key } } }',
  )
  const keys = [
    'classify/document_type',
    'extract/claims',
    'extract/service_lines',
    'ocr/bboxes',
    'ocr/text',
    'raw/documents',
    'report/daily',
  ]
  expect(assets.nodes).toEqual(['one', 'two'].flatMap((namespace) => keys.map((key) => ({ namespace, key }))))
})

const IN_BOUNDS = 'expected 1970-01-01T00:00:00.000Z to 9999-12-31T23:59:59.999Z'

test('import marie names the rows that it cannot import, imports the others, and ends with 1', async () => {
  await using source = await createMarie()
  await source.sql(`ALTER TABLE marie_scheduler.asset_materialization ALTER created_at DROP NOT NULL;
    INSERT INTO marie_scheduler.asset_materialization (id, asset_key, job_id, size_bytes, uri, metadata, created_at) VALUES
      (1, 'good', gen_random_uuid(), 5, 's3://1', '{"large": 12345678901234567890, "text": "say \\"1234567890123456789\\""}', '2026-01-01'),
      (2, 'negative', gen_random_uuid(), -1, NULL, '{}', '2026-01-01'),
      (3, '', gen_random_uuid(), NULL, NULL, '{}', '2026-01-01'),
      (4, 'undated', gen_random_uuid(), NULL, NULL, '{}', NULL),
      (5, 'endless', gen_random_uuid(), NULL, NULL, '{}', 'infinity'),
      (6, E'tab\tbed', gen_random_uuid(), NULL, NULL, '{}', '2026-01-01'),
      (7, 'also good', gen_random_uuid(), NULL, 's3://7', '[1, 2]', '1970-01-01 00:00:00.123999+00'),
      (8, 'far', gen_random_uuid(), NULL, NULL, '{}', '290000-01-01 00:00:00+00'),
      (9, 'ides', gen_random_uuid(), NULL, NULL, '{}', '0044-03-15 00:00:00+00 BC'),
      (10, 'early', gen_random_uuid(), NULL, NULL, '{}', '1969-12-31 23:59:59.999999+00'),
      (11, 'late', gen_random_uuid(), NULL, 's3://11', '{}', '9999-12-31 23:59:59.999999+00'),
      (12, 'later', gen_random_uuid(), NULL, NULL, '{}', '10000-01-01 00:00:00+00'),
      (13, 'beginless', gen_random_uuid(), NULL, NULL, '{}', '-infinity');
    INSERT INTO marie_scheduler.asset_check_result (id, materialization_id, asset_key, check_name, status, details) VALUES
      (1, 1, 'good', 'rows', 'PASSED', '[3]'),
      (2, 1, 'good', 'rows', 'perhaps', NULL),
      (3, 2, 'negative', 'rows', 'failed', NULL);
    INSERT INTO marie_scheduler.asset_check_result (id, materialization_id, asset_key, check_name, status, created_at) VALUES
      (4, 1, 'good', 'far', 'passed', '290000-01-01 00:00:00+00'),
      (5, 1, 'good', 'endless', 'passed', 'infinity');
    INSERT INTO marie_scheduler.dag_asset_map (dag_id, dag_name, node_task_id, asset_key, kind, job_level) VALUES
      ('00000000-0000-4000-8000-000000000001', 'd', 'n', '', 'json', 0),
      ('00000000-0000-4000-8000-000000000002', 'd', 'n', 'good', 'json', 0);
    INSERT INTO marie_scheduler.dag_asset_map (dag_id, dag_name, node_task_id, asset_key, kind, job_level, upstream_nodes) VALUES
      ('00000000-0000-4000-8000-000000000003', 'd', 'n', 'good', 'json', 0, '{a,NULL}');
    INSERT INTO marie_scheduler.asset_registry (id, asset_key, kind) VALUES (1, 'good', E'bad\nkind'), (2, '', 'json')`)
  await using folder = await createFolder()
  await using server = await startTestServer()
  const { code, stderr, stdout } = await importMarie(source, server.url, folder, ['--json'])
  expect(code).toBe(1)
  const refusals = [
    'asset_materialization 2: sizeBytes: expected 0 or more bytes, got -1',
    'asset_materialization 3: key: expected 1 to 2048 characters, got 0 characters',
    'asset_materialization 4: created_at: expected a time, got none',
    'asset_materialization 5: created_at: expected a time, got none',
    'asset_materialization 6: key: expected no control characters, got U+0009 at index 3',
    `asset_materialization 8: created_at: ${IN_BOUNDS}, got 290000-01-01 00:00:00 AD`,
    `asset_materialization 9: created_at: ${IN_BOUNDS}, got 0044-03-15 00:00:00 BC`,
    `asset_materialization 10: created_at: ${IN_BOUNDS}, got 1969-12-31 23:59:59 AD`,
    `asset_materialization 12: created_at: ${IN_BOUNDS}, got 10000-01-01 00:00:00 AD`,
    'asset_materialization 13: created_at: expected a time, got none',
    `asset_check_result 4: created_at: ${IN_BOUNDS}, got 290000-01-01 00:00:00 AD`,
    'asset_check_result 5: created_at: expected a time, got none',
    'asset_check_result 2: status: expected passed, failed or skipped, got "perhaps"',
    'asset_check_result 3: its materialization was refused',
    'dag_asset_map of dag_id 00000000-0000-4000-8000-000000000001: nodes[0].assets[0].key: expected 1 to 2048 characters, got 0 characters',
    'dag_asset_map of dag_id 00000000-0000-4000-8000-000000000003: Variable "$input" got invalid value null at "input.nodes[0].upstreamNodes[1]"; Expected non-nullable type "String!" not to be null.',
    'asset_registry 1: kind: expected no control characters, got U+000A at index 3',
  ]
  const report = JSON.parse(stdout)
  expect(report).toMatchObject({ materializations: 3, checkResults: 1, dagRuns: 1, refused: refusals.length })
  expect(
    report.refusals
      .map(({ table, id, message }: Record<string, string>) => `${table} ${id}: ${message}`)
      .sort(),
  ).toEqual([...refusals].sort())
  for (const refusal of refusals) expect(stderr).toContain(`${refusal}\n`)

  const imported = await importedBy(server)
  expect([...imported.keys()].sort((a, b) => a - b)).toEqual([1, 7, 11])
  expect(imported.get(11)?.materializedAt).toBe('9999-12-31T23:59:59.999Z')
  expect(imported.get(1)?.metadata).toEqual({
    large: '12345678901234567890',
    text: 'say "1234567890123456789"',
  })
  expect(imported.get(1)?.checks.nodes).toMatchObject([{ status: 'PASSED', details: { value: [3] } }])
  expect(imported.get(7)).toMatchObject({
    metadata: { value: [1, 2] },
    materializedAt: '1970-01-01T00:00:00.123Z',
  })
})

test('import marie says of a row that has changed since it was imported that it has', async () => {
  await using source = await createMarie()
  await fillMarie(source, 1)
  await using folder = await createFolder()
  await using server = await startTestServer()
  await importMarie(source, server.url, folder)
  await source.sql(`UPDATE marie_scheduler.asset_materialization SET asset_version = 'other' WHERE id = 3`)
  const { code, stdout, stderr } = await importMarie(source, server.url, folder)
  expect(code).toBe(1)
  expect(stderr).toMatch(
    /^asset_materialization 3: idempotencyKey: expected the content first recorded under "marie:3"/m,
  )
  expect(stdout).toMatch(/^imported 0 materializations \(23 already there\)/)
})

test(
  'import marie again leaves what was changed since, adds what has come, and counts that alone',
  async () => {
    await using source = await createMarie()
    await fillMarie(source, 2)
    await using folder = await createFolder()
    await using server = await startTestServer()
    await importMarie(source, server.url, folder)
    const [run] = await source.sql<{ dag_id: string }>(
      'SELECT dag_id::text FROM marie_scheduler.dag_asset_map LIMIT 1',
    )
    const asset = { namespace: 'reports', key: 'report/daily' }
    await server.query<object, object>(
      'mutation ($input: UpdateAssetInput!) { updateAsset(input: $input) { id } }',
      { input: { asset, kind: 'table', description: 'Edited', tags: { team: 'mine' } } },
    )
    await server.query<object, object>(
      'mutation ($input: AssetConfigInput!) { registerAssetConfig(input: $input) { nodeCount } }',
      {
        input: {
          dagId: run?.dag_id,
          nodes: [{ nodeTaskId: 'ocr', assets: [{ key: 'mine', isRequired: false }] }],
        },
      },
    )
    const before = await dumpAll(server)
    const again = await importMarie(source, server.url, folder, ['--json'])
    expect(JSON.parse(again.stdout)).toMatchObject({
      materializations: 0,
      checkResults: 0,
      dagRuns: 0,
      expectedAssets: 0,
      assets: 0,
      assetsUnchanged: 6,
      assetsNeverRecorded: 1,
      refused: 0,
    })
    expect(await dumpAll(server)).toEqual(before)

    await source.sql(`
    INSERT INTO marie_scheduler.asset_check_result (materialization_id, asset_key, check_name, status)
      SELECT id, asset_key, 'new', 'failed' FROM marie_scheduler.asset_materialization ORDER BY id LIMIT 1;
    INSERT INTO marie_scheduler.dag_asset_map (dag_id, dag_name, node_task_id, asset_key, kind, job_level)
      VALUES ('${run?.dag_id}', 'documents', 'new', 'ocr/text', 'text', 0);
    UPDATE marie_scheduler.asset_registry SET description = 'Another', tags = '{"other": 1}'`)
    const third = await importMarie(source, server.url, folder, ['--json'])
    expect(JSON.parse(third.stdout)).toMatchObject({
      checkResults: 1,
      dagRuns: 1,
      expectedAssets: 1,
      assets: 0,
    })
    const { asset: edited } = await server.query<{ asset: object }, object>(
      'query ($namespace: String, $key: String!) { asset(namespace: $namespace, key: $key) { kind description tags } }',
      asset,
    )
    expect(edited).toEqual({ kind: 'table', description: 'Edited', tags: { team: 'mine' } })
  },
  SLOW_MS,
)

test(
  'the page for those who come from there, followed to the letter, makes a node complete',
  async () => {
    const page = await readFile(join(import.meta.dirname, '../../docs/from-marie.md'), 'utf8')
    const commands = [...page.matchAll(/^```sh\n(.*?)^```/gms)].map(([, text = '']) => text.trim().split(' '))
    expect(commands.map(([program, ...words]) => [program, ...words.slice(0, 2)])).toEqual([
      ['headwater', 'import', 'marie'],
      ['headwater', 'config', 'apply'],
    ])
    const [, namespace = ''] = /^tracker = AssetTracker\(.*namespace="([^"]+)"\)/m.exec(page) ?? []
    await using source = await createMarie()
    await fillMarie(source, 1)
    await using folder = await createFolder()
    await using server = await startTestServer()
    const config = await folder.put('assets.yaml', 'asset_config:\n  ocr_extractor: [ocr/text, ocr/bboxes]\n')
    for (const [, ...args] of commands) {
      const words = args.map((word) =>
        word.startsWith('postgresql:') ? source.url : word === 'assets.yaml' ? config : word,
      )
      const state = words[0] === 'import' ? ['--state', join(folder.path, 'state.json')] : []
      expect(await headwater([...words, ...state], { url: server.url })).toMatchObject({ code: 0 })
    }
    const tracker = new AssetTracker({ url: server.url, namespace, onError: 'raise' })
    await tracker.recordMaterializations({
      jobId: 'job-1',
      dagId: 'dag-1',
      nodeTaskId: 'ocr_extractor',
      assets: [{ assetKey: 'ocr/text' }, { assetKey: 'ocr/bboxes' }],
    })
    const repository = new AssetRepository({ url: server.url, namespace })
    expect(await repository.getNodeStatus('dag-1', 'ocr_extractor')).toMatchObject({
      requiredAssets: 2,
      materializedRequired: 2,
      isComplete: true,
    })
    // What was imported is the same asset.
    expect((await repository.getMaterializationHistory('ocr/text')).length).toBeGreaterThan(1)
  },
  SLOW_MS,
)

test('import marie takes the tables of an older version: fewer tables and columns, other types, nulls', async () => {
  await using source = await createMarie()
  await source.sql(`DROP SCHEMA marie_scheduler CASCADE; CREATE SCHEMA "Old Marie"; SET search_path = "Old Marie";
    CREATE TABLE asset_materialization (id uuid PRIMARY KEY, asset_key text, asset_version text, job_id text,
      uri text, metadata json, created_at timestamp, storage_event_id integer);
    CREATE TABLE asset_lineage (id serial, materialization_id uuid, upstream_asset_key text);
    INSERT INTO asset_materialization
      SELECT ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'ocr/text', '', CASE n WHEN 2 THEN NULL ELSE 'job-' || n END,
        's3://' || n, NULL, '2026-01-01 10:00', n FROM generate_series(1, 5) AS n;
    INSERT INTO asset_lineage (materialization_id, upstream_asset_key)
      SELECT id, 'raw' FROM asset_materialization;
    RESET search_path`)
  await using folder = await createFolder()
  await using server = await startTestServer()
  const run = await importMarie(source, server.url, folder, ['--schema', 'Old Marie', '--page-size', '2'])
  expect(run.code).toBe(0)
  expect(run.stderr).toBe(`asset_check_result: the source has no such table
asset_registry: the source has no such table
dag_asset_map: the source has no such table
asset_materialization: 5 of 5 rows
`)
  const imported = await importedBy(server)
  expect([1, 2, 3, 4, 5].map((n) => imported.get(n)?.jobId)).toEqual([
    'job-1',
    'unknown',
    'job-3',
    'job-4',
    'job-5',
  ])
  expect(imported.get(1)).toMatchObject({
    asset: { namespace: 'marie-ai', key: 'ocr/text' },
    version: null,
    storageEventId: 1,
    sizeBytes: null,
    metadata: {},
    materializedAt: '2026-01-01T10:00:00.000Z',
    inputs: [{ asset: { key: 'raw' }, version: null }],
  })
})

test(
  'import marie needs no more than to read, and says in one line, without the password, why it cannot',
  async () => {
    await using source = await createMarie()
    await fillMarie(source, 1)
    await using folder = await createFolder()
    await using server = await startTestServer()
    const role = `reader_${new URL(source.url).pathname.slice(-8)}`
    const asReader = (change: (url: URL) => void = () => undefined) => {
      const url = new URL(source.url)
      url.username = role
      url.password = 'open sesame'
      change(url)
      return { url: url.href }
    }
    const failure = async (from: { url: string }, ...args: string[]) => {
      const { code, stdout, stderr } = await importMarie(from, server.url, folder, args)
      expect({ code, lines: stderr.match(/\n/g)?.length }).toEqual({ code: 1, lines: 1 })
      expect(stdout + stderr).not.toMatch(/sesame/)
      return stderr
    }
    await source.sql(`CREATE ROLE ${role} LOGIN PASSWORD 'open sesame'`)
    try {
      expect(await failure(asReader())).toMatch(
        /cannot read the source postgresql:.*: permission denied for schema marie_scheduler; its user needs USAGE of the schema and SELECT on its tables\n$/,
      )
      await source.sql(`GRANT USAGE ON SCHEMA marie_scheduler TO ${role}`)
      expect(await failure(asReader())).toMatch(/permission denied for table/)
      await source.sql(`GRANT SELECT ON ALL TABLES IN SCHEMA marie_scheduler TO ${role}`)
      expect(await importMarie(asReader(), server.url, folder)).toMatchObject({ code: 0 })

      expect(await failure(asReader(), '--schema', 'nowhere')).toMatch(
        /: expected the schema nowhere with the table asset_materialization, found the schemas marie_scheduler, public; name another with --schema\n$/,
      )
      expect(await failure(asReader(), '--schema', 'public')).toMatch(
        /: expected the schema public with the table asset_materialization, found in it nothing; /,
      )
      expect(await failure(asReader((url) => (url.pathname = '/nowhere')))).toMatch(
        /: database "nowhere" does not exist\n$/,
      )
      expect(await failure({ url: 'postgresql://me:sesame@127.0.0.1:1/marie' })).toMatch(
        /^headwater: cannot read the source postgresql:\/\/127\.0\.0\.1:1\/marie: no PostgreSQL answers there \(ECONNREFUSED\)\n$/,
      )
      expect(await failure({ url: 'mysql://me:sesame@127.0.0.1/marie' })).toMatch(
        /--from: expected postgresql:/,
      )
      expect(await failure({ url: 'me:sesame@127.0.0.1/marie' })).toMatch(/--from: expected postgresql:/)
      await source.sql('ALTER TABLE marie_scheduler.asset_lineage RENAME upstream_asset_key TO upstream_key')
      expect(await failure(asReader())).toMatch(
        /: expected marie_scheduler\.asset_lineage to have the columns id, materialization_id, upstream_asset_key; it has no upstream_asset_key\n$/,
      )
    } finally {
      await source.sql(`DROP OWNED BY ${role}; DROP ROLE ${role}`)
    }
  },
  SLOW_MS,
)

test('import marie refuses a state file that is of another import, or none', async () => {
  await using source = await createMarie()
  await fillMarie(source, 1)
  await using folder = await createFolder()
  await using server = await startTestServer()
  await using proxy = await startUnreliableProxy(server.url, [])
  await importMarie(source, proxy.url, folder, ['--page-size', '5'], { killedBy: proxy.reached(10) })
  const other = await importMarie(source, server.url, folder)
  expect(other).toMatchObject({ code: 1, stdout: '' })
  expect(other.stderr).toMatch(
    /state\.json keeps the place of another import \(postgresql:.*\): remove it, or name another with --state\n$/,
  )
  await folder.put('state.json', '{}')
  expect(await importMarie(source, server.url, folder)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/state\.json is no state file/),
  })
  expect(await importMarie(source, server.url, folder, ['--state', '/nowhere/state.json'])).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/cannot write the state file \/nowhere\/state\.json: ENOENT/),
  })
})

/** util-linux has one that takes a command; others take it otherwise. */
const onTerminal = process.platform === 'linux' && existsSync('/usr/bin/script') ? test : test.skip

onTerminal('import marie shows on a terminal how many rows of a table are done', async () => {
  await using source = await createMarie()
  await fillMarie(source, 1)
  await using server = await startTestServer()
  await using folder = await createFolder()
  const command = [
    process.execPath,
    PROGRAM,
    'import',
    'marie',
    '--from',
    source.url,
    '--state',
    join(folder.path, 's'),
  ]
  const { stdout } = await promisify(execFile)(
    'script',
    ['-qec', command.map((word) => `'${word}'`).join(' '), '/dev/null'],
    {
      env: { ...process.env, HEADWATER_URL: server.url, TERM: 'xterm' },
    },
  )
  expect(stdout).toMatch(/asset_materialization [█░]+ 24 of 24/)
})
