import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { clear, countRows } from '../harness/dump.js'
import { dataset, postEvents, runEvent } from '../harness/lineage-events.js'
import { make, minute, record, tryRecord } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'

let server: TestServer
/** The materialization that each test finds there. */
let made: string
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const ask = async (text: string) => (await server.ask(`mutation { ${text} }`)).status
const event = () =>
  runEvent('job', 'run-1', 'COMPLETE', minute(2), { inputs: [dataset('raw')], outputs: [dataset('made')] })

/** Every way to write, and a table that it writes to. */
const WRITES: [what: string, table: string, write: () => Promise<number>, good: number][] = [
  [
    'a recording',
    'materialization',
    async () => (await tryRecord(server, { assets: [{ key: 'a', upstream: [{ key: 'b' }] }] })).status,
    200,
  ],
  [
    'a recording that looks first',
    'materialization',
    async () =>
      (await tryRecord(server, { storageEventId: 1, materializedAt: minute(2), assets: [{ key: 'again' }] }))
        .status,
    200,
  ],
  ['an OpenLineage event', 'run', async () => (await postEvents(server, event())).status, 201],
  [
    'an edit',
    'asset_state',
    () => ask('updateAsset(input: { asset: { key: "again" }, description: "d" }) { key }'),
    200,
  ],
  ['a retirement', 'asset_lifecycle', () => ask('retireAsset(asset: { key: "again" }) { key }'), 200],
  [
    'what checks said',
    'check_result',
    () =>
      ask(
        `recordCheckResults(input: { materializationId: "${made}", checks: [{ name: "c", status: PASSED }] }) { name }`,
      ),
    200,
  ],
  [
    'what a node is to make',
    'node_config',
    () =>
      ask(
        'registerAssetConfig(input: { dagId: "d", nodes: [{ nodeTaskId: "n", assets: [{ key: "again" }] }] }) { nodeCount }',
      ),
    200,
  ],
]

describe.each([
  ['serialization failures', '40001'],
  ['deadlocks', '40P01'],
])('%s', (_what, sqlState) => {
  beforeEach(async () => {
    await server.database.sql('DROP FUNCTION IF EXISTS fail CASCADE')
    await clear(server)
    made = await make(server, 'again', { storageEventId: 1, materializedAt: minute(1) })
  })

  test.each(WRITES)(
    '%s that meets three of them is made all the same, once',
    async (_of, table, write, good) => {
      const attempts = await failing(table, sqlState, 3)
      expect(await write()).toBe(good)
      expect(await attempts()).toBeGreaterThan(3)
    },
  )

  test.each(WRITES)(
    '%s that meets nothing else is given up after eight attempts, by 503, with nothing written',
    async (_of, table, write) => {
      const before = await countRows(server)
      const attempts = await failing(table, sqlState, 1_000)
      expect(await write()).toBe(503)
      expect(await attempts()).toBe(8)
      expect(await countRows(server)).toEqual(before)
    },
  )
})

/** Makes the next writes to a table fail so often; answers with how to learn how many there were. */
async function failing(table: string, sqlState: string, times: number): Promise<() => Promise<number>> {
  const { sql } = server.database
  await sql('DROP FUNCTION IF EXISTS fail CASCADE')
  await sql('DROP SEQUENCE IF EXISTS attempts')
  await sql('CREATE SEQUENCE attempts')
  await sql(`CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF nextval('attempts') <= ${times} THEN RAISE EXCEPTION 'provoked' USING ERRCODE = '${sqlState}'; END IF;
    RETURN NULL; END $$`)
  await sql(
    `CREATE TRIGGER failing BEFORE INSERT OR UPDATE ON ${table} FOR EACH STATEMENT EXECUTE FUNCTION fail()`,
  )
  return async () => {
    const [row] = await sql<{ last: number }>('SELECT last_value::int AS last FROM attempts')
    return row?.last ?? 0
  }
}

test('of two transactions that wait for each other the server’s is ended by PostgreSQL, and made again', async () => {
  const { sql } = server.database
  await sql('DROP FUNCTION IF EXISTS fail CASCADE')
  await clear(server)
  await record(server, { assets: [{ key: 'a' }, { key: 'b' }] })
  const [first, second] = await sql<{ id: string }>(
    'SELECT asset_id AS id FROM asset_state ORDER BY asset_id',
  )
  const hold = (id: string | undefined) => `SELECT FROM asset_state WHERE asset_id = '${id}' FOR UPDATE`
  const deadlocks = async () => {
    const [row] = await sql<{ count: number }>(
      'SELECT deadlocks::int AS count FROM pg_stat_database WHERE datname = current_database()',
    )
    return row?.count
  }
  expect(await deadlocks()).toBe(0)
  const other = await server.database.connect()
  try {
    // So the server's transaction, which waits first, is the one that finds out.
    await other.query("SET deadlock_timeout = '100s'")
    await other.query('BEGIN')
    await other.query(hold(second?.id))
    const recording = tryRecord(server, { assets: [{ key: 'a' }, { key: 'b' }] })
    await untilBlocked()
    await other.query(hold(first?.id))
    await other.query('COMMIT')
    expect(await recording).toMatchObject({ status: 200, errors: [] })
  } finally {
    await other.end()
  }
  while ((await deadlocks()) === 0);
  expect(await deadlocks()).toBe(1)
  expect(await countRows(server)).toMatchObject({ materializations: 4 })

  async function untilBlocked(): Promise<void> {
    for (;;) {
      const rows = await sql(
        "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
      )
      if (rows.length > 0) return
    }
  }
})
