// The peer: PostGraphile 5 as its documentation starts it, on the same tables. Collections are plain lists, which
// cost less than connections.
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { postgraphile } from 'postgraphile'
import { makePgService } from 'postgraphile/adaptors/pg'
import { grafserv } from 'postgraphile/grafserv/node'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'
import { pgSmartTagsFromFile } from 'postgraphile/utils'

const tags = fileURLToPath(new URL('postgraphile.tags.json5', import.meta.url))
const pgl = postgraphile({
  extends: [PostGraphileAmberPreset],
  plugins: [pgSmartTagsFromFile(tags)],
  schema: { defaultBehavior: '-connection +list' },
  pgServices: [
    makePgService({
      connectionString: process.env.DATABASE_URL,
      schemas: ['public'],
      poolConfig: { max: 10 },
    }),
  ],
})
const server = createServer()
await pgl.createServ(grafserv).addTo(server)
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`answers on http://127.0.0.1:${server.address().port}/\n`)
})
