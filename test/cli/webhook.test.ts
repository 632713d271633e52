import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Webhook } from 'standardwebhooks'
import { grant, startGuardedServer, tokenFor } from '../harness/callers.js'
import { startTestServer, type TestServer } from '../harness/server.js'
import { RECEIVED_HERE, startReceiver, take } from '../harness/webhook-receiver.js'
import { check, createWebhook, logOf } from '../harness/webhooks.js'
import { headwater } from './run-headwater.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ variables: RECEIVED_HERE })
})
afterAll(() => server[Symbol.asyncDispose]())

const run = (...args: string[]) => headwater(['webhook', ...args], { url: server.url })

test('webhook list of none says so, on standard error', async () => {
  expect(await run('list')).toEqual({
    code: 0,
    stdout: '',
    stderr: 'no webhook that this token may administer\n',
  })
})

test('webhook makes one, lists it and what it was told, and sends that again', async () => {
  await using receiver = await startReceiver()
  const created = await run(
    ...['create', receiver.url, '--event', 'check-failed', '--event', 'DAG_RUN_INCOMPLETE'],
    ...['--key-prefix', 'a', '--minutes', '5'],
  )
  expect(created).toEqual({
    code: 0,
    stdout: expect.stringMatching(/^whsec_\S+\n$/),
    stderr: expect.stringMatching(/^webhook \S+ is told from now on; its secret is shown this once\n$/),
  })
  const [, id = ''] = created.stderr.split(' ')
  const events = 'CHECK_FAILED,DAG_RUN_INCOMPLETE'
  expect((await run('list')).stdout).toBe(
    `${[id, 'ACTIVE', events, 'all namespaces', receiver.url, '0 pending', '0 dead'].join('\t')}\n`,
  )
  const [listed] = JSON.parse((await run('list', '--json')).stdout)
  expect(listed).toMatchObject({ id, assets: { keyPrefix: 'a' }, incompleteAfterMinutes: 5, namespaces: [] })

  receiver.answering = (response) => void response.writeHead(410).end()
  await check(server, 'a', 'in range')
  let log = await logOf(server, id)
  while (log[0]?.status !== 'DEAD') log = await logOf(server, id)
  const [dead] = log
  expect((await run('deliveries', id, '--status', 'DELIVERED')).stdout).toBe('')
  expect((await run('deliveries', id, '--status', 'dead')).stdout).toMatch(
    new RegExp(`^${dead?.id}\t\\S+\tCHECK_FAILED\tDEAD\t1 attempt\tanswered with 410\n$`),
  )
  expect((await run('list')).stdout).toMatch(
    new RegExp(`^${id}\tPAUSED, FAILING since 20\\S+Z\t\\S+\tall namespaces\t\\S+\t0 pending\t1 dead\n$`),
  )
  receiver.answering = take
  expect((await run('replay', dead?.id ?? '')).stderr).toMatch(/which is PAUSED\n$/)
  expect((await run('replay', '--dead', id)).stderr).toMatch(/which is PAUSED\n$/)
  expect((await run('resume', id)).stdout).toMatch(/\tACTIVE, FAILING since 20\S+\t/)
  expect((await run('replay', dead?.id ?? '')).stdout).toMatch(/\tPENDING\t0 attempts\tanswered with 410\n$/)
  await receiver.until((all) => all.taken().length === 1)
  expect((await run('create', 'nowhere', '--event', 'check-failed')).stderr).toMatch(
    /^headwater: input\.url: expected an http or https URL/,
  )
})

test('webhook test says what came of it, and fails where the receiver has not taken it', async () => {
  await using receiver = await startReceiver()
  const { webhook } = await createWebhook(server, receiver.url, ['CHECK_FAILED'])
  expect(await run('test', webhook.id)).toEqual({
    code: 0,
    stdout: expect.stringMatching(/\tTEST\tDELIVERED\t1 attempt\n$/),
    stderr: 'delivered: answered with 204\n',
  })
  expect(receiver.received.map(({ type }) => type)).toEqual(['webhook.test'])
  receiver.answering = (response) => void response.writeHead(401).end('who are you?')
  expect(await run('test', webhook.id)).toEqual({
    code: 1,
    stdout: expect.stringMatching(/\tTEST\tPENDING\t1 attempt\tanswered with 401\n$/),
    stderr: expect.stringMatching(
      /^the receiver said: who are you\?\nheadwater: not delivered: answered with 401; tried again at 20\S+Z\n$/,
    ),
  })
  receiver.answering = () => undefined
  expect(await run('test', webhook.id, '--wait', '1')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^headwater: no attempt to deliver \S+ has ended within 1 seconds: /),
  })
})

test('webhook pause, resume and delete do so', async () => {
  const { webhook } = await createWebhook(server, 'https://hooks.example/x', ['ASSET_STALE'])
  const listed = (status: string) => ({
    code: 0,
    stdout: `${[webhook.id, status, 'ASSET_STALE', 'all namespaces', webhook.url].join('\t')}\n`,
    stderr: '',
  })
  expect(await run('pause', webhook.id)).toEqual(listed('PAUSED'))
  expect((await run('test', webhook.id)).stderr).toMatch(/: resume it first, got one of .* PAUSED\n$/)
  expect(await run('resume', webhook.id)).toEqual(listed('ACTIVE'))
  expect(await run('delete', webhook.id)).toEqual({
    code: 0,
    stdout: '',
    stderr: `webhook ${webhook.id} is gone, with its log\n`,
  })
})

test.each([
  ['test', 'none'],
  ['deliveries', 'none'],
  ['replay', '--dead', 'none'],
  ['update', 'none', '--key-prefix', 'a'],
  ['pause', 'none'],
  ['resume', 'none'],
  ['secret', 'none'],
  ['delete', 'none'],
])('webhook %s of an id that is not known says so', async (...args) => {
  expect(await run(...args)).toEqual({
    code: 1,
    stdout: '',
    stderr: 'headwater: no webhook none is known: see `headwater webhook list`\n',
  })
})

test('who may not administer a webhook is told as if it were not there', async () => {
  await using guarded = await startGuardedServer()
  const runner = async (...namespaces: string[]) => {
    const variables = { HEADWATER_TOKEN: await tokenFor(guarded, [grant('ADMIN', ...namespaces)]) }
    return (...args: string[]) => headwater(['webhook', ...args], { url: guarded.url, variables })
  }
  const [root, other] = [await runner(), await runner('other')]
  const create = ['create', 'https://hooks.example/x', '--event', 'check-failed']
  const [, id = ''] = (await root(...create)).stderr.split(' ')
  expect(await other('pause', id)).toMatchObject({
    code: 1,
    stderr: `headwater: no webhook ${id} is known: see \`headwater webhook list\`\n`,
  })
  expect((await other(...create)).stderr).toMatch(/^headwater: the server does not allow it: /)
})

test('webhook replay of a delivery that is not known says so', async () => {
  expect(await run('replay', 'none')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /^headwater: no delivery none is known: see `headwater webhook deliveries`/,
    ),
  })
})

test('webhook update changes what is given, and nothing else', async () => {
  const { webhook } = await createWebhook(server, 'https://hooks.example/x', ['ASSET_STALE'], {
    assets: { keyPrefix: 'a' },
  })
  const { id } = webhook
  const found = async () =>
    JSON.parse((await run('list', '--json')).stdout).find((one: { id: string }) => one.id === id)
  const before = await found()
  const to = 'https://hooks.example/y'
  expect((await run('update', id, '--to', to)).stdout).toBe(
    `${[id, 'ACTIVE', 'ASSET_STALE', 'all namespaces', to].join('\t')}\n`,
  )
  expect(await found()).toEqual({ ...before, url: to })
  await run(
    ...['update', id, '--event', 'dag-run-incomplete', '--event', 'CHECK_FAILED', '--minutes', '45'],
    ...['--namespace', 'ocr', '--namespace', 'far', '--key-prefix', ''],
  )
  expect(await found()).toEqual({
    ...before,
    url: to,
    events: ['CHECK_FAILED', 'DAG_RUN_INCOMPLETE'],
    incompleteAfterMinutes: 45,
    namespaces: ['ocr', 'far'],
    assets: {},
  })
  await run('update', id, '--key-prefix', 'b')
  expect((await found()).assets).toEqual({ keyPrefix: 'b' })
  expect((await run('update', id, '--to', 'nowhere')).stderr).toMatch(/^headwater: input\.url: /)
})

test('webhook replay --dead sends all again that are, however many, the oldest first', async () => {
  await using receiver = await startReceiver()
  const { webhook } = await createWebhook(server, receiver.url, ['CHECK_FAILED'])
  const { id } = webhook
  expect((await run('replay', '--dead', id)).stderr).toBe('nothing that is dead\n')
  await server.database.sql(
    `INSERT INTO webhook_delivery (id, webhook_id, ordering_key, place, event, payload, created_at, due_at, expires_at, status, attempts)
     SELECT gen_random_uuid(), '${id}', 'one', n, 'CHECK_FAILED', jsonb_build_object('type', 'check.failed', 'data', jsonb_build_object('n', n)),
       now(), now() + interval '1 day', now() + interval '1 day', 'DEAD', 35 FROM generate_series(1, 120) n`,
  )
  const hundred = await run('deliveries', id)
  expect(hundred.stdout.match(/\tDEAD\t/g)).toHaveLength(100)
  expect(hundred.stderr).toBe('there are more, older than these 100: --first takes up to 1000\n')
  const all = await run('deliveries', id, '--first', '120')
  expect(all.stdout.match(/\tDEAD\t/g)).toHaveLength(120)
  expect(all.stderr).toBe('')
  const replayed = await run('replay', '--dead', id)
  expect(replayed.stderr).toBe('120 deliveries are sent again\n')
  expect(replayed.stdout.match(/\n/g)).toHaveLength(120)
  await receiver.until((told) => told.taken().length === 120)
  expect(receiver.taken().map(({ data }) => data['n'])).toEqual(
    Array.from({ length: 120 }, (_, at) => at + 1),
  )
})

test('webhook secret makes another, or takes one, that signs from then on', async () => {
  await using receiver = await startReceiver()
  const { webhook, secret: first } = await createWebhook(server, receiver.url, ['CHECK_FAILED'])
  const verifies = (secret: string) => {
    const { body, headers } = receiver.received.at(-1) ?? { body: '', headers: {} }
    try {
      return new Webhook(secret).verify(body, headers as Record<string, string>) !== undefined
    } catch {
      return false
    }
  }
  const made = await run('secret', webhook.id)
  expect(made).toEqual({
    code: 0,
    stdout: expect.stringMatching(/^whsec_\S{44}\n$/),
    stderr: `webhook ${webhook.id} signs by another secret from now on\n`,
  })
  await run('test', webhook.id)
  expect([verifies(first), verifies(made.stdout.trim())]).toEqual([false, true])
  const given = `whsec_${Buffer.alloc(32, 1).toString('base64')}`
  const set = await headwater(['webhook', 'secret', webhook.id, '--from', '-'], {
    url: server.url,
    stdin: `${given}\n`,
  })
  expect(set).toMatchObject({ code: 0, stdout: '' })
  await run('test', webhook.id)
  expect(verifies(given)).toBe(true)
  expect(await run('secret', webhook.id, '--from', '/nowhere')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^headwater: cannot read \/nowhere: ENOENT/),
  })
})

test('what says nothing, or is none, is wrong usage', async () => {
  const create = (...args: string[]) => run('create', 'https://hooks.example/x', ...args)
  expect(await create('--event', 'check-failed', '--minutes', '5')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^error: --minutes says nothing without --event dag-run-incomplete\n/),
  })
  expect(await create('--event', 'stale')).toMatchObject({ code: 2 })
  expect(await run('deliveries', 'x', '--status', 'gone')).toMatchObject({ code: 2 })
  expect(await run('deliveries', 'x', '--first', '1001')).toMatchObject({ code: 2 })
  expect(await run('update', 'x')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^error: expected something to change: --to, /),
  })
  for (const args of [[], ['x', '--dead', 'y']])
    expect(await run('replay', ...args)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /^error: expected the id of a delivery, or --dead with that of a webhook\n/,
      ),
    })
})

test('webhook list shows all, however many there are', async () => {
  await server.database.sql(
    `INSERT INTO webhook (id, url, events, incomplete_after_minutes, secret, status, created_at, created_by)
     SELECT gen_random_uuid(), 'https://many.example/', '{CHECK_FAILED}', 30, 'whsec_', 'PAUSED', now(), 'test'
     FROM generate_series(1, 201)`,
  )
  expect((await run('list')).stdout.match(/https:\/\/many\.example\//g)).toHaveLength(201)
})
