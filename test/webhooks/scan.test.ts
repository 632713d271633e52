import { types } from 'node:util'
import { expect, jest, test } from '@jest/globals'
import type pg from 'pg'
import { createTestDatabase } from '../harness/database.js'
import { sentBy } from '../harness/plans.js'
import { program } from '../harness/program.js'
import { record } from '../harness/recordings.js'
import { startTestServer } from '../harness/server.js'
import { RECEIVED_HERE, type Received, startReceiver, TOLD_BY_OTHERS } from '../harness/webhook-receiver.js'
import { check, createWebhook, updateWebhook } from '../harness/webhooks.js'

jest.setTimeout(60_000)

const nameOf = ({ data }: Received) => (data['check'] as { name: string } | undefined)?.name

/**
 * Runs `change` behind the beginning of every look, while `work` is under way, before that look goes on; but for looks that
 * keep changes waiting. Answers with how many of those there were.
 */
async function atEveryLook(change: () => Promise<unknown>, work: () => Promise<unknown>): Promise<number> {
  const { query } = program.pg.Client.prototype
  const holding = new Set<pg.Client>()
  const changes: Promise<unknown>[] = []
  let locks = 0
  let isUnderWay = false
  const spy = jest.spyOn(program.pg.Client.prototype, 'query').mockImplementation(function (
    this: pg.Client,
    ...args: unknown[]
  ) {
    const text = String((args[0] as { text?: string }).text ?? args[0])
    if (/^(COMMIT|ROLLBACK)/.test(text)) holding.delete(this)
    if (text.startsWith('LOCK TABLE webhook_state')) {
      holding.add(this)
      locks++
    }
    const answer: unknown = Reflect.apply(query, this, args)
    const isLook =
      types.isPromise(answer) && text.includes('FROM webhook_state') && !text.includes('FOR UPDATE')
    if (!isLook || isUnderWay) return answer
    return answer.then(async (found) => {
      isUnderWay = true
      const changed = change().finally(() => {
        isUnderWay = false
      })
      changes.push(changed)
      if (holding.size === 0) await changed
      return found
    })
  } as never)
  try {
    await work()
    return locks
  } finally {
    spy.mockRestore()
    await Promise.all(changes)
  }
}

test('who changes webhooks without an end holds up nobody', async () => {
  await using server = await startTestServer({ variables: RECEIVED_HERE })
  await using receiver = await startReceiver()
  await createWebhook(server, receiver.url, ['CHECK_FAILED'])
  const { webhook } = await createWebhook(server, 'http://127.0.0.1:9/', ['CHECK_FAILED'], {
    namespaces: ['other'],
  })
  let count = 0
  const told = async () => {
    const before = receiver.received.length
    await check(server, 'a', 'fails')
    await receiver.until(({ received }) => received.length > before)
  }
  const locks = await atEveryLook(
    () => updateWebhook(server, webhook.id, { namespaces: [`other ${count++}`] }),
    told,
  )
  expect(locks).toBeGreaterThan(0)
  // What does not change who is told of what is in nobody's way.
  expect(
    await atEveryLook(
      () => updateWebhook(server, webhook.id, { url: `http://127.0.0.1:9/${count++}` }),
      told,
    ),
  ).toBe(0)
})

test('looks that kept changes waiting go on though what they write to is being sent meanwhile', async () => {
  await using server = await startTestServer({ variables: RECEIVED_HERE })
  await using receiver = await startReceiver()
  await createWebhook(server, receiver.url, ['CHECK_FAILED'])
  const { webhook } = await createWebhook(server, 'http://127.0.0.1:9/', ['CHECK_FAILED'], {
    namespaces: ['other'],
  })
  let count = 0
  const locks = await atEveryLook(
    () => updateWebhook(server, webhook.id, { namespaces: [`other ${count++}`] }),
    async () => {
      // Of one asset, whose lane is written to by each delivery.
      for (let at = 1; at <= 100; at++) await check(server, 'a', `check ${at}`)
      await receiver.until(({ received }) => received.length === 100)
    },
  )
  expect(locks).toBeGreaterThan(0)
})

test('filters are read again where one has changed, and not at every look', async () => {
  await using server = await startTestServer({ variables: RECEIVED_HERE })
  await using receiver = await startReceiver()
  await createWebhook(server, receiver.url, ['CHECK_FAILED'])
  const sent = await sentBy(async () => {
    for (let count = 1; count <= 3; count++) {
      await check(server, 'a', `check ${count}`)
      await receiver.until(({ received }) => received.length === count)
    }
  })
  const reads = sent.filter(({ text }) => text.includes(`w.assets`) && text.includes(`w.status = 'ACTIVE'`))
  expect(reads.length).toBeLessThanOrEqual(1)
})

test('however much there is to be told at once, it is written in pieces', async () => {
  await using database = await createTestDatabase()
  await using receiver = await startReceiver()
  await using recorder = await startTestServer({ database, variables: TOLD_BY_OTHERS })
  const webhooks = 20
  for (let count = 0; count < webhooks; count++) await createWebhook(recorder, receiver.url, ['CHECK_FAILED'])
  const { materializations } = await record(recorder, { assets: [{ key: 'a' }] })
  const checks = Array.from({ length: 60 }, (_one, at) => ({
    name: `check ${at}`,
    status: 'FAILED',
    details: { said: 'x'.repeat(16_000) },
  }))
  await recorder.query(
    'mutation ($input: RecordCheckResultsInput!) { recordCheckResults(input: $input) { id } }',
    { input: { materializationId: materializations[0]?.id, checks } },
  )
  const sent = await sentBy(async () => {
    await using _ = await startTestServer({ database, variables: RECEIVED_HERE })
    await receiver.until((all) => all.taken().length === webhooks * checks.length)
  })
  const written = sent.filter(({ text }) => text.startsWith('INSERT INTO webhook_delivery'))
  const sizes = written.map(({ values }) => String(values[0]).length)
  expect(Math.max(...sizes)).toBeLessThan(4_000_000)
  expect(new Set(receiver.taken().map(({ id }) => id)).size).toBe(webhooks * checks.length)
  expect(receiver.taken().slice(0, 1).map(nameOf)).toEqual(['check 0'])
})

test('what cannot be told of at all is passed over with a word in the log, and holds up nothing else', async () => {
  const log: string[] = []
  await using server = await startTestServer({
    variables: { ...RECEIVED_HERE, HEADWATER_LOG_LEVEL: 'warn' },
    logTo: { write: (line) => void log.push(line) },
  })
  await using receiver = await startReceiver()
  await createWebhook(server, receiver.url, ['CHECK_FAILED', 'NEW_CONSUMER'])
  await check(server, 'a', 'passes', 'PASSED')
  // No time that can be told.
  const [broken] = await server.database.sql<{ id: string }>(
    `INSERT INTO check_result (asset_id, id, materialization_id, name, status, severity, checked_at)
     SELECT asset_id, gen_random_uuid(), materialization_id, 'broken', 'FAILED', 'ERROR', 'infinity' FROM check_result
     RETURNING id`,
  )
  await check(server, 'a', 'fails')
  await record(server, { assets: [{ key: 'b' }], upstream: [{ key: 'a' }] })
  await receiver.until(({ received }) => received.length === 2)
  expect(receiver.received.map(({ type }) => type).sort()).toEqual(['asset.consumer_added', 'check.failed'])
  expect(log.map((line) => JSON.parse(line) as object).filter((line) => 'what' in line)).toMatchObject([
    { what: 'CHECK_FAILED', id: broken?.id },
  ])
})

test('a run is told of in time, however much else there is to be looked at', async () => {
  await using database = await createTestDatabase()
  await using receiver = await startReceiver()
  await using recorder = await startTestServer({ database, variables: TOLD_BY_OTHERS })
  await recorder.query(
    'mutation ($input: AssetConfigInput!) { registerAssetConfig(input: $input) { nodeCount } }',
    {
      input: { dagId: 'run', nodes: [{ nodeTaskId: 'node', assets: [{ key: 'made' }, { key: 'missing' }] }] },
    },
  )
  await createWebhook(recorder, receiver.url, ['CHECK_FAILED', 'DAG_RUN_INCOMPLETE'], {
    incompleteAfterMinutes: 30,
  })
  await record(recorder, { dagId: 'run', nodeTaskId: 'node', assets: [{ key: 'made' }] })
  {
    await using _ = await startTestServer({ database, variables: RECEIVED_HERE })
    while ((await database.sql('SELECT dag_id FROM webhook_dag_run')).length === 0);
  }
  await database.sql(`UPDATE webhook_dag_run SET due_at = due_at - interval '31 minutes'`)
  const passed = `INSERT INTO check_result (asset_id, id, materialization_id, name, status, severity, checked_at)
    SELECT asset_id, gen_random_uuid(), id, 'passes', 'PASSED', 'ERROR', now() FROM materialization, generate_series(1, 10000)`
  await database.sql(passed)
  await check(recorder, 'made', 'fails')
  await database.sql(passed)
  await using _ = await startTestServer({ database, variables: RECEIVED_HERE })
  await receiver.until(({ received }) => received.length === 2)
  expect(receiver.received.map(({ type }) => type)).toEqual(['dag_run.incomplete', 'check.failed'])
})
