import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url))
const PORT = 4_177

/** A server as it was built, with data of its own that go with it. */
export async function startServer() {
  const folder = await mkdtemp(join(tmpdir(), 'headwater-explorer-'))
  const url = `http://127.0.0.1:${PORT}`
  const child = spawn(process.execPath, [MAIN, 'serve', '--port', String(PORT), '--data-dir', folder], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, NODE_ENV: 'production' },
  })
  const stop = async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve))
    if (child.exitCode === null) {
      child.kill('SIGTERM')
      await ended
    }
    await rm(folder, { recursive: true, force: true })
  }
  for (let attempt = 0; attempt < 240; attempt++) {
    if (child.exitCode !== null) break
    if (
      await fetch(`${url}/livez`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return { url, stop }
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
  await stop()
  throw new Error(`the server at ${url} does not start`)
}
