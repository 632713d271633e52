import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

export const headwater = join(root, 'dist/src/cli/main.js')

/**
 * @typedef {object} Server
 * @property {string} url where it answers GraphQL
 * @property {number} pid
 * @property {(what: RegExp) => Promise<RegExpExecArray>} said resolves when it has printed this, of late or from now on
 * @property {() => Promise<void>} stop
 */

/** Brings a database to the present schema. */
export async function migrate(databaseUrl) {
  const child = start(process.execPath, [headwater, 'migrate'], databaseUrl)
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`headwater migrate failed: ${child.said}`)
}

/**
 * Starts a server in a process of its own. Resolves when it has printed where it answers.
 *
 * @param {string[]} args
 * @param {string} databaseUrl
 * @param {string} [node] the Node.js that runs it
 * @returns {Promise<Server>}
 */
export async function serve(args, databaseUrl, node = process.execPath) {
  const child = start(node, args, databaseUrl)
  const exited = once(child, 'exit')
  const said = (what) =>
    Promise.race([
      new Promise((resolve) => {
        const look = () => {
          const found = what.exec(child.said)
          if (found === null) return
          child.off('said', look)
          resolve(found)
        }
        child.on('said', look)
        look()
      }),
      exited.then(() => {
        throw new Error(`${[node, ...args].join(' ')} has ended: ${child.said}`)
      }),
    ])
  const [, url] = await said(/answers on (http:\/\/[\d.]+:\d+)/i)
  return {
    url: `${url}/graphql`,
    pid: child.pid,
    said,
    stop: async () => {
      child.kill('SIGTERM')
      await exited
    },
  }
}

function start(node, args, databaseUrl) {
  const variables = {
    DATABASE_URL: databaseUrl,
    NODE_ENV: 'production',
    GRAPHILE_ENV: 'production',
    HEADWATER_LOG_LEVEL: 'info',
  }
  const child = spawn(node, args, { cwd: root, env: { ...process.env, ...variables } })
  child.said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      child.said = (child.said + chunk).slice(-4_000)
      child.emit('said')
    })
  }
  return child
}
