import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { record, recordBatch } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'
import { type SubscribeOptions, type Subscription, subscribe, TRANSPORTS } from '../harness/subscriber.js'
import { walk } from '../harness/walks.js'

interface Event {
  materializationRecorded: {
    materialization: { id: string; version: string | null; asset: { key: string } }
    watermark: string
  }
}

const FIELDS = '{ materialization { id version asset { key } } watermark }'
const ALL = `subscription ($after: String, $filter: MaterializationFilter, $assets: AssetFilter) {
  materializationRecorded(after: $after, filter: $filter, assets: $assets) ${FIELDS}
}`

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

const watermarkOf = (text: string) => Buffer.from(`w2:${text}`).toString('base64url')

/** As it is by now. */
async function watermarkNow(of = server): Promise<string> {
  return (await record(of, { assets: [{ key: 'mark' }] })).watermark
}

const make = (key: string, of = server) => record(of, { assets: [{ key }] })
const follow = (variables: Record<string, unknown>, options: SubscribeOptions = {}, of = server) =>
  subscribe<Event>(of.url, ALL, { ...options, variables })

describe.each(TRANSPORTS)('over an open %s', (transport) => {
  test('what is recorded comes, each materialization once, in order', async () => {
    await using subscription = follow({ after: await watermarkNow() }, { transport })
    const { materializations } = await record(server, { assets: [{ key: 'b', version: '1' }, { key: 'a' }] })
    await make('c')
    const events = [await subscription.next(), await subscription.next(), await subscription.next()]
    const ids = events.map((one) => one.materializationRecorded.materialization.id)
    expect(ids.slice(0, 2).sort()).toEqual(materializations.map(({ id }) => id).sort())
    expect(events.map(keyOf).at(-1)).toBe('c')
  })

  test('an event’s watermark goes on behind it, also within a recording of many', async () => {
    await using subscription = follow({ after: await watermarkNow() }, { transport })
    await record(server, { assets: Array.from({ length: 300 }, (_, at) => ({ key: `many/${at}` })) })
    const all: Event[] = []
    while (all.length < 300) all.push(await subscription.next())
    expect(new Set(all.map(keyOf)).size).toBe(300)
    for (const cut of [0, 98, 99, 100, 298]) {
      const after = all[cut]?.materializationRecorded.watermark
      await using rest = follow({ after }, { transport })
      expect(await keysOf(rest, 299 - cut)).toEqual(all.slice(cut + 1).map(keyOf))
    }
  })

  test('without `after` it begins with what is recorded from now on', async () => {
    await make('earlier')
    await using subscription = follow({}, { transport })
    const first = subscription.next()
    // Whoever subscribes is not told that it has begun: something is recorded until it has.
    let count = 0
    let event: Event | null = null
    first.then((found) => {
      event = found
    })
    while (event === null) await make(`later/${count++}`)
    expect(keyOf(await first)).toMatch(/^later\//)
  })

  test('a filter, and one of assets, leave the rest out', async () => {
    const after = await watermarkNow()
    await using byRun = follow({ after, filter: { dagId: 'run-1' } }, { transport })
    await using byAsset = follow({ after, assets: { keyPrefix: 'wanted/', kinds: ['json'] } }, { transport })
    await record(server, { dagId: 'run-2', assets: [{ key: 'other' }, { key: 'wanted/a', kind: 'text' }] })
    await record(server, { dagId: 'run-1', assets: [{ key: 'of-run-1' }] })
    await record(server, { assets: [{ key: 'wanted/b', kind: 'json' }] })
    expect(keyOf(await byRun.next())).toBe('of-run-1')
    expect(keyOf(await byAsset.next())).toBe('wanted/b')
  })

  test.each([
    ['no watermark', { after: 'nonsense' }, 'after', /^after: expected a watermark/],
    [
      'a made-up one',
      { after: watermarkOf('3:4-99999999999999999999') },
      'after',
      /^after: expected a watermark/,
    ],
    [
      'one that is ahead',
      { after: Buffer.from('w2:99999999999').toString('base64url') },
      'after',
      /ahead of it/,
    ],
    [
      'a filter out of bounds',
      { filter: { dagId: 'x'.repeat(513) } },
      'filter.dagId',
      /^filter.dagId: expected/,
    ],
  ])('%s is refused before there is anything', async (_what, variables, field, message) => {
    await using subscription = follow(variables, { transport })
    const { errors } = await refusalOf(subscription)
    expect(errors).toEqual([
      expect.objectContaining({
        message: expect.stringMatching(message),
        extensions: { code: 'BAD_USER_INPUT', field },
      }),
    ])
  })
})

/** Of a websocket an error ends the iteration. */
async function refusalOf(subscription: Subscription<Event>): Promise<{ errors: unknown }> {
  try {
    const answer = await subscription.answer()
    return { errors: answer?.errors }
  } catch (errors) {
    return { errors }
  }
}

test('a walk’s watermark goes on with what the walk has not shown', async () => {
  await record(server, { assets: [{ key: 'down', upstream: [{ key: 'up' }] }] })
  const { watermark: after } = await walk(server, 'down', { direction: 'UPSTREAM' })
  await using subscription = follow({ after })
  await make('unseen')
  expect(keyOf(await subscription.next())).toBe('unseen')
})

test('what a batch, an event and a repeated storage event write comes too; a repeat does not', async () => {
  await using subscription = follow({ after: await watermarkNow() })
  await recordBatch(server, [
    { idempotencyKey: 'once', assets: [{ key: 'in-batch/1' }] },
    { storageEventId: 7, assets: [{ key: 'in-batch/2', version: 'v1' }] },
  ])
  expect((await keysOf(subscription, 2)).sort()).toEqual(['in-batch/1', 'in-batch/2'])
  await record(server, { idempotencyKey: 'once', assets: [{ key: 'in-batch/1' }] })
  await record(server, { storageEventId: 7, assets: [{ key: 'in-batch/2', version: 'v2' }] })
  const { materialization } = (await subscription.next()).materializationRecorded
  expect([materialization.asset.key, materialization.version]).toEqual(['in-batch/2', 'v2'])
})

test('what another server records comes, and its graph is shown as it is then', async () => {
  await using other = await startTestServer({ database: server.database })
  const after = await watermarkNow()
  const upstream = '{ materialization { id asset { key upstream { nodes { key } } } } watermark }'
  await using subscription = subscribe<{
    materializationRecorded: {
      materialization: { asset: { key: string; upstream: { nodes: { key: string }[] } } }
    }
  }>(server.url, `subscription ($after: String) { materializationRecorded(after: $after) ${upstream} }`, {
    variables: { after },
  })
  for (let at = 0; at < 20; at++) {
    await record(other, { assets: [{ key: `theirs/${at}`, upstream: [{ key: `source/${at}` }] }] })
    expect((await subscription.next()).materializationRecorded.materialization.asset).toEqual({
      key: `theirs/${at}`,
      upstream: { nodes: [{ key: `source/${at}` }] },
    })
  }
})

test('whoever goes on within a recording, on a server that has not heard of it yet, is told of the rest', async () => {
  await using late = await startTestServer({
    database: server.database,
    variables: { HEADWATER_LIVE_POLL_MS: '1500' },
  })
  // So that it looks, and has looked.
  await using waiting = follow({ after: await watermarkNow(late) }, {}, late)
  await make('heard of', late)
  await waiting.next()
  await using prompt = follow({ after: await watermarkNow() })
  await record(server, { assets: [1, 2, 3, 4].map((at) => ({ key: `of four/${at}` })) })
  const first = await prompt.next()
  await using rest = follow({ after: first.materializationRecorded.watermark }, {}, late)
  const keys = [keyOf(first), ...(await keysOf(rest, 3))]
  expect(keys.sort()).toEqual([1, 2, 3, 4].map((at) => `of four/${at}`))
})

test('of overlapping spans of what was open each event comes once', async () => {
  const { watermark } = await make('once')
  const next = BigInt(/^w2:(\d+)/.exec(Buffer.from(watermark, 'base64url').toString())?.[1] ?? 0)
  const spans = Array.from({ length: 100 }, () => `${next - 1n}-${next - 1n}`).join(',')
  await using subscription = follow({ after: watermarkOf(`${next}:${spans}`) })
  expect(keyOf(await subscription.next())).toBe('once')
  await make('then')
  expect(keyOf(await subscription.next())).toBe('then')
})
