import { expect, test } from '@jest/globals'
import { startTestServer } from '../harness/server.js'
import { importedBy, importMarie, SLOW_MS } from './marie-import.js'
import { createMarie, fillMarie } from './marie-source.js'
import { createFolder } from './run-headwater.js'

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
