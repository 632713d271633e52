import { fileURLToPath } from 'node:url'
import { preparePostgraphile } from './postgraphile.mjs'
import { headwater, serve } from './server-process.mjs'

/** How each server is started on a database. */
export const SERVERS = {
  /** As it is run in earnest. */
  headwater: async (databaseUrl) => {
    const server = await serve([headwater, 'serve', '--port', '0', '--host', '127.0.0.1'], databaseUrl)
    // Until then it answers from PostgreSQL.
    await server.said(/graph loaded/)
    return server
  },
  naive: (databaseUrl) => serve([peer('naive')], databaseUrl),
  postgraphile: async (databaseUrl) =>
    serve([peer('postgraphile')], databaseUrl, await preparePostgraphile(databaseUrl)),
  hello: (databaseUrl) => serve([peer('hello')], databaseUrl),
}

function peer(name) {
  return fileURLToPath(new URL(`../peers/${name}/server.mjs`, import.meta.url))
}
