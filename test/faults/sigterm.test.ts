import { expect, test } from '@jest/globals'
import { createTestDatabase } from '../harness/database.js'
import { Ledger, post } from '../harness/ledger.js'
import { whileHolding } from '../harness/locks.js'
import { startServerProcess } from '../harness/server-process.js'
import { note } from './note.js'

const GRACE_MS = 3_000
/** For what a process does beside waiting for requests. */
const MORE_MS = 2_000

test('SIGTERM under load: every request under way is answered, and the process exits with 0 within the grace time', async () => {
  await using database = await createTestDatabase()
  const variables = {
    DATABASE_URL: database.url,
    HEADWATER_DRAIN_TIMEOUT_MS: String(GRACE_MS),
    HEADWATER_LOG_LEVEL: 'debug',
  }
  await using server = await startServerProcess({ variables })
  const ledger = new Ledger()
  const load = ledger.write(server.url, 16)
  let walks = 0
  const reading = Array.from({ length: 4 }, async () => {
    for (;;) {
      const query = '{ lineage(root: { namespace: "lake", key: "made/1" }, direction: BOTH) { watermark } }'
      const { status, text } = await post(`${server.url}/graphql`, JSON.stringify({ query }))
      if (status === 0) return text
      expect([200, 404, 503]).toContain(status)
      walks++
    }
  })
  await load.acknowledged(150)
  const signalledAt = performance.now()
  server.kill('SIGTERM')
  expect(await server.exited).toBe(0)
  const ms = performance.now() - signalledAt
  expect(ms).toBeLessThan(GRACE_MS + MORE_MS)
  // Where a client is slow to ask again, its idle connection may be closed just when it does: nobody has taken that request.
  const reasons = [...(await Promise.all(reading)), ...ledger.broken]
  for (const reason of reasons) expect(['ECONNREFUSED', 'ECONNRESET', 'UND_ERR_SOCKET']).toContain(reason)
  expect(server.output()).toContain('request completed')
  expect(server.output()).not.toContain('request aborted')

  await using next = await startServerProcess({ variables: { ...variables, PORT: new URL(server.url).port } })
  await load.finish()
  expect(ledger.surprises).toEqual([])
  expect(await ledger.complaints(next.url)).toEqual([])
  note(
    `SIGTERM under load: exit after ${Math.round(ms)} ms; ${ledger.acknowledged} acknowledged, ${walks} walks answered`,
  )
}, 200_000)

test('a request that takes longer than the grace time is answered by 503 at its end, and the process exits', async () => {
  await using database = await createTestDatabase()
  await using server = await startServerProcess({
    variables: { DATABASE_URL: database.url, HEADWATER_DRAIN_TIMEOUT_MS: '500' },
  })
  const asked = [
    'mutation { recordMaterializations(input: { jobId: "j", assets: [{ key: "k" }] }) { duplicate } }',
    '{ asset(key: "k") { key } }',
  ]
  await whileHolding(database, 'LOCK TABLE asset IN ACCESS EXCLUSIVE MODE', async (untilBlocked) => {
    const answers = asked.map((query) => post(`${server.url}/graphql`, JSON.stringify({ query })))
    await untilBlocked(2)
    const signalledAt = performance.now()
    server.kill('SIGTERM')
    for (const { status, text } of await Promise.all(answers)) {
      expect([status, JSON.parse(text)]).toMatchObject([
        503,
        { errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }] },
      ])
    }
    expect(await server.exited).toBe(0)
    const ms = performance.now() - signalledAt
    note(`SIGTERM with a request that hangs, grace time 500 ms: exit after ${Math.round(ms)} ms`)
    expect(ms).toBeLessThan(500 + MORE_MS)
  })
}, 200_000)
