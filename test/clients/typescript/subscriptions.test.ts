import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import {
  type EndpointOptions,
  LineageClient,
  type MaterializationEvent,
  SubscriptionEndedError,
  type TypedDocument,
} from '../../../clients/typescript/src/index.js'
import { grant, startGuardedServer, tokenFor } from '../../harness/callers.js'
import { createTestDatabase } from '../../harness/database.js'
import { startTestServer, type TestServer } from '../../harness/server.js'
import { freePort, startServerProcess } from '../../harness/server-process.js'
import { startDatabaseProxy } from '../../harness/tcp-proxy.js'
import { startFakeServer } from './fake-server.js'
import { startStreamFront } from './stream-front.js'

const FAST = { firstPauseMs: 5, longestPauseMs: 50 }
const clientOf = (url: string, options: EndpointOptions = {}) =>
  new LineageClient({ url, ...FAST, ...options })

let server: TestServer
let client: LineageClient
beforeAll(async () => {
  server = await startTestServer()
  client = clientOf(server.url)
})
afterAll(() => server[Symbol.asyncDispose]())

/** Records that many materializations, one after the other; answers with their ids. */
async function recorded(
  count: number,
  { by = client, key = 'a' } = {},
): Promise<{ ids: string[]; before: string }> {
  const { watermark } = await by.recordMaterializations({ jobId: 'job', assets: [{ key: 'before' }] })
  return { ids: await more(count, { by, key }), before: watermark }
}

async function more(count: number, { by = client, key = 'a' } = {}): Promise<string[]> {
  const ids: string[] = []
  while (ids.length < count) {
    const { materializations } = await by.recordMaterializations({ jobId: 'job', assets: [{ key }] })
    ids.push(...materializations.map(({ id }) => id))
  }
  return ids
}

async function next<Item>(events: AsyncGenerator<Item, void, undefined>): Promise<Item> {
  const { done, value } = await events.next()
  if (done) throw new Error('expected an event, got the end')
  return value
}

async function nextIds(
  events: AsyncGenerator<MaterializationEvent, void, undefined>,
  count: number,
): Promise<string[]> {
  const ids: string[] = []
  while (ids.length < count) ids.push((await next(events)).materialization.id)
  return ids
}

async function failureOf(events: AsyncGenerator<unknown>): Promise<SubscriptionEndedError> {
  try {
    for await (const _ of events);
  } catch (error) {
    if (error instanceof SubscriptionEndedError) return error
    throw error
  }
  throw new Error('expected an error')
}

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

describe('where it cannot go on', () => {
  test('a watermark that is none is said at once', async () => {
    const error = await failureOf(client.materializationRecorded({ after: 'nonsense' }))
    expect(error).toMatchObject({
      name: 'SubscriptionEndedError',
      code: 'BAD_USER_INPUT',
      watermark: 'nonsense',
      isTransient: false,
    })
  })

  test('a token that does not count, or none, is said at once', async () => {
    await using guarded = await startGuardedServer()
    for (const options of [{}, { token: 'hw_nonsense' }]) {
      const error = await failureOf(
        clientOf(guarded.url, options).materializationRecorded({ after: 'whatever' }),
      )
      expect(error).toMatchObject({ code: 'UNAUTHENTICATED', status: 401, watermark: 'whatever' })
    }
  })

  test('what may not be asked, or is no Headwater, is said at once', async () => {
    await using fake = await startFakeServer((_request, response) => {
      const errors = [{ message: 'not yours', extensions: { code: 'FORBIDDEN' } }]
      response.writeHead(403).end(JSON.stringify({ errors }))
    })
    expect(await failureOf(clientOf(fake.url).stalenessChanged())).toMatchObject({ code: 'FORBIDDEN' })
    await using other = await startFakeServer((_request, response) => void response.end('{"data":{}}'))
    expect(await failureOf(clientOf(other.url).dagStatusChanged('run'))).toMatchObject({
      code: 'UNEXPECTED_ANSWER',
      message: `${other.url}/graphql answered with no stream of events`,
    })
    expect([fake.requests, other.requests]).toEqual([1, 1])
  })

  test('after long enough the error holds the watermark that one can go on from', async () => {
    await using proxy = await startDatabaseProxy(server.url)
    const { ids, before } = await recorded(2)
    const events = clientOf(proxy.url).materializationRecorded({
      after: before,
      giveUpAfterMs: 150,
      onReconnect: () => undefined,
    })
    const seen = await nextIds(events, 1)
    const { watermark } = await next(events)
    seen.push(ids[1] ?? '')
    proxy.cut()
    const error = await failureOf(events)
    expect(error).toMatchObject({ code: 'CONNECTION_FAILED', watermark, isTransient: true })
    expect(error.cause).toMatchObject({ name: 'HeadwaterError', code: 'CONNECTION_FAILED' })
    ids.push(...(await more(2)))
    const goneOn = client.materializationRecorded({ after: error.watermark })
    seen.push(...(await nextIds(goneOn, 2)))
    await goneOn.return()
    expect(seen).toEqual(ids)
  })

  test('a server that breaks every stream off is given up as well', async () => {
    await using fake = await startFakeServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(':\n\n')
    })
    const bounds = { giveUpAfterMs: 100, onReconnect: () => undefined }
    const error = await failureOf(clientOf(fake.url).dagStatusChanged('run', bounds))
    expect(error).toMatchObject({ code: 'CONNECTION_FAILED', watermark: undefined })
    expect(fake.requests).toBeGreaterThan(2)
  })

  test('a server that wants to be left alone for longer than one waits is', async () => {
    await using fake = await startFakeServer((_request, response) => {
      response.writeHead(503, { 'retry-after': '3600' }).end()
    })
    const error = await failureOf(clientOf(fake.url).dagStatusChanged('run'))
    expect(error).toMatchObject({ status: 503, retryAfterMs: 3_600_000 })
    expect(fake.requests).toBe(1)
  })

  test('bounds that are none are refused', () => {
    expect(() => client.materializationRecorded({ silenceMs: 0 })).toThrow(/^silenceMs: expected 1 to/)
    expect(() => client.stalenessChanged({ giveUpAfterMs: Number.NaN })).toThrow(/^giveUpAfterMs: /)
  })
})

describe('ending it', () => {
  test('a signal ends it with its reason, while it waits and before', async () => {
    await using front = await startStreamFront(server.url)
    const stop = new AbortController()
    const events = clientOf(front.url).dagStatusChanged('run', { signal: stop.signal })
    expect(await next(events)).toEqual([])
    const waiting = events.next()
    const reason = new Error('enough')
    stop.abort(reason)
    await expect(waiting).rejects.toBe(reason)
    await front.allGone()
    await expect(client.dagStatusChanged('run', { signal: stop.signal }).next()).rejects.toBe(reason)
  })

  test('returning closes the connection, also while something is waited for', async () => {
    await using front = await startStreamFront(server.url)
    for await (const _ of clientOf(front.url).dagStatusChanged('run')) break
    await front.allGone()
    const events = clientOf(front.url).dagStatusChanged('run')
    await next(events)
    const waiting = events.next()
    await events.return()
    expect(await waiting).toEqual({ done: true, value: undefined })
    await front.allGone()
    expect(front.requests).toBe(2)
  })
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

test('events come together from whatever pieces they are sent in', async () => {
  const answer = JSON.stringify({ data: { dagStatusChanged: 'Größe €😀' } })
  const [front, back] = [answer.slice(0, 9), answer.slice(9)]
  const text = [
    '\r\n: ping\r\n\r\n',
    `event:next\r\ndata:${front}\r\ndata: ${back}\r\nid: 7\r\nretry\r\n\r\n`,
    `event: next\ndata: ${answer}\n\n`,
    'event: complete\ndata:\n\n',
  ].join('')
  await using fake = await startFakeServer(async (_request, response) => {
    response.writeHead(200, { 'content-type': 'Text/Event-Stream; charset=utf-8' })
    for (const byte of Buffer.from(text)) {
      response.write(Buffer.from([byte]))
      await new Promise(setImmediate)
    }
    response.end()
  })
  const own: TypedDocument<unknown, object> = 'subscription { dagStatusChanged }'
  const answers = []
  for await (const one of clientOf(fake.url).subscribe(own, {})) answers.push(one)
  expect(answers).toEqual([JSON.parse(answer).data, JSON.parse(answer).data])
})

test('what the server cannot read for the moment is asked for again', async () => {
  let requests = 0
  await using fake = await startFakeServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const errors = [{ message: 'shortly', extensions: { code: 'SERVICE_UNAVAILABLE' } }]
    const answer = requests++ === 0 ? { errors } : { data: { dagStatusChanged: [] } }
    response.end(`:\n\nevent: next\ndata: ${JSON.stringify(answer)}\n\nevent: complete\ndata:\n\n`)
  })
  const answers = []
  const options = { onReconnect: () => undefined }
  for await (const one of clientOf(fake.url).dagStatusChanged('run', options)) answers.push(one)
  expect([answers, requests]).toEqual([[[]], 2])
})

/** Something that happens again and again. */
class Signals {
  #count = 0
  #waiting: { count: number; resolve: () => void }[] = []

  give(): void {
    this.#count++
    for (const one of this.#waiting) if (one.count <= this.#count) one.resolve()
  }

  /** Resolves when it has happened so many times. */
  reach(count: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.#count >= count) resolve()
      else this.#waiting.push({ count, resolve })
    })
  }
}
