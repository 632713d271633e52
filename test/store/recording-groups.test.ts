import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { UNRESTRICTED } from '../../src/lineage/access/access.js'
import { AssetNames } from '../../src/store/prisma/asset-names.js'
import { Database } from '../../src/store/prisma/database.js'
import { migrate } from '../../src/store/prisma/migrate.js'
import { RecordingGroups } from '../../src/store/prisma/recording-groups.js'
import { SearchRows } from '../../src/store/prisma/search-rows.js'
import { recordAll } from '../../src/use-cases/record.js'
import { createTestDatabase, type TestDatabase } from '../harness/database.js'

let database: TestDatabase
let connections: Database
let groups: RecordingGroups
const searchRows = new SearchRows(() => false)
let writes = 0
const events: string[] = []

beforeAll(async () => {
  database = await createTestDatabase()
  await migrate(database.url, 5_000)
  connections = new Database({
    url: database.url,
    connections: 10,
    connectTimeoutMs: 5_000,
    statementTimeoutMs: 30_000,
    onStatement: (text) => {
      if (text.startsWith('WITH stats AS')) writes++
    },
  })
  groups = new RecordingGroups(connections, searchRows, new AssetNames(), ({ recordings }) =>
    events.push(`committed ${recordings.map(({ idempotencyKey }) => idempotencyKey)}`),
  )
})

afterAll(async () => {
  await groups.close()
  await connections.close()
  await database[Symbol.asyncDispose]()
})

async function record(key: string): Promise<void> {
  const input = { jobId: 'job', idempotencyKey: key, assets: [{ key }] }
  await recordAll(groups, UNRESTRICTED, [{ field: 'input', input }])
  events.push(`answered ${key}`)
}

test('calls at once are written by two writers: the first two alone, and what waits for them together', async () => {
  writes = 0
  await Promise.all(Array.from({ length: 50 }, (_, at) => record(`at once ${at}`)))
  expect(writes).toBe(3)
})

test('a call that finds a writer idle is written at once, by itself', async () => {
  writes = 0
  await record('alone')
  expect(writes).toBe(1)
})

test('each write is told of once, after its commit and before its calls are answered', async () => {
  events.length = 0
  await Promise.all(['a', 'b', 'c', 'd'].map(record))
  const at = (event: string) => events.indexOf(event)
  expect(events.filter((event) => event.startsWith('committed')).toSorted()).toEqual([
    'committed a',
    'committed b',
    'committed c,d',
  ])
  expect(at('answered a')).toBeGreaterThan(at('committed a'))
  expect(at('answered c')).toBeGreaterThan(at('committed c,d'))
  expect(at('answered d')).toBeGreaterThan(at('committed c,d'))
})

test('what is repeated is told of as a write that adds nothing', async () => {
  await record('again')
  events.length = 0
  await record('again')
  expect(events).toEqual(['committed ', 'answered again'])
})

test('what waits when everything is closed is refused; what is being written is written', async () => {
  const own = new RecordingGroups(connections, searchRows, new AssetNames())
  const blocker = await database.connect()
  try {
    await blocker.query('BEGIN; LOCK TABLE recording IN ACCESS EXCLUSIVE MODE')
    const calls = Array.from({ length: 5 }, (_, at) =>
      recordAll(own, UNRESTRICTED, [
        { field: 'input', input: { jobId: 'job', idempotencyKey: `closing ${at}`, assets: [{ key: 'k' }] } },
      ]),
    )
    const closed = own.close()
    await blocker.query('COMMIT')
    await closed
    const outcomes = await Promise.allSettled(calls)
    expect(outcomes.map(({ status }) => status)).toEqual([
      ...['fulfilled', 'fulfilled'],
      ...['rejected', 'rejected', 'rejected'],
    ])
    expect(outcomes.at(-1)).toMatchObject({ reason: { code: 'SERVICE_UNAVAILABLE' } })
  } finally {
    await blocker.end()
  }
})
