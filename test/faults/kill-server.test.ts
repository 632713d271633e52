import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { createTestDatabase } from '../harness/database.js'
import { Ledger } from '../harness/ledger.js'
import { freePort, startServerProcess } from '../harness/server-process.js'
import { note } from './note.js'

/** Kills the server so often, each time when its eight writers have been at work for a while. */
async function killAndStart(variables: Record<string, string>, times: number): Promise<Ledger> {
  const PORT = await freePort()
  const ledger = new Ledger()
  let server = await startServerProcess({ variables: { ...variables, PORT } })
  const load = ledger.write(server.url, 8)
  try {
    for (let kill = 0; kill < times; kill++) {
      await load.acknowledged(20 + 5 * (kill % 5))
      await sleep(Math.random() * 20)
      server.kill('SIGKILL')
      expect(await server.exited).toBe('SIGKILL')
      server = await startServerProcess({ variables: { ...variables, PORT } })
    }
    await load.finish()
    expect(ledger.surprises).toEqual([])
    expect(await ledger.complaints(server.url)).toEqual([])
    note(
      `${times} kills: ${ledger.acknowledged} acknowledged, ${ledger.again.sent} sent again, ${ledger.again.there} of them there already`,
    )
    return ledger
  } finally {
    await server[Symbol.asyncDispose]()
  }
}

test('kill -9 of the server during 8 concurrent writers, 25 times: all that was acknowledged is there, whole, once', async () => {
  await using database = await createTestDatabase()
  const ledger = await killAndStart({ DATABASE_URL: database.url }, 25)
  expect(ledger.acknowledged).toBeGreaterThan(25 * 20)
  expect(ledger.again.sent).toBeGreaterThan(25)
}, 600_000)

test('the same with the embedded PostgreSQL, which the next server takes over', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'headwater-killed-'))
  try {
    const ledger = await killAndStart({ HEADWATER_DATA_DIR: join(folder, 'data') }, 3)
    expect(ledger.again.sent).toBeGreaterThan(3)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}, 300_000)
