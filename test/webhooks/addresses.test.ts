import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Resolve } from '../../src/server/webhooks/addresses.js'
import { addressesOf, isPublic, RefusedAddress } from '../../src/server/webhooks/addresses.js'
import { type SendOptions, send } from '../../src/server/webhooks/send.js'
import { startTestServer, type TestServer } from '../harness/server.js'
import { startReceiver } from '../harness/webhook-receiver.js'
import { check, createWebhook, logOf } from '../harness/webhooks.js'

test.each(['93.184.216.34', '1.1.1.1', '2606:4700:4700::1111', '2a00:1450:4001:80b::200e'])(
  '%s is of the public internet',
  (address) => expect(isPublic(address)).toBe(true),
)

test.each([
  ['loopback', '127.0.0.1'],
  ['loopback', '127.255.255.254'],
  ['loopback', '::1'],
  ['unspecified', '0.0.0.0'],
  ['unspecified', '::'],
  ['private', '10.0.0.1'],
  ['private', '172.16.0.1'],
  ['private', '172.31.255.255'],
  ['private', '192.168.1.1'],
  ['unique local', 'fc00::1'],
  ['unique local', 'fd12:3456::1'],
  ['link-local, and the metadata of clouds', '169.254.169.254'],
  ['link-local', 'fe80::1'],
  ['shared by providers', '100.64.0.1'],
  ['shared by providers', '100.127.255.255'],
  ['multicast', '224.0.0.1'],
  ['multicast', 'ff02::1'],
  ['broadcast', '255.255.255.255'],
  ['reserved', '240.0.0.1'],
  ['for benchmarks', '198.18.0.1'],
  ['for documentation', '192.0.2.1'],
  ['for documentation', '2001:db8::1'],
  ['of protocols', '192.0.0.1'],
  ['IPv4-mapped', '::ffff:127.0.0.1'],
  ['IPv4-mapped', '::ffff:7f00:1'],
  ['IPv4-mapped, though public', '::ffff:93.184.216.34'],
  ['NAT64', '64:ff9b::7f00:1'],
  ['NAT64 of a network', '64:ff9b:1::7f00:1'],
  ['6to4', '2002:7f00:1::'],
  ['Teredo', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
  ['NAT64, though public', '64:ff9b::5db8:d822'],
  ['IPv4-compatible', '::127.0.0.1'],
  ['IPv4-compatible', '::7f00:1'],
  ['IPv4-compatible', '::a9fe:a9fe'],
  ['IPv4-compatible, though public', '::5db8:d822'],
  ['IPv4-translated', '::ffff:0:7f00:1'],
  ['6to4, though public', '2002:5db8:d822::'],
  ['to be thrown away', '100::1'],
  ['given to nobody', '4000::1'],
  ['given to nobody', '1::1'],
  ['for benchmarks', '2001:2::1'],
  ['for benchmarks', '198.19.255.255'],
  ['for documentation', '3fff::1'],
  ['for documentation', '198.51.100.1'],
  ['for documentation', '203.0.113.1'],
  ['of protocols', '2001:1::1'],
  ['of protocols', '192.0.0.170'],
  ['of relays', '192.88.99.1'],
  ['a segment', '5f00::1'],
  ['of this network', '0.1.2.3'],
  ['link-local, with a zone', 'fe80::1%eth0'],
  ['site-local', 'fec0::1'],
  ['no address', 'localhost'],
  ['no address', ''],
])('what is %s is not: %s', (_what, address) => expect(isPublic(address)).toBe(false))

const never: Resolve = () => Promise.reject(new Error('was resolved'))
const names =
  (...addresses: string[]): Resolve =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))

test.each([
  'http://127.0.0.1/',
  'http://[::1]:80/',
  'http://[::ffff:127.0.0.1]/',
  'http://0x7f.1/',
  'http://2130706433/',
  'http://017700000001/',
  'http://127.1/',
])('%s is refused, however it is written', async (url) => {
  await expect(addressesOf(new URL(url), [], never)).rejects.toThrow(RefusedAddress)
})

test('a name is judged by all of its addresses', async () => {
  const url = new URL('https://hooks.example/')
  expect(await addressesOf(url, [], names('93.184.216.34', '2606:4700:4700::1111'))).toHaveLength(2)
  await expect(addressesOf(url, [], names('93.184.216.34', '10.0.0.1'))).rejects.toThrow(
    'hooks.example has the address 10.0.0.1',
  )
  await expect(addressesOf(url, [], names())).rejects.toThrow('no address')
})

test.each([
  ['hooks.example', true],
  ['hooks.example:443', true],
  ['hooks.example:80', false],
  ['example', false],
  ['other.example', false],
])('where %s is allowed by name, it may be private: %s', async (allowed, isAllowed) => {
  const found = addressesOf(new URL('https://HOOKS.example/'), [allowed], names('10.0.0.1'))
  if (isAllowed) expect(await found).toHaveLength(1)
  else await expect(found).rejects.toThrow(RefusedAddress)
})

const delivery = (url: string) => ({
  deliveryId: 'id',
  url,
  secret: `whsec_${Buffer.alloc(32).toString('base64')}`,
  payload: { type: 'check.failed', timestamp: '', data: {} },
})
const options = (resolve: Resolve, allowedHosts: string[] = []): SendOptions => ({
  timeoutMs: 2_000,
  allowedHosts,
  resolve,
})

test('a name is resolved once for each attempt, and what was judged is what is connected to', async () => {
  await using receiver = await startReceiver()
  const { port } = new URL(receiver.url)
  let count = 0
  const resolve: Resolve = async () => {
    count++
    // By the time of the connection it would be another one.
    return [{ address: count === 1 ? '127.0.0.1' : '192.0.2.1', family: 4 }]
  }
  const sent = await send(delivery(`http://rebound.example:${port}/`), options(resolve, ['rebound.example']))
  expect([sent, count]).toEqual([expect.objectContaining({ status: 204, error: null }), 1])
  expect(receiver.received[0]?.headers['host']).toBe(`rebound.example:${port}`)
})

test('a name that becomes private is refused at the next attempt, before anything is sent', async () => {
  await using receiver = await startReceiver()
  const { port } = new URL(receiver.url)
  const sent = await send(delivery(`http://rebound.example:${port}/`), options(names('127.0.0.1')))
  expect(sent).toMatchObject({
    status: null,
    error: expect.stringMatching(/^refused: rebound\.example has the address 127\.0\.0\.1/),
  })
  expect(receiver.received).toEqual([])
})

test('a name that does not resolve in time, or at all, is a failure that says so', async () => {
  const stalled = await send(delivery('http://slow.example/'), {
    ...options(() => new Promise(() => undefined)),
    timeoutMs: 50,
  })
  expect(stalled.error).toBe('no whole answer within 50 ms')
  const lost = await send(
    delivery('http://lost.example/'),
    options(() => Promise.reject(new Error('ENOTFOUND'))),
  )
  expect(lost.error).toBe('ENOTFOUND')
})

test('of a server that allows no host any more, localhost is refused, and the log says why', async () => {
  await using allowing = await startTestServer({ variables: { HEADWATER_WEBHOOK_HOSTS: 'localhost' } })
  await using receiver = await startReceiver()
  const url = receiver.url.replace('127.0.0.1', 'localhost')
  const { webhook } = await createWebhook(allowing, url, ['CHECK_FAILED'])
  await using server = await startTestServer({
    database: allowing.database,
    variables: { HEADWATER_WEBHOOK_POLL_MS: '20' },
  })
  await check(server, 'a', 'one')
  let [log] = await logOf(server, webhook.id)
  while (log?.lastError == null) [log] = await logOf(server, webhook.id)
  expect(log).toMatchObject({
    status: 'PENDING',
    lastStatus: null,
    lastError: expect.stringMatching(/^refused: localhost has the address (127\.0\.0\.1|::1)/),
  })
  expect(receiver.received).toEqual([])
})

test.each([
  ['http://127.0.0.1:9000/', '127.0.0.1, which is not of the public internet'],
  ['http://2130706433/', '127.0.0.1, which is not of the public internet'],
  ['https://10.1.2.3/', '10.1.2.3, which is not of the public internet'],
  ['http://169.254.169.254/latest', '169.254.169.254, which is not of the public internet'],
  ['http://[::1]/', '::1, which is not of the public internet'],
  ['http://[fe80::1]/', 'fe80::1, which is not of the public internet'],
  ['http://LOCALHOST:9000/', 'localhost, which is this machine'],
  ['http://localhost./', 'localhost., which is this machine'],
  ['http://hooks.localhost/', 'hooks.localhost, which is this machine'],
])('%s can never be sent to: it is refused when the webhook is made, and changed', async (url, reason) => {
  const message = `input.url: expected a host of the public internet, or one of HEADWATER_WEBHOOK_HOSTS, got ${reason}`
  const expected = { message, extensions: { code: 'BAD_USER_INPUT', field: 'input.url' } }
  expect((await create(strict, url)).errors).toMatchObject([expected])
  const { errors } = await strict.ask(
    'mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { id } }',
    { input: { id: publicId, url } },
  )
  expect(errors).toMatchObject([expected])
})

test.each([
  'https://93.184.216.34/',
  'https://[2606:4700::1]/',
  'https://hooks.internal/',
  'http://localhost.example/',
])('%s can be sent to, or is a name that is judged at each delivery', async (url) => {
  expect((await create(strict, url)).errors).toEqual([])
})

let strict: TestServer
let publicId: string
beforeAll(async () => {
  strict = await startTestServer()
  publicId = (await createWebhook(strict, 'https://hooks.example/', ['CHECK_FAILED'])).webhook.id
})
afterAll(() => strict[Symbol.asyncDispose]())

const create = (server: TestServer, url: string) =>
  server.ask('mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { secret } }', {
    input: { url, events: ['CHECK_FAILED'] },
  })
