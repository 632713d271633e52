// One PostgreSQL for all test files: embedded, or the one that TEST_DATABASE_URL names. Each test makes databases
// of its own on it (harness/database.ts), so no test sees another's rows.
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '../../dist/src/embedded-postgres/embedded-postgres.js'

export default async function globalSetup() {
  if (process.env.TEST_DATABASE_URL) return
  const folder = await mkdtemp(join(tmpdir(), 'headwater-test-'))
  const postgres = await startEmbeddedPostgres({
    dataFolder: join(folder, 'data'),
    // The tests are about what is committed, not about surviving the loss of power.
    settings: { fsync: 'off', max_connections: '300' },
  })
  process.env.TEST_DATABASE_URL = postgres.url
  globalThis.headwaterTestPostgres = { postgres, folder }
}
