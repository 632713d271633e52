import { expect, test } from '@jest/globals'
import { startTestServer } from '../harness/server.js'
import { dumpAll, importMarie, SLOW_MS } from './marie-import.js'
import { createMarie, fillMarie } from './marie-source.js'
import { createFolder } from './run-headwater.js'

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
