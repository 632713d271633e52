import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import {
  LineageClient,
  verifyWebhook,
  WebhookVerificationError,
} from '../../../clients/typescript/src/index.js'
import { startTestServer, type TestServer } from '../../harness/server.js'
import { RECEIVED_HERE, startReceiver, take } from '../../harness/webhook-receiver.js'
import { check } from '../../harness/webhooks.js'

interface Case {
  name: string
  headers: Record<string, string>
  body: string
  secrets: string[]
  now: number
  isVerified: boolean
}

/** Those of Python too. */
const { cases } = JSON.parse(
  await readFile(join(import.meta.dirname, '../../vectors/webhooks.json'), 'utf8'),
) as { cases: Case[] }

describe('verifyWebhook', () => {
  test.each(cases)('$name', async ({ headers, body, secrets, now, isVerified }) => {
    const at = { now: new Date(now * 1_000) }
    const forms = [
      () => verifyWebhook(headers, body, secrets, at),
      () => verifyWebhook(new Headers(headers), new TextEncoder().encode(body), secrets, at),
    ]
    for (const form of forms) {
      if (isVerified)
        expect(await form()).toEqual({ ...JSON.parse(body), id: 'msg_p5jXN8AQM9LWM0D4loKWxJek' })
      else await expect(form()).rejects.toThrow(WebhookVerificationError)
    }
  })

  test('says what is wrong, by a code', async () => {
    const [{ headers, body, secrets }] = cases as [Case]
    const failure = await verifyWebhook(headers, body, secrets).catch((error: unknown) => error)
    expect(failure).toMatchObject({
      code: 'WEBHOOK_NOT_VERIFIED',
      message: 'webhook-timestamp: more than 300 s ago',
      isTransient: false,
    })
    await expect(verifyWebhook(headers, body, 'whsec_?')).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      field: 'secret',
      message: 'secret: expected whsec_ and base64, got another text',
    })
  })
})

describe('webhooks of a server', () => {
  let server: TestServer
  let client: LineageClient
  beforeAll(async () => {
    server = await startTestServer({ variables: RECEIVED_HERE })
    client = new LineageClient({ url: server.url })
  })
  afterAll(async () => {
    client.close()
    await server[Symbol.asyncDispose]()
  })

  test('are made, listed, changed, paused, resumed and deleted', async () => {
    const { webhook, secret } = await client.createWebhook({
      url: 'https://hooks.example/x',
      events: ['ASSET_STALE'],
      assets: { keyPrefix: 'a/' },
    })
    expect(secret).toMatch(/^whsec_/)
    const { id } = webhook
    expect(await client.webhook(id)).toEqual(webhook)
    expect(await client.webhook('none')).toBeNull()
    const other = (await client.createWebhook({ url: 'https://hooks.example/y', events: ['CHECK_FAILED'] }))
      .webhook
    expect(await client.webhooks({ first: 1 })).toMatchObject({
      nodes: [{ id: other.id }],
      hasNextPage: true,
    })
    const ids: string[] = []
    for await (const one of client.eachWebhook()) ids.push(one.id)
    expect(ids).toEqual([other.id, id])
    expect(await client.updateWebhook({ id, events: ['NEW_CONSUMER'] })).toEqual({
      ...webhook,
      events: ['NEW_CONSUMER'],
    })
    expect((await client.pauseWebhook(id)).status).toBe('PAUSED')
    expect((await client.resumeWebhook(id)).status).toBe('ACTIVE')
    await client.deleteWebhook(id)
    await client.deleteWebhook(other.id)
    expect((await client.webhooks()).nodes).toEqual([])
    await expect(client.deleteWebhook(id)).rejects.toMatchObject({ code: 'BAD_USER_INPUT', field: 'id' })
    await expect(client.eachWebhookDelivery(id).next()).rejects.toMatchObject({ field: 'id' })
  })

  test('tell what a receiver verifies, and list and replay what was told', async () => {
    await using receiver = await startReceiver()
    const { webhook, secret } = await client.createWebhook({ url: receiver.url, events: ['CHECK_FAILED'] })
    const told = await client.testWebhook(webhook.id)
    await check(server, 'a', 'in range')
    await receiver.until((all) => all.taken().length === 2)
    const messages = await Promise.all(
      receiver
        .taken()
        .map(({ headers, body }) => verifyWebhook(headers, body, ['whsec_c29tZXRoaW5n', secret])),
    )
    const byType = new Map(messages.map((one) => [one.type, one]))
    expect(byType.get('webhook.test')).toMatchObject({ id: told.id, data: { test: true } })
    const failed = byType.get('check.failed')
    if (failed?.type !== 'check.failed') throw new Error('no check has failed')
    expect([failed.data.asset, failed.data.check.name]).toEqual([
      { namespace: 'default', key: 'a' },
      'in range',
    ])
    const [first] = receiver.taken()
    await expect(verifyWebhook(first?.headers ?? {}, `${first?.body} `, secret)).rejects.toThrow(
      WebhookVerificationError,
    )

    while ((await client.webhookDeliveries(webhook.id, { status: 'PENDING' })).nodes.length !== 0);
    const log: string[] = []
    for await (const { id } of client.eachWebhookDelivery(webhook.id, { status: 'DELIVERED' })) log.push(id)
    expect(log.sort()).toEqual(messages.map(({ id }) => id).sort())
    expect(await client.webhookDelivery(told.id)).toMatchObject({
      event: 'TEST',
      status: 'DELIVERED',
      lastStatus: 204,
    })
    expect(await client.webhookDelivery('none')).toBeNull()
    await expect(client.webhookDeliveries('none')).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      field: 'id',
      message: 'no webhook has the id "none"',
    })
    receiver.answering = (response, one) => take(response, one)
    expect(await client.replayDelivery(told.id)).toMatchObject({ id: told.id, status: 'PENDING' })
    await receiver.until(({ received }) => received.length === 3)
  })
})
