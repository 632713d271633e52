import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { migrate } from '../../src/store/prisma/migrate.js'
import { createEmptyDatabase, type TestDatabase } from '../harness/database.js'
import { dumpRows } from '../harness/dump.js'
import { dataset, runEvent, sendEvents } from '../harness/lineage-events.js'
import { minute, record } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'

let source: TestServer
beforeAll(async () => {
  source = await startTestServer()
  for (const at of [1, 2, 3]) {
    await record(source, {
      idempotencyKey: `key ${at}`,
      materializedAt: minute(at),
      assets: [{ key: 'report', version: `v${at}`, columns: [{ name: 'x' }], description: 'Of each day.' }],
      upstream: [{ key: 'raw', namespace: 'lake' }],
    })
    await sendEvents(source, [
      runEvent('dag.load', `run-${at}`, 'COMPLETE', minute(at), { outputs: [dataset('raw')] }),
    ])
  }
})
afterAll(() => source[Symbol.asyncDispose]())

const MIGRATIONS = join(import.meta.dirname, '../../prisma/migrations')

const COLUMNS = `SELECT c.relname AS table, a.attname AS column
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> '_prisma_migrations'
    AND a.atttypid <> 'xid8'::regtype`

/** Puts the rows of one database into another, as far as that has the tables and columns for them. */
async function copyRows(from: TestDatabase, to: TestDatabase): Promise<number> {
  const here = await to.sql<{ table: string; column: string }>(COLUMNS)
  const there = await from.sql<{ table: string; column: string }>(COLUMNS)
  let count = 0
  for (const table of new Set(here.map((one) => one.table))) {
    const columnsIn = (all: typeof here) =>
      all.filter((one) => one.table === table).map(({ column }) => column)
    const common = columnsIn(here).filter((column) => columnsIn(there).includes(column))
    if (common.length === 0) continue
    const rows = await from.sql<{ row: string }>(`SELECT row_to_json(t)::text AS row FROM ${table} t`)
    const list = common.map((column) => `"${column}"`).join(', ')
    for (const { row } of rows)
      await to.sql(
        `INSERT INTO ${table} (${list}) SELECT ${list} FROM json_populate_record(NULL::${table}, $1::json)`,
        [row],
      )
    count += rows.length
  }
  return count
}

const QUESTION = `{
  lineage(root: { key: "report" }, direction: UPSTREAM, scope: CURRENT) {
    nodes { asset { key description columns { name } staleness { status causes { usedVersion latestVersion } } } }
    edges { firstSeenAt lastSeenAt materializationCount } completeness { complete } }
  materializations(first: 10) { nodes { id version run { state } inputs { version resolution materialization { id } } } } }`

/** How many migrations the version before lacked: the last alone, those of one change, and some more. */
test.each([1, 3, 6])(
  'a database that lacks the last %i migrations, with data in it, is brought up to date',
  async (lacking) => {
    const names = (await readdir(MIGRATIONS)).filter((name) => /^\d/.test(name)).sort()
    await using database = await createEmptyDatabase()
    const before = names.slice(0, -lacking)
    expect(await migrate(database.url, 5_000, before)).toEqual(before)
    expect(await copyRows(source.database, database)).toBeGreaterThan(20)

    // Starts on it as a newer version does.
    await using server = await startTestServer({ database })
    expect(await database.sql('SELECT migration_name AS name FROM _prisma_migrations ORDER BY 1')).toEqual(
      names.map((name) => ({ name })),
    )
    expect(await dumpRows(server)).toEqual(await dumpRows(source))
    expect(await server.query(QUESTION)).toEqual(await source.query(QUESTION))
    const repeat = await record(server, {
      idempotencyKey: 'key 1',
      materializedAt: minute(1),
      assets: [{ key: 'report', version: 'v1', columns: [{ name: 'x' }], description: 'Of each day.' }],
      upstream: [{ key: 'raw', namespace: 'lake' }],
    })
    expect(repeat.duplicate).toBe(true)
    await record(server, { assets: [{ key: 'report', version: 'v4' }] })
  },
)
