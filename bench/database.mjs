import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startEmbeddedPostgres } from '../dist/src/embedded-postgres/embedded-postgres.js'

/**
 * A fresh database: on the PostgreSQL that BENCH_DATABASE_URL names, else on an embedded one in a temporary folder,
 * which is as durable as in earnest. It goes with `dispose`.
 */
export async function createDatabase() {
  const server = await providePostgres()
  const name = `headwater_bench_${randomBytes(4).toString('hex')}`
  try {
    await onServer(server.url, `CREATE DATABASE ${name}`)
  } catch (error) {
    await server.stop()
    throw error
  }
  return {
    url: Object.assign(new URL(server.url), { pathname: `/${name}` }).href,
    dispose: async () => {
      await onServer(server.url, `DROP DATABASE ${name} WITH (FORCE)`)
      await server.stop()
    },
  }
}

async function providePostgres() {
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

async function onServer(url, text) {
  await withClient(url, (client) => client.query(text))
}

/**
 * @template T
 * @param {(client: pg.Client) => Promise<T>} work
 */
export async function withClient(url, work) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
