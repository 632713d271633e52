import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'
import { AssetRepository, AssetTracker } from '../../clients/typescript/src/index.js'
import type { TestDatabase } from '../harness/database.js'
import { startTestServer } from '../harness/server.js'
import { edgeNames, walk } from '../harness/walks.js'
import { dumpAll, importedBy, importMarie, SLOW_MS } from './marie-import.js'
import { createMarie, fillMarie } from './marie-source.js'
import { createFolder, headwater, PROGRAM } from './run-headwater.js'

const namespaceOf = (key: string) => (key === 'report/daily' ? 'reports' : 'marie-ai')

async function countOf({ sql }: TestDatabase, table: string): Promise<number> {
  const [row] = await sql<{ count: number }>(`SELECT count(*)::int FROM marie_scheduler.${table}`)
  return row?.count ?? 0
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
