import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { LineageClient, type TypedDocument } from '../../../clients/typescript/src/index.js'
import { grant, startGuardedServer, tokenFor } from '../../harness/callers.js'
import { createTestDatabase } from '../../harness/database.js'
import { startTestServer, type TestServer } from '../../harness/server.js'
import { freePort, startServerProcess } from '../../harness/server-process.js'
import { startDatabaseProxy } from '../../harness/tcp-proxy.js'
import * as following from './following.js'
import { clientOf, next, nextIds, Signals } from './following.js'
import { startStreamFront } from './stream-front.js'

let server: TestServer
let client: LineageClient
beforeAll(async () => {
  server = await startTestServer()
  client = clientOf(server.url)
})
afterAll(() => server[Symbol.asyncDispose]())

const recorded = (count: number, { by = client, key = 'a' } = {}) => following.recorded(count, { by, key })
const more = (count: number, { by = client, key = 'a' } = {}) => following.more(count, { by, key })

describe('what is recorded', () => {
  test('comes in order, from a watermark on, as filters say', async () => {
    const { ids, before } = await recorded(3)
    const events = client.materializationRecorded({ after: before })
    expect(await nextIds(events, 3)).toEqual(ids)
    const ofB = client.materializationRecorded({ after: before, assets: { keys: ['b'] } })
    const [b] = await more(1, { key: 'b' })
    const event = await next(ofB)
    expect(event).toMatchObject({ materialization: { id: b, asset: { key: 'b', namespace: 'default' } } })
    expect(await nextIds(events, 1)).toEqual([b])
    await Promise.all([events.return(), ofB.return()])
    expect(await events.next()).toEqual({ done: true, value: undefined })
  })

  test.each(['in order', 'broken'] as const)('goes on after streams that end %s', async (how) => {
    await using front = await startStreamFront(server.url)
    const { ids, before } = await recorded(5)
    const errors: string[] = []
    const events = clientOf(front.url).materializationRecorded({
      after: before,
      onReconnect: ({ error, failures }) => errors.push(`${error.code} ${failures}`),
    })
    const seen: string[] = []
    for (let cut = 0; cut < 4; cut++) {
      seen.push(...(await nextIds(events, 2)))
      front.endAll(how)
      ids.push(...(await more(1)))
    }
    seen.push(...(await nextIds(events, 1)))
    await events.return()
    expect(seen).toEqual(ids)
    expect(errors.length).toBeGreaterThan(0)
    expect(new Set(errors)).toEqual(new Set(['CONNECTION_FAILED 1']))
  })

  test('goes on where the network is reset, and is away for a while', async () => {
    await using proxy = await startDatabaseProxy(server.url)
    const { ids, before } = await recorded(2)
    const cuts = new Signals()
    const events = clientOf(proxy.url).materializationRecorded({
      after: before,
      onReconnect: () => cuts.give(),
    })
    const seen = await nextIds(events, 1)
    proxy.reset()
    seen.push(...(await nextIds(events, 1)))
    const waiting = nextIds(events, 2)
    proxy.cut()
    await cuts.reach(4)
    ids.push(...(await more(2)))
    proxy.restore()
    seen.push(...(await waiting))
    await events.return()
    expect(seen).toEqual(ids)
  })

  test('goes on where nothing comes any more, and nothing says so', async () => {
    await using proxy = await startDatabaseProxy(server.url)
    const { ids, before } = await recorded(1)
    const cuts = new Signals()
    const errors: string[] = []
    const events = clientOf(proxy.url).materializationRecorded({
      after: before,
      silenceMs: 300,
      onReconnect: ({ error }) => {
        errors.push(error.code)
        cuts.give()
      },
    })
    const seen = await nextIds(events, 1)
    proxy.freeze()
    const waiting = nextIds(events, 1)
    await cuts.reach(1)
    ids.push(...(await more(1)))
    proxy.restore()
    seen.push(...(await waiting))
    await events.return()
    expect(seen).toEqual(ids)
    expect(errors[0]).toBe('TIMEOUT')
  })

  test('goes on after 503, a stream that says nothing, and one that only begins', async () => {
    await using front = await startStreamFront(server.url, ['away', 'silence', 'end', 'away'])
    const { ids, before } = await recorded(1)
    const errors: string[] = []
    const events = clientOf(front.url).materializationRecorded({
      after: before,
      silenceMs: 200,
      onReconnect: ({ error, failures }) => errors.push(`${failures} ${error.code} ${error.status}`),
    })
    expect(await nextIds(events, 1)).toEqual(ids)
    expect(errors).toEqual([
      '1 UNEXPECTED_ANSWER 503',
      '2 TIMEOUT undefined',
      '3 CONNECTION_FAILED undefined',
      '4 UNEXPECTED_ANSWER 503',
    ])
    await events.return()
  })

  test('from now on is from now on, even if the first connection breaks before anything comes', async () => {
    await using front = await startStreamFront(server.url, ['silence'])
    const [cuts, connected] = [new Signals(), new Signals()]
    const events = clientOf(front.url, {
      token: () => {
        connected.give()
        return 'none'
      },
    }).materializationRecorded({ silenceMs: 1_000, onReconnect: () => cuts.give() })
    const waiting = nextIds(events, 2)
    // The watermark, and then the stream.
    await connected.reach(2)
    const ids = await more(2)
    front.endAll('in order')
    await cuts.reach(1)
    expect(await waiting).toEqual(ids)
    await events.return()
  })

  test('comes whole through a cut every few events, also within what was recorded at once', async () => {
    await using proxy = await startDatabaseProxy(server.url)
    const { before } = await recorded(0)
    // More than is on its way at one time, so that a cut meets something.
    const metadata = { text: 'x'.repeat(20_000) }
    const assets = ['a', 'b', 'c'].map((key) => ({ key, metadata }))
    const payloads = await client.recordMaterializationBatch(
      Array.from({ length: 100 }, () => ({ jobId: 'job', assets })),
    )
    const made = payloads.flatMap(({ materializations }) => materializations.map(({ id }) => id))
    const uncut = client.materializationRecorded({ after: before })
    const expected = await nextIds(uncut, made.length)
    await uncut.return()
    let cuts = 0
    const events = clientOf(proxy.url).materializationRecorded({
      after: before,
      onReconnect: () => {
        cuts++
      },
    })
    const seen: string[] = []
    for (let size = 1; seen.length < made.length; size = (size % 17) + 1) {
      seen.push(...(await nextIds(events, Math.min(size, made.length - seen.length))))
      proxy.reset()
    }
    await events.return()
    expect(seen).toEqual(expected)
    expect(seen.toSorted()).toEqual(made.toSorted())
    expect(cuts).toBeGreaterThan(10)
  })

  test('of some namespaces alone can be followed with a token for those', async () => {
    await using guarded = await startGuardedServer()
    const [writer, reader] = await Promise.all([
      tokenFor(guarded, [grant('RECORD')]),
      tokenFor(guarded, [grant('READ', 'mine')]),
    ])
    const connected = new Signals()
    const token = () => {
      connected.give()
      return reader
    }
    const events = clientOf(guarded.url, { token }).materializationRecorded()
    const waiting = next(events)
    await connected.reach(2)
    for (const namespace of ['theirs', 'mine'])
      await clientOf(guarded.url, { token: writer }).recordMaterializations({
        jobId: 'job',
        assets: [{ key: 'a', namespace }],
      })
    expect((await waiting).materialization.asset.namespace).toBe('mine')
    await events.return()
  })

  test('survives servers that are killed and come back, with nothing missing and nothing twice', async () => {
    await using database = await createTestDatabase()
    const PORT = await freePort()
    const start = () => startServerProcess({ variables: { DATABASE_URL: database.url, PORT } })
    let running = await start()
    try {
      const by = clientOf(running.url, { retries: 1_000 })
      const { ids, before } = await recorded(1, { by })
      const events = by.materializationRecorded({ after: before, onReconnect: () => undefined })
      const seen = await nextIds(events, 1)
      for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
        const writing = more(40, { by })
        seen.push(...(await nextIds(events, 10)))
        running.kill(signal)
        await running.exited
        running = await start()
        ids.push(...(await writing))
        seen.push(...(await nextIds(events, 30)))
      }
      await events.return()
      expect(seen).toEqual(ids)
    } finally {
      await running[Symbol.asyncDispose]()
    }
  }, 120_000)
})

describe('the other subscriptions', () => {
  test('the status of a run is said at once, at a change, and after a cut', async () => {
    await using front = await startStreamFront(server.url)
    const run = { jobId: 'job', dagId: 'live-run', nodeTaskId: 'ocr' }
    const events = clientOf(front.url).dagStatusChanged('live-run', { onReconnect: () => undefined })
    expect(await next(events)).toEqual([])
    await client.recordMaterializations({ ...run, assets: [{ key: 'live/text' }] })
    const [status] = await next(events)
    expect(status).toMatchObject({ nodeTaskId: 'ocr', materializedAssets: 1 })
    front.endAll('in order')
    expect(await next(events)).toEqual([status])
    await events.return()
  })

  test('what has become stale is said with why, and again after a cut', async () => {
    await using front = await startStreamFront(server.url)
    const make = (key: string, version: string, ...upstream: { key: string; version: string }[]) =>
      client.recordMaterializations({ jobId: 'job', assets: [{ key, version }], upstream })
    await make('raw', '1')
    await make('made', '1', { key: 'raw', version: '1' })
    await make('raw', '2')
    const events = clientOf(front.url).stalenessChanged({
      assets: { keys: ['made'] },
      onReconnect: () => undefined,
    })
    const stale = { status: 'STALE', previousStatus: null, asset: { key: 'made' } }
    const event = await next(events)
    expect(event).toMatchObject(stale)
    expect(event.asset.staleness.rootCauses).toMatchObject([{ upstream: { key: 'raw' }, latestVersion: '2' }])
    front.endAll('in order')
    expect(await next(events)).toMatchObject(stale)
    await make('made', '2', { key: 'raw', version: '2' })
    expect(await next(events)).toMatchObject({ status: 'FRESH', previousStatus: 'STALE' })
    await events.return()
  })

  test('one of one’s own goes on from its watermark', async () => {
    interface Own {
      materializationRecorded: { materialization: { id: string; jobId: string }; watermark: string }
    }
    const own: TypedDocument<Own, { after?: string }> =
      'subscription ($after: String) { materializationRecorded(after: $after) { materialization { id jobId } watermark } }'
    await using front = await startStreamFront(server.url)
    const { ids, before } = await recorded(2)
    const events = clientOf(front.url).subscribe(
      own,
      { after: before },
      {
        watermarkOf: (data) => data.materializationRecorded.watermark,
        onReconnect: () => undefined,
      },
    )
    const first = await next(events)
    front.endAll('broken')
    const second = await next(events)
    await events.return()
    expect([first, second].map((one) => one.materializationRecorded.materialization.id)).toEqual(ids)
  })

  test('one that is not ours, or a query, ends when the server says so', async () => {
    const query: TypedDocument<{ assets: { totalCount: number } }, object> = '{ assets { totalCount } }'
    const answers = []
    for await (const answer of client.subscribe(query, {})) answers.push(answer)
    expect(answers).toEqual([{ assets: { totalCount: expect.any(Number) } }])
  })
})
