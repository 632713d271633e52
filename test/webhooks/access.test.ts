import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type Caller, callerOf, grant, startGuardedServer, tokenFor } from '../harness/callers.js'
import type { TestServer } from '../harness/server.js'
import { RECEIVED_HERE, startReceiver } from '../harness/webhook-receiver.js'

const log: string[] = []
let server: TestServer
let root: Caller
let mine: Caller
let reader: Caller
beforeAll(async () => {
  server = await startGuardedServer({
    variables: { ...RECEIVED_HERE, HEADWATER_LOG_LEVEL: 'trace' },
    logTo: { write: (line) => void log.push(line) },
  })
  root = callerOf(server, await tokenFor(server, [grant('ADMIN')]))
  mine = callerOf(server, await tokenFor(server, [grant('ADMIN', 'mine'), grant('READ')]))
  reader = callerOf(server, await tokenFor(server, [grant('READ'), grant('RECORD')]))
})
afterAll(() => server[Symbol.asyncDispose]())

const CREATE =
  'mutation ($input: CreateWebhookInput!) { created: createWebhook(input: $input) { webhook { id } secret } }'
const LIST =
  '{ webhooks { totalCount nodes { id namespaces createdBy deliveries { nodes { id payload } } } } }'

const create = (caller: Caller, input: object) =>
  caller.ask<{ created: { webhook: { id: string }; secret: string } }>(CREATE, {
    input: { url: 'https://hooks.example/x', events: ['CHECK_FAILED'], ...input },
  })

const listed = async (caller: Caller) =>
  (await caller.ask<{ webhooks: { nodes: { id: string }[] } }>(LIST)).data?.webhooks.nodes.map(({ id }) => id)

test('who may administer all of its namespaces makes a webhook, and nobody else', async () => {
  expect((await create(reader, {})).errors[0]?.extensions.code).toBe('FORBIDDEN')
  expect((await create(reader, { namespaces: ['mine'] })).errors[0]?.extensions.code).toBe('FORBIDDEN')
  expect((await create(mine, {})).errors[0]?.extensions.code).toBe('FORBIDDEN')
  expect((await create(mine, { namespaces: ['mine', 'theirs'] })).errors[0]?.extensions.code).toBe(
    'FORBIDDEN',
  )
  expect((await create(mine, { namespaces: ['mine'] })).errors).toEqual([])
  expect((await create(root, {})).errors).toEqual([])
})

test('a webhook of other namespaces is not there: it is neither listed, nor changed, nor deleted', async () => {
  const own = (await create(mine, { namespaces: ['mine'] })).data?.created.webhook.id ?? ''
  const theirs = (await create(root, { namespaces: ['theirs'] })).data?.created.webhook.id ?? ''
  expect(await listed(mine)).toContain(own)
  expect(await listed(mine)).not.toContain(theirs)
  expect(await listed(reader)).toEqual([])
  expect(await listed(root)).toEqual(expect.arrayContaining([own, theirs]))
  const errorsOf = async (caller: Caller, id: string) => [
    (await caller.ask('mutation ($id: ID!) { deleteWebhook(id: $id) }', { id })).errors[0],
    (
      await caller.ask('mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { id } }', {
        input: { id, status: 'PAUSED' },
      })
    ).errors[0],
    (await caller.ask('mutation ($id: ID!) { replayDelivery(id: $id) { id } }', { id })).errors[0],
  ]
  const missing = '0190a000-0000-7000-8000-000000000001'
  const said = (errors: unknown) => JSON.stringify(errors).replaceAll(theirs, missing)
  expect(said(await errorsOf(mine, theirs))).toBe(said(await errorsOf(mine, missing)))
  for (const one of await errorsOf(reader, own)) expect(one?.extensions.code).toBe('FORBIDDEN')
  const moved = await mine.ask(
    'mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { id } }',
    { input: { id: own, namespaces: ['theirs'] } },
  )
  expect(moved.errors[0]?.extensions.code).toBe('FORBIDDEN')
})

test('a webhook of some namespaces is told nothing of others: neither of their assets, nor the names of consumers', async () => {
  await using receiver = await startReceiver()
  await create(root, { url: receiver.url, namespaces: ['mine'], events: ['NEW_CONSUMER', 'ASSET_STALE'] })
  const record = (assets: object[], upstream: object[] = []) =>
    root.ask(
      'mutation ($input: RecordMaterializationsInput!) { recordMaterializations(input: $input) { duplicate } }',
      { input: { jobId: 'job', assets, upstream } },
    )
  const own = (key: string, version = '1') => ({ namespace: 'mine', key, version })
  const their = (key: string, version = '1') => ({ namespace: 'theirs', key, version })
  const ref = ({ namespace, key }: { namespace: string; key: string }) => ({ namespace, key })
  await record([their('secret-source')])
  await record([own('a')], [ref(their('secret-source'))])
  await record([their('secret-consumer')], [ref(own('a'))])
  await record([their('secret-source', '2')])
  await receiver.until(({ received }) => received.length === 2)
  expect(receiver.received.map(({ type, data }) => [type, data])).toEqual([
    ['asset.consumer_added', { asset: { namespace: 'mine', key: 'a' }, consumer: null }],
    ['asset.stale', { asset: { namespace: 'mine', key: 'a' }, rootCauses: [], otherRootCauses: 1 }],
  ])
  expect(receiver.received.map(({ body }) => body).join()).not.toContain('secret')
})

test.each([
  ['url', { url: 'ftp://hooks.example' }],
  ['url', { url: 'no url' }],
  ['url', { url: 'https://user:password@hooks.example' }],
  ['url', { url: 'https://user:password@hooks.example:port' }],
  ['url', { url: 'ftp://user:password@hooks.example' }],
  ['url', { url: `https://hooks.example/${'x'.repeat(2_048)}` }],
  // As it is kept it is longer.
  ['url', { url: `https://hooks.example/${'ä'.repeat(1_000)}` }],
  ['url', { url: 'https://hooks.exa\nmple' }],
  ['url', { url: 'https://hooks.example/a\tb' }],
  ['url', { url: ' https://hooks.example' }],
  ['url', { url: 'https://hooks.example:0/' }],
  ['events', { events: [] }],
  ['namespaces', { namespaces: [] }],
  ['namespaces[0]', { namespaces: [''] }],
  ['incompleteAfterMinutes', { incompleteAfterMinutes: 0 }],
  ['incompleteAfterMinutes', { incompleteAfterMinutes: 10_081 }],
  ['secret', { secret: 'whsec_c2hvcnQ=' }],
  ['secret', { secret: `${Buffer.alloc(32).toString('base64')}` }],
  ['assets.keyPrefix', { assets: { keyPrefix: '' } }],
  ['assets.namespace', { namespaces: ['mine'], assets: { namespace: 'theirs' } }],
  ['assets', { assets: { keys: Array.from({ length: 17 }, (_, at) => `${at}${'x'.repeat(2_000)}`) } }],
])('what breaks the bounds of %s is refused, and says so', async (field, input) => {
  const { errors } = await create(root, input)
  expect(errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field: `input.${field}` })
  expect(errors[0]?.message).not.toContain('password@')
  if (field === 'secret') expect(errors[0]?.message).not.toContain(Object.values(input)[0])
})

test('there are at most five hundred', async () => {
  await server.database.sql(
    `INSERT INTO webhook (id, url, events, incomplete_after_minutes, secret, status, created_at, created_by)
     SELECT gen_random_uuid(), 'https://hooks.example', '{CHECK_FAILED}', 30, 'whsec_', 'PAUSED', now(), 'test'
     FROM generate_series(1, 500 - (SELECT count(*)::int FROM webhook))`,
  )
  expect((await create(root, {})).errors[0]).toMatchObject({
    message: expect.stringContaining('at most 500 webhooks'),
  })
  await server.database.sql(`DELETE FROM webhook WHERE created_by = 'test'`)
})

test('one who does not administer everything makes twenty of them, and leaves room for others', async () => {
  const other = callerOf(server, await tokenFor(server, [grant('ADMIN', 'mine')]))
  for (let count = 0; count < 20; count++)
    expect((await create(other, { namespaces: ['mine'] })).errors).toEqual([])
  const refused = await create(other, { namespaces: ['mine'] })
  expect(refused.errors[0]).toMatchObject({
    message: expect.stringContaining('at most 20 webhooks made by one caller'),
    extensions: { code: 'BAD_USER_INPUT', field: 'input' },
  })
  expect((await create(mine, { namespaces: ['mine'] })).errors).toEqual([])
})

test('a secret is said once, and never logged; who did what is', async () => {
  const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`
  const { data } = await create(mine, { namespaces: ['mine'], secret })
  expect(data?.created.secret).toBe(secret)
  expect(JSON.stringify(await root.ask(LIST))).not.toContain(secret)
  const entries = log.map(
    (line) => JSON.parse(line) as { audit?: boolean; operation?: string; namespaces?: string[] },
  )
  expect(log.join()).not.toContain(secret)
  expect(
    entries.filter(({ audit, operation }) => audit === true && operation === 'createWebhook').at(-1),
  ).toMatchObject({ namespaces: ['mine'], outcome: 'OK' })
})

test('the audit log names the webhook, and where it is sent to, but for what only its receiver may know', async () => {
  const made = (await create(root, { url: 'https://hooks.example:8443/their-token' })).data?.created.webhook
  const id = made?.id ?? ''
  await root.ask('mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { id } }', {
    input: { id, url: 'https://other.example/their-token' },
  })
  const told = await root.ask<{ testWebhook: { id: string } }>(
    'mutation ($id: ID!) { testWebhook(id: $id) { id } }',
    { id },
  )
  const delivery = told.data?.testWebhook.id ?? ''
  const replay = 'mutation ($id: ID!) { replayDelivery(id: $id) { id } }'
  expect((await root.ask(replay, { id: delivery })).errors[0]?.message).toContain('PENDING already')
  const remove = 'mutation ($id: ID!) { deleteWebhook(id: $id) }'
  await mine.ask(remove, { id })
  await root.ask(remove, { id })
  const entries = log
    .map(
      (line) => JSON.parse(line) as { audit?: boolean; operation: string; about?: object; outcome: string },
    )
    .filter(({ audit }) => audit === true)
    .slice(-6)
  const [webhook, other] = [
    { webhook: id, host: 'hooks.example:8443' },
    { webhook: id, host: 'other.example' },
  ]
  expect(entries.map(({ operation, about, outcome }) => [operation, about, outcome])).toEqual([
    ['createWebhook', webhook, 'OK'],
    ['updateWebhook', { changed: 'url', ...other }, 'OK'],
    ['testWebhook', other, 'OK'],
    ['replayDelivery', { delivery, ...other }, 'BAD_USER_INPUT'],
    ['deleteWebhook', undefined, 'FORBIDDEN'],
    ['deleteWebhook', other, 'OK'],
  ])
  expect(log.join()).not.toContain('their-token')
})
