import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { betweenStatements } from '../harness/between-statements.js'
import { clear } from '../harness/dump.js'
import { dataset, runEvent, sendEvents } from '../harness/lineage-events.js'
import { whileHolding } from '../harness/locks.js'
import { minute, type Run, record } from '../harness/recordings.js'
import { search } from '../harness/searches.js'
import { startTestServer, type TestServer, WALKED } from '../harness/server.js'

/** What a client does, and what another server takes in beside it. */
let server: TestServer
let other: TestServer
beforeAll(async () => {
  server = await startTestServer({ variables: WALKED.PostgreSQL })
  other = await startTestServer({ database: server.database, variables: WALKED.PostgreSQL })
})
async function empty(): Promise<void> {
  await clear(server)
  await other.seeDatabase('anew')
}
beforeEach(empty)
afterAll(async () => {
  await other[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

const lake = (key: string) => ({ namespace: 'lake', key })
const LINK = runEvent('dag.link', 'run-1', 'RUNNING', minute(9), {
  outputs: [dataset('table', { facets: { symlinks: { identifiers: [dataset('db.table')] } } })],
})
const ASSET = '{ namespace: "lake", key: "db.table" }'

/** Begins `work`, and waits until it is done or something waits for a lock. */
function begun(work: () => Promise<unknown>): () => Promise<void> {
  return async () => {
    let isDone = false
    const done = work().finally(() => {
      isDone = true
    })
    begins.push(done)
    for (;;) {
      const [row] = await server.database.sql<{ blocked: number }>(
        `SELECT count(*)::int AS blocked FROM pg_stat_activity WHERE datname = current_database()
           AND application_name = 'headwater' AND wait_event_type = 'Lock'`,
      )
      if (isDone || (row?.blocked ?? 0) > 0) return
    }
  }
}
let begins: Promise<unknown>[] = []

/** Does something, and begins something else between any two of its statements. Answers with how statements failed. */
async function amid(
  work: () => Promise<unknown>,
  meanwhile: () => Promise<unknown>,
  begin: () => Promise<unknown>,
) {
  const failed: string[] = []
  for (let place = 1; ; place++) {
    begins = []
    await begin()
    const { hasBegun, failures } = await betweenStatements(place, work, begun(meanwhile))
    await Promise.all(begins)
    failed.push(...failures)
    if (!hasBegun) return failed
  }
}

/** Of a statement that PostgreSQL has ended because it waited in a circle. */
const DEADLOCK = '40P01'

const repeated: Run = {
  storageEventId: 7,
  materializedAt: minute(1),
  assets: [{ ...lake('db.table'), version: 'v1', upstream: [lake('source')] }],
}
const WRITES = {
  'a repeat of a storage event': () => record(server, repeated),
  'what is said of an asset': () =>
    server.query<object, undefined>(
      `mutation { updateAsset(input: { asset: ${ASSET}, description: "said", owners: ["me"] }) { id } }`,
    ),
  'a retirement': () => server.query<object, undefined>(`mutation { retireAsset(asset: ${ASSET}) { id } }`),
  expectations: () =>
    server.query<object, undefined>(
      `mutation { registerAssetConfig(input: { nodes: [{ nodeTaskId: "node", assets: [${ASSET}] }] }) { nodeCount } }`,
    ),
}

test.each(Object.entries(WRITES))(
  '%s and a move beside it wait for each other in a line',
  async (_, write) => {
    const begin = async () => {
      await empty()
      await record(server, repeated)
      await record(server, { assets: [lake('table')] })
      await WRITES.expectations()
    }
    const failed = await amid(write, () => sendEvents(other, [LINK]), begin)
    expect(failed).not.toContain(DEADLOCK)
    const moved = await amid(() => sendEvents(other, [LINK]), write, begin)
    expect(moved).not.toContain(DEADLOCK)
  },
)

test('tags of an event and a description recorded beside it can both be searched', async () => {
  // Of a dataset alone: it makes nothing, and so holds no state.
  const event = {
    eventTime: minute(20),
    producer: 'https://example.com',
    schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/DatasetEvent',
    dataset: dataset('table', { facets: { tags: { tags: [{ key: 'gem', value: 'sapphire' }] } } }),
  }
  const described = (description: string, at: number) =>
    record(other, {
      materializedAt: minute(at),
      assets: [{ ...lake('table'), description, upstream: [lake('source')] }],
    })
  await described('wind', 1)
  // The recording comes between what the event writes and its tags, and is held behind all that search looks up in.
  const held = 'SELECT FROM lineage_edge_stats FOR UPDATE'
  await whileHolding(server.database, held, async (untilBlocked) => {
    const tagged = betweenStatements(
      2,
      () => sendEvents(server, [event]),
      async () => {
        begins = [described('weather', 30)]
        await untilBlocked(1)
      },
    )
    await untilBlocked(2)
    begins.push(tagged)
  })
  await Promise.all(begins)
  const found = async (word: string) => (await search(server, word)).hits.length
  expect(await Promise.all(['weather', 'sapphire', 'wind'].map(found))).toEqual([1, 1, 0])
})

test('a repeat under its idempotency key during a move gets the first result, whole', async () => {
  const run: Run = {
    idempotencyKey: 'once',
    assets: [
      { ...lake('db.table'), version: 'one' },
      { ...lake('b'), version: 'two' },
    ],
  }
  const begin = async () => {
    await empty()
    await record(server, run)
  }
  const failed = await amid(
    async () => {
      const again = await record(server, run)
      expect(again.duplicate).toBe(true)
      expect(again.materializations.map(({ version }) => version)).toEqual(['one', 'two'])
    },
    () => sendEvents(other, [LINK]),
    begin,
  )
  expect(failed).not.toContain(DEADLOCK)
})

test('a check that is recorded during a move is of the asset', async () => {
  const made = await record(server, { assets: [{ ...lake('db.table'), version: 'v1' }] })
  await record(server, { assets: [lake('table')] })
  const id = made.materializations[0]?.id
  // The move is held at the last of its tables.
  await whileHolding(server.database, 'LOCK TABLE expected_asset IN SHARE MODE', async (untilBlocked) => {
    const move = sendEvents(other, [LINK])
    await untilBlocked(1)
    const check = server.query<object, object>(
      `mutation ($id: ID!) { recordCheckResults(input: { materializationId: $id, idempotencyKey: "k",
         checks: [{ name: "rows", status: FAILED }] }) { name } }`,
      { id },
    )
    await untilBlocked(2)
    begins = [move, check]
  })
  await Promise.all(begins)
  const { asset } = await server.query<object & { asset: object }, undefined>(
    `{ asset(namespace: "lake", key: "db.table") { key checks { nodes { name materialization { version } } } } }`,
  )
  expect(asset).toEqual({
    key: 'table',
    checks: { nodes: [{ name: 'rows', materialization: { version: 'v1' } }] },
  })
})
