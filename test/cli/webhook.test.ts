import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Webhook } from 'standardwebhooks'
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
  expect((await run('list')).stdout).toBe(
    `${[id, 'ACTIVE', 'CHECK_FAILED,DAG_RUN_INCOMPLETE', 'all namespaces', receiver.url].join('\t')}\n`,
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
  expect(await run('deliveries', 'none')).toEqual({
    code: 1,
    stdout: '',
    stderr: 'headwater: no webhook none is known: see `headwater webhook list`\n',
  })
  receiver.answering = take
  expect((await run('replay', dead?.id ?? '')).stderr).toMatch(/which is PAUSED\n$/)
  expect((await run('resume', id)).stdout).toMatch(/\tACTIVE\t/)
  expect((await run('replay', dead?.id ?? '')).stdout).toMatch(/\tPENDING\t1 attempt\tanswered with 410\n$/)
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
  expect(await run('delete', webhook.id)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('expected the id of a webhook'),
  })
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
})

test('webhook list shows all, however many there are', async () => {
  await server.database.sql(
    `INSERT INTO webhook (id, url, events, incomplete_after_minutes, secret, status, created_at, created_by)
     SELECT gen_random_uuid(), 'https://many.example/', '{CHECK_FAILED}', 30, 'whsec_', 'PAUSED', now(), 'test'
     FROM generate_series(1, 201)`,
  )
  expect((await run('list')).stdout.match(/https:\/\/many\.example\//g)).toHaveLength(201)
})
