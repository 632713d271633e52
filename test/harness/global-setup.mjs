// One PostgreSQL for all test files: embedded, or the one that TEST_DATABASE_URL names. Each test makes databases
// of its own on it (harness/database.ts), so no test sees another's rows; most as copies of one with all tables.
import { randomUUID } from 'node:crypto'
import { mkdtemp, statfs } from 'node:fs/promises'
import { freemem, tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startEmbeddedPostgres } from '../../dist/src/embedded-postgres/embedded-postgres.js'
import { migrate } from '../../dist/src/store/prisma/migrate.js'

export default async function globalSetup() {
  if (!process.env.TEST_DATABASE_URL) {
    const folder = await mkdtemp(join(await roomiestFolder(), 'headwater-test-'))
    const postgres = await startEmbeddedPostgres({
      dataFolder: join(folder, 'data'),
      // The tests are about what is committed, not about surviving the loss of power.
      settings: {
        fsync: 'off',
        full_page_writes: 'off',
        max_connections: '300',
        autovacuum: 'off',
        wal_level: 'minimal',
        max_wal_senders: '0',
        jit: 'off',
      },
    })
    process.env.TEST_DATABASE_URL = postgres.url
    globalThis.headwaterTestPostgres = { postgres, folder }
  }
  await makeTemplate(process.env.TEST_DATABASE_URL)
}

/** In memory where there is room: an eighth of what PostgreSQL does in these tests is to look for places on a disk. */
async function roomiestFolder() {
  const inMemory = '/dev/shm'
  try {
    const { bavail, bsize } = await statfs(inMemory)
    return Math.min(bavail * bsize, freemem()) > MOST_BYTES ? inMemory : tmpdir()
  } catch {
    return tmpdir()
  }
}

/** Of all databases that tests have at one time, by far. */
const MOST_BYTES = 8 * 1024 ** 3

async function makeTemplate(server) {
  const name = `template_${randomUUID().replaceAll('-', '')}`
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  await client.query(`CREATE DATABASE ${name}`)
  await client.end()
  await migrate(Object.assign(new URL(server), { pathname: `/${name}` }).href, 10_000)
  process.env.TEST_TEMPLATE_DATABASE = name
}
