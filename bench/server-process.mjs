import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

const headwater = join(root, 'dist/src/cli/main.js')
const naive = join(root, 'bench/peers/naive/server.mjs')

/** Brings a database to the present schema. */
export async function migrate(databaseUrl) {
  const child = start([headwater, 'migrate'], databaseUrl)
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`headwater migrate failed: ${child.said}`)
}

/** Headwater as it is run in earnest. */
export function startHeadwater(databaseUrl) {
  return serve([headwater, 'serve', '--port', '0', '--host', '127.0.0.1'], databaseUrl)
}

export function startNaive(databaseUrl) {
  return serve([naive], databaseUrl)
}

/** Resolves when the program has printed where it answers. */
async function serve(args, databaseUrl) {
  const child = start(args, databaseUrl)
  const exited = once(child, 'exit')
  const url = await Promise.race([
    new Promise((resolve) => {
      child.on('said', () => {
        const found = /answers on (http:\/\/[\d.]+:\d+)/i.exec(child.said)
        if (found !== null) resolve(found[1])
      })
    }),
    exited.then(() => {
      throw new Error(`node ${args.join(' ')} has ended: ${child.said}`)
    }),
  ])
  return {
    url: `${url}/graphql`,
    stop: async () => {
      child.kill('SIGTERM')
      await exited
    },
  }
}

function start(args, databaseUrl) {
  const variables = { DATABASE_URL: databaseUrl, NODE_ENV: 'production', HEADWATER_LOG_LEVEL: 'warn' }
  const child = spawn(process.execPath, args, { cwd: root, env: { ...process.env, ...variables } })
  child.said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      child.said = (child.said + chunk).slice(-4_000)
      child.emit('said')
    })
  }
  return child
}
