import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '../../dist/src/embedded-postgres/embedded-postgres.js'
import { withClient } from './database.mjs'

/**
 * The PostgreSQL that BENCH_DATABASE_URL names, else an embedded one in a temporary folder, which is as durable as in
 * earnest.
 *
 * @returns {Promise<{ url: string, stop: () => Promise<void> }>}
 */
export async function providePostgres() {
  const { BENCH_DATABASE_URL: url } = process.env
  if (url) return { url, stop: async () => undefined }
  const folder = await mkdtemp(join(tmpdir(), 'headwater-bench-'))
  const postgres = await startEmbeddedPostgres({ dataFolder: join(folder, 'data') })
  return {
    url: postgres.url,
    stop: async () => {
      await postgres.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The version of the server at a URL. */
export function versionOf(url) {
  return withClient(url, async (client) => (await client.query('SHOW server_version')).rows[0].server_version)
}
