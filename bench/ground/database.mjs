import { randomBytes } from 'node:crypto'
import pg from 'pg'

/** A fresh database on a PostgreSQL. It goes with `drop`. */
export async function createDatabase(serverUrl) {
  const name = `headwater_bench_${randomBytes(4).toString('hex')}`
  await withClient(serverUrl, (client) => client.query(`CREATE DATABASE ${name}`))
  return {
    url: Object.assign(new URL(serverUrl), { pathname: `/${name}` }).href,
    drop: () => withClient(serverUrl, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`)),
  }
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
