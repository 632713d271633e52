import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { StartupError } from '../../src/errors/startup-error.js'
import { migrate } from '../../src/store/prisma/migrate.js'
import { createEmptyDatabase, type TestDatabase } from '../harness/database.js'
import { differences, readCatalog } from './catalog.js'

const ROOT = dirname(dirname(import.meta.dirname))
const PATIENCE_MS = 5_000

/** The names of the migrations, in order. */
let migrations: string[]
let folder: string

beforeAll(async () => {
  const entries = await readdir(join(ROOT, 'prisma/migrations'), { withFileTypes: true })
  migrations = entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
  folder = await mkdtemp(join(tmpdir(), 'headwater-migrations-'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

/** Runs one of the scripts in another process, and answers with what it prints. */
async function run(script: string, ...args: string[]): Promise<string> {
  return (await promisify(execFile)(process.execPath, [join(ROOT, script), ...args])).stdout
}

const deployWithPrisma = async (database: TestDatabase): Promise<unknown> =>
  JSON.parse(await run('test/harness/prisma-migrate-deploy.mjs', database.url))

/** A database made from a schema.prisma, without any migration. */
async function databaseOf(schema: string): Promise<TestDatabase> {
  const path = join(folder, 'schema.prisma')
  await writeFile(path, schema)
  const database = await createEmptyDatabase()
  await database.sql('CREATE EXTENSION pg_trgm')
  await database.sql(await run('scripts/schema-sql.mjs', '--schema', path))
  return database
}

/** What the migrations say and schema.prisma cannot. */
const ALLOWED = [
  'column asset_column.name: text COLLATE "C" NOT NULL | text NOT NULL',
  'column column_edge.column_name: text COLLATE "C" NOT NULL | text NOT NULL',
  'column column_edge.transformations: text COLLATE "C" NOT NULL | text NOT NULL',
  'column column_edge.upstream_column: text COLLATE "C" NOT NULL | text NOT NULL',
  'column asset.key: text COLLATE "C" NOT NULL | text NOT NULL',
  'column asset.namespace: text COLLATE "C" NOT NULL | text NOT NULL',
  'column asset_name.key: text COLLATE "C" NOT NULL | text NOT NULL',
  'column asset_name.namespace: text COLLATE "C" NOT NULL | text NOT NULL',
  'column asset.sort_key: text COLLATE "C" NOT NULL | text NOT NULL',
  'column asset_search.folded_key: text COLLATE "C" NOT NULL | text NOT NULL',
  'column asset_search.folded_name: text COLLATE "C" NOT NULL | text NOT NULL',
  'column search_word.word: text COLLATE "C" NOT NULL | text NOT NULL',
]

async function unexpectedDifferences(schema: string): Promise<string[]> {
  await using migrated = await createEmptyDatabase()
  await migrate(migrated.url, PATIENCE_MS)
  await using described = await databaseOf(schema)
  const found = differences(await readCatalog(migrated), await readCatalog(described))
  expect(found).toEqual(expect.arrayContaining(ALLOWED))
  return found.filter((line) => !ALLOWED.includes(line) && !/^\w+ _prisma_migrations/.test(line))
}

test('the migrations make the database that schema.prisma describes', async () => {
  const schema = await readFile(join(ROOT, 'prisma/schema.prisma'), 'utf8')
  expect(await unexpectedDifferences(schema)).toEqual([])
})

test('a column, an index, a default or a key that only one of them has is noticed', async () => {
  const schema = await readFile(join(ROOT, 'prisma/schema.prisma'), 'utf8')
  const changed = schema
    .replace('  owners    String[] @default([])', '  owners    String[]\n  extra     String?')
    .replace('  @@index([kind])\n', '')
    .replace('@@index([assetId, materializedAt, id])', '@@unique([assetId, materializedAt, id])')
    .replace('@@id([assetId, partitionKey])', '@@id([partitionKey, assetId])')
    .replace('position          Int\n', 'position          BigInt\n')
  expect(await unexpectedDifferences(changed)).toEqual([
    'column asset.extra: none | text',
    'column asset.owners: text[] DEFAULT ARRAY[]::text[] | text[]',
    'column materialization_input.position: integer NOT NULL | bigint NOT NULL',
    'constraint latest_materialization.latest_materialization_pkey: PRIMARY KEY (asset_id, partition_key) | PRIMARY KEY (partition_key, asset_id)',
    'index asset_state_kind_idx: CREATE INDEX asset_state_kind_idx ON public.asset_state USING btree (kind) | none',
    'index latest_materialization_pkey: CREATE UNIQUE INDEX latest_materialization_pkey ON public.latest_materialization USING btree (asset_id, partition_key) | CREATE UNIQUE INDEX latest_materialization_pkey ON public.latest_materialization USING btree (partition_key, asset_id)',
    'index materialization_asset_id_materialized_at_id_idx: CREATE INDEX materialization_asset_id_materialized_at_id_idx ON public.materialization USING btree (asset_id, materialized_at, id) | none',
    'index materialization_asset_id_materialized_at_id_key: none | CREATE UNIQUE INDEX materialization_asset_id_materialized_at_id_key ON public.materialization USING btree (asset_id, materialized_at, id)',
  ])
})

test('nothing in the database would be in the way of distributing it: no foreign keys, sequences, triggers or functions', async () => {
  await using database = await createEmptyDatabase()
  await migrate(database.url, PATIENCE_MS)
  const catalog = [...(await readCatalog(database))].map(([name, definition]) => `${name}: ${definition}`)
  expect(
    catalog.filter((line) => /FOREIGN KEY|^relation .*: S$|^trigger|^function|GENERATED/.test(line)),
  ).toEqual([])
})

test('applying the migrations again does nothing', async () => {
  await using database = await createEmptyDatabase()
  expect(await migrate(database.url, PATIENCE_MS)).toEqual(migrations)
  const before = await database.sql('SELECT * FROM _prisma_migrations')
  expect(await migrate(database.url, PATIENCE_MS)).toEqual([])
  expect(await database.sql('SELECT * FROM _prisma_migrations')).toEqual(before)
})

test('servers that start at once on an empty database apply each migration once', async () => {
  await using database = await createEmptyDatabase()
  const applied = await Promise.all(Array.from({ length: 4 }, () => migrate(database.url, PATIENCE_MS)))
  expect(applied.flat()).toEqual(migrations)
  expect(await database.sql('SELECT migration_name AS name FROM _prisma_migrations ORDER BY 1')).toEqual(
    migrations.map((name) => ({ name })),
  )
})

test('what is recorded of a migration is what Prisma records', async () => {
  await using ours = await createEmptyDatabase()
  await using prismas = await createEmptyDatabase()
  await migrate(ours.url, PATIENCE_MS)
  expect(await deployWithPrisma(prismas)).toEqual(migrations)

  const rowsOf = (database: TestDatabase) =>
    database.sql(`SELECT migration_name, checksum, logs, rolled_back_at, applied_steps_count,
        finished_at >= started_at AS is_finished, id ~ '^[0-9a-f-]{36}$' AS has_uuid
      FROM _prisma_migrations ORDER BY migration_name`)
  const rows = await rowsOf(ours)
  expect(rows).toEqual(await rowsOf(prismas))
  expect(rows).toEqual(
    await Promise.all(
      migrations.map(async (name) => ({
        migration_name: name,
        checksum: createHash('sha256')
          .update(await readFile(join(ROOT, 'prisma/migrations', name, 'migration.sql')))
          .digest('hex'),
        logs: null,
        rolled_back_at: null,
        applied_steps_count: 1,
        is_finished: true,
        has_uuid: true,
      })),
    ),
  )
  expect(differences(await readCatalog(ours), await readCatalog(prismas))).toEqual([])
})

test('`prisma migrate deploy` finds nothing to do after us, nor we after it', async () => {
  await using ours = await createEmptyDatabase()
  await migrate(ours.url, PATIENCE_MS)
  expect(await deployWithPrisma(ours)).toEqual([])

  await using prismas = await createEmptyDatabase()
  await deployWithPrisma(prismas)
  expect(await migrate(prismas.url, PATIENCE_MS)).toEqual([])
})

/** The one line with which a start on this database fails. */
async function failure(url: string): Promise<string> {
  const error: unknown = await migrate(url, PATIENCE_MS).catch((caught: unknown) => caught)
  if (!(error instanceof StartupError)) throw new Error(`expected a StartupError, got ${String(error)}`)
  expect(error.message).not.toContain('\n')
  return error.message
}

test('a migration that was changed after it had been applied is refused', async () => {
  await using database = await createEmptyDatabase()
  await migrate(database.url, PATIENCE_MS)
  await database.sql(`UPDATE _prisma_migrations SET checksum = repeat('0', 64)`)
  expect(await failure(database.url)).toBe(
    `migration ${migrations[0]} is not the one that was applied to this database: use the release that it came from`,
  )
})

test('a database of a newer version is refused', async () => {
  await using database = await createEmptyDatabase()
  await migrate(database.url, PATIENCE_MS)
  await database.sql(`INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at)
    VALUES ('1', repeat('0', 64), '99991231000000_future', now())`)
  expect(await failure(database.url)).toBe(
    'the database has migration 99991231000000_future, which this version of Headwater does not know: start a newer version',
  )
})

test('a migration that has failed half-way is refused, and one that was rolled back is applied again', async () => {
  await using database = await createEmptyDatabase()
  await migrate(database.url, PATIENCE_MS)
  const [last] = migrations.slice(-1)
  await database.sql('UPDATE _prisma_migrations SET finished_at = NULL WHERE migration_name = $1', [last])
  expect(await failure(database.url)).toBe(
    `migration ${last} has failed in this database: repair it and mark it with "prisma migrate resolve"`,
  )

  await database.sql('UPDATE _prisma_migrations SET rolled_back_at = now()')
  for (const name of (await readCatalog(database)).keys()) {
    const [kind, table] = name.split(' ')
    if (kind === 'relation' && table !== '_prisma_migrations') await database.sql(`DROP TABLE ${table}`)
  }
  expect(await migrate(database.url, PATIENCE_MS)).toEqual(migrations)
  expect(await migrate(database.url, PATIENCE_MS)).toEqual([])
})

test('a migration that cannot be applied leaves nothing behind', async () => {
  await using database = await createEmptyDatabase()
  await database.sql('CREATE TABLE recording (mine text)')
  expect(await failure(database.url)).toBe(
    `migration ${migrations[0]} could not be applied (relation "recording" already exists): give Headwater an empty database that its user owns`,
  )
  expect(await database.sql('SELECT * FROM _prisma_migrations')).toEqual([])
  expect([...(await readCatalog(database)).keys()].filter((name) => name.startsWith('relation'))).toEqual(
    expect.arrayContaining(['relation recording', 'relation _prisma_migrations']),
  )
  await database.sql('DROP TABLE recording')
  expect(await migrate(database.url, PATIENCE_MS)).toEqual(migrations)
})

test('a database that cannot be reached, or used, is said to be so, without its password', async () => {
  // In the realm of a test runner an error of node's is no Error, and shows its name too.
  expect(await failure('postgresql://me:secret@127.0.0.1:1/mine')).toMatch(
    /^the database at postgresql:\/\/127.0.0.1:1\/mine cannot be reached \((Error: )?connect ECONNREFUSED 127.0.0.1:1\): start it, or correct DATABASE_URL$/,
  )
  await using database = await createEmptyDatabase()
  const missing = Object.assign(new URL(database.url), { pathname: '/missing' })
  expect(await failure(missing.href)).toMatch(
    /^the database at postgresql:.* cannot be used \(database "missing" does not exist\): correct DATABASE_URL, or its permissions$/,
  )
})

test('a server that is too old is refused (a stand-in for its version: no such server runs here)', async () => {
  await using database = await createEmptyDatabase()
  await database.sql('CREATE SCHEMA old')
  await database.sql(`CREATE FUNCTION old.current_setting(name text) RETURNS text LANGUAGE sql AS $$
    SELECT CASE name WHEN 'server_version' THEN '13.23' WHEN 'server_version_num' THEN '130023' END $$`)
  const name = new URL(database.url).pathname.slice(1)
  await database.sql(`ALTER DATABASE ${name} SET search_path = old, pg_catalog, public`)
  expect(await failure(database.url)).toBe(
    'the database is PostgreSQL 13.23: Headwater needs 14 or newer; upgrade it, or unset DATABASE_URL to use the embedded one',
  )
})
