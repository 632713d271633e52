import { on } from 'node:events'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { EventSource, type EventSourceInit } from 'eventsource'
import { record } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'
import { startDatabaseProxy } from '../harness/tcp-proxy.js'

const FOLLOW =
  'subscription ($after: String) { materializationRecorded(after: $after) { materialization { asset { key } } } }'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const make = (key: string) => record(server, { assets: [{ key }] })

/** What a browser brings with it: connects again by itself, and says by Last-Event-ID where it was. */
function open(
  url: string,
  query: string,
  variables: Record<string, unknown> = {},
  options: EventSourceInit = {},
): EventSource {
  const asked = new URLSearchParams({ query, variables: JSON.stringify(variables) })
  return new EventSource(`${url}/graphql?${asked}`, options)
}

/** One that was told of this last. */
function from(id: string, query: string, variables: Record<string, unknown> = {}): EventSource {
  return open(server.url, query, variables, {
    fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, 'last-event-id': id } }),
  })
}

/** The keys that it is told of, in order. */
async function* keysOf(source: EventSource): AsyncGenerator<string> {
  for await (const [{ data }] of on(source as unknown as NodeJS.EventEmitter, 'next'))
    yield JSON.parse(data).data.materializationRecorded.materialization.asset.key
}

async function take(keys: AsyncGenerator<string>, count: number): Promise<string[]> {
  const taken: string[] = []
  while (taken.length < count) taken.push((await keys.next()).value)
  return taken
}

test('an EventSource that was cut off goes on by itself behind what it was told of last', async () => {
  await using proxy = await startDatabaseProxy(server.url)
  const source = open(proxy.url.replace(/\/$/, ''), FOLLOW, { after: (await make('before')).watermark })
  try {
    const keys = keysOf(source)
    await make('followed')
    expect(await take(keys, 1)).toEqual(['followed'])
    for (const cut of ['later', 'later still']) {
      proxy.cut()
      await make(`${cut}/1`)
      await make(`${cut}/2`)
      proxy.restore()
      expect(await take(keys, 2)).toEqual([`${cut}/1`, `${cut}/2`])
    }
  } finally {
    source.close()
  }
})

test('the first id comes at once: who is cut off before anything was recorded goes on from there', async () => {
  const leaving = new AbortController()
  const answer = await fetch(`${server.url}/graphql?${new URLSearchParams({ query: FOLLOW })}`, {
    headers: { accept: 'text/event-stream' },
    signal: leaving.signal,
  })
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  while (!text.includes('\n')) text += (await reader?.read())?.value
  leaving.abort()
  await make('meanwhile')
  const source = from(/^id: (.*)/.exec(text)?.[1] ?? '', FOLLOW)
  try {
    expect(await take(keysOf(source), 1)).toEqual(['meanwhile'])
  } finally {
    source.close()
  }
})

test('Last-Event-ID counts before `after`, which a client repeats as it was', async () => {
  const { watermark } = await make('told')
  await make('to come')
  const source = from(watermark, FOLLOW, { after: Buffer.from('w2:1').toString('base64url') })
  try {
    expect(await take(keysOf(source), 1)).toEqual(['to come'])
  } finally {
    source.close()
  }
})

test('what has no watermark to go on from says none, whatever its client was told last', async () => {
  const { watermark } = await make('watched')
  const leaving = new AbortController()
  const query = 'subscription { stalenessChanged(assets: { keyPrefix: "watched" }) { status } }'
  const answer = await fetch(`${server.url}/graphql?${new URLSearchParams({ query })}`, {
    headers: { accept: 'text/event-stream', 'last-event-id': watermark },
    signal: leaving.signal,
  })
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
  expect((await reader?.read())?.value).toMatch(/^:/)
  leaving.abort()
})

test('a Last-Event-ID that is no watermark is refused', async () => {
  const answer = await fetch(`${server.url}/graphql?${new URLSearchParams({ query: FOLLOW })}`, {
    headers: { accept: 'text/event-stream', 'last-event-id': 'x' },
  })
  expect(await answer.text()).toMatch(/Last-Event-ID.*BAD_USER_INPUT/)
})
