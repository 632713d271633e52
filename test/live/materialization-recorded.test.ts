import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { record } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'
import { type Subscription, subscribe, TRANSPORTS, type Transport } from '../harness/subscriber.js'

interface Event {
  materializationRecorded: {
    materialization: { id: string; version: string | null; asset: { key: string } }
    watermark: string
  }
}

const FIELDS = '{ materialization { id version asset { key } } watermark }'
const ALL = `subscription ($after: String) { materializationRecorded(after: $after) ${FIELDS} }`

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const keyOf = ({ materializationRecorded: { materialization } }: Event) => materialization.asset.key
async function keysOf(subscription: Subscription<Event>, count: number): Promise<string[]> {
  const keys: string[] = []
  while (keys.length < count) keys.push(keyOf(await subscription.next()))
  return keys
}

/** Subscribed for sure: something has come. */
async function subscribed(transport: Transport, query = ALL, variables: Record<string, unknown> = {}) {
  const { watermark } = await record(server, { assets: [{ key: 'before' }] })
  await record(server, { assets: [{ key: 'first' }] })
  const subscription = subscribe<Event>(server.url, query, {
    transport,
    variables: { after: watermark, ...variables },
  })
  expect(keyOf(await subscription.next())).toBe('first')
  return subscription
}

describe.each(TRANSPORTS)('over a %s', (transport) => {
  test('what is recorded comes, each materialization once, in order', async () => {
    await using subscription = await subscribed(transport)
    const { materializations } = await record(server, { assets: [{ key: 'b', version: '1' }, { key: 'a' }] })
    await record(server, { assets: [{ key: 'c' }] })
    const events = [await subscription.next(), await subscription.next(), await subscription.next()]
    expect(
      events
        .slice(0, 2)
        .map((one) => one.materializationRecorded.materialization.id)
        .sort(),
    ).toEqual(materializations.map(({ id }) => id).sort())
    expect(events.map(keyOf).at(-1)).toBe('c')
  })
})
