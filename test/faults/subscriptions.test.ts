import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { createTestDatabase } from '../harness/database.js'
import { post } from '../harness/ledger.js'
import { freePort, type ServerProcess, startServerProcess } from '../harness/server-process.js'
import { TRANSPORTS } from '../harness/subscriber.js'
import { COMMITTED, expectTold, Follower } from './follower.js'
import { note } from './note.js'

const SUBSCRIBERS = 20
const WRITERS = 8
const RECORDINGS = 10_000
const KILLS = 6

const RECORD =
  'mutation ($input: RecordMaterializationsInput!) { recordMaterializations(input: $input) { watermark } }'

test(`${SUBSCRIBERS} subscribers, ${RECORDINGS} recordings by ${WRITERS} writers, servers killed and restarted, connections cut: each subscriber's history is the committed sequence`, async () => {
  await using database = await createTestDatabase()
  const ports = [await freePort(), await freePort()]
  const urls = ports.map((port) => `http://127.0.0.1:${port}`)
  const start = (PORT = '') => startServerProcess({ variables: { DATABASE_URL: database.url, PORT } })
  const servers: ServerProcess[] = await Promise.all(ports.map(start))
  try {
    let sent = 0
    const recordOne = async (): Promise<string> => {
      const at = sent++
      const body = JSON.stringify({
        query: RECORD,
        variables: {
          input: {
            jobId: 'job',
            idempotencyKey: randomUUID(),
            assets: [{ key: `made/${at % 200}`, upstream: [{ key: `raw/${at % 10}` }] }],
          },
        },
      })
      for (let attempt = at; ; attempt++) {
        const { status, text } = await post(`${urls[attempt % urls.length]}/graphql`, body)
        if (status === 200) return JSON.parse(text).data.recordMaterializations.watermark
        await sleep(20)
      }
    }
    const watermark = await recordOne()
    const followers = Array.from(
      { length: SUBSCRIBERS },
      (_, at) => new Follower(urls, TRANSPORTS[at % TRANSPORTS.length] ?? 'websocket', watermark),
    )
    const writing = Promise.all(
      Array.from({ length: WRITERS }, async () => {
        while (sent < RECORDINGS) await recordOne()
      }),
    )
    for (let kill = 0; kill < KILLS; kill++) {
      const until = ((kill + 1) * RECORDINGS) / (KILLS + 1)
      while (sent < until) await sleep(10)
      const at = kill % servers.length
      servers[at]?.kill('SIGKILL')
      await servers[at]?.exited
      servers[at] = await start(ports[at])
    }
    await writing
    const committed = await database.sql<{ id: string }>(COMMITTED)
    expect(committed.length).toBe(sent)
    const expected = committed.slice(1).map(({ id }) => id)
    await expectTold(followers, expected)
    note(
      `subscriptions: ${followers.length} followers of ${expected.length} materializations, ${KILLS} kills, ${followers.reduce((sum, { cuts }) => sum + cuts, 0)} cuts`,
    )
  } finally {
    for (const server of servers) await server[Symbol.asyncDispose]()
  }
}, 300_000)
