import { rm } from 'node:fs/promises'
import pg from 'pg'

export default async function globalTeardown() {
  const started = globalThis.headwaterTestPostgres
  if (started === undefined) return dropTemplate()
  await started.postgres.stop()
  await rm(started.folder, { recursive: true, force: true })
}

async function dropTemplate() {
  const client = new pg.Client({ connectionString: process.env.TEST_DATABASE_URL })
  await client.connect()
  await client.query(`DROP DATABASE ${process.env.TEST_TEMPLATE_DATABASE}`)
  await client.end()
}
