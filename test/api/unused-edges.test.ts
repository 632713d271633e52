import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import {
  UnusedEdgesDocument,
  type UnusedEdgesQuery,
  type UnusedEdgesQueryVariables,
} from '../../schema/operations.generated.js'
import { minute, record, recordBatch } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'

type Answer = UnusedEdgesQuery['unusedEdges']

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const ask = async (args: UnusedEdgesQueryVariables, from = server) =>
  (await from.query(UnusedEdgesDocument, args)).unusedEdges

async function pagesOf(args: UnusedEdgesQueryVariables, from = server): Promise<Answer[]> {
  const pages = [await ask(args, from)]
  for (;;) {
    const after = pages.at(-1)?.completeness.nextCursor
    if (after == null) return pages
    pages.push(await ask({ ...args, after }, from))
  }
}

const named = (edges: Answer['edges']) =>
  edges.map(({ upstream, downstream, lastSeenAt }) => `${upstream.key}>${downstream.key} ${lastSeenAt}`)

/** Edges that were last seen in the minutes 1 to 20, the even ones in another namespace. */
async function recordTwenty(): Promise<void> {
  await recordBatch(
    server,
    Array.from({ length: 20 }, (_, at) => ({
      materializedAt: minute(at + 1),
      assets: [{ key: `made/${at + 1}`, namespace: at % 2 === 0 ? 'odd' : 'even' }],
      upstream: [{ key: 'source' }],
    })),
  )
}

describe('unused edges', () => {
  beforeAll(recordTwenty)

  test('are those last seen before a time, not at it', async () => {
    const { edges, completeness } = await ask({ notSeenSince: minute(8) })
    expect(named(edges).sort()).toEqual(
      [1, 2, 3, 4, 5, 6, 7].map((at) => `source>made/${at} ${minute(at)}`).sort(),
    )
    expect(completeness).toEqual({ complete: true, stoppedBy: [], nextCursor: null })
  })

  test('are not what has been made again since; only then are the older recordings used', async () => {
    await record(server, {
      materializedAt: minute(100),
      assets: [{ key: 'made/2', namespace: 'even' }],
      upstream: [{ key: 'source' }],
    })
    const { edges } = await ask({ notSeenSince: minute(4) })
    expect(named(edges).sort()).toEqual([1, 3].map((at) => `source>made/${at} ${minute(at)}`))
  })

  test.each([null, 'odd', 'even', 'nobody'])('in pages are the whole, of namespace %s', async (namespace) => {
    const args = { notSeenSince: minute(15), namespace }
    const whole = await ask(args)
    const wanted = { odd: 7, even: 6, nobody: 0 }[namespace ?? ''] ?? 13
    expect(whole.edges).toHaveLength(wanted)
    for (const { downstream } of whole.edges)
      if (namespace !== null) expect(downstream.namespace).toBe(namespace)
    for (const first of [1, 5, wanted || 1]) {
      const pages = await pagesOf({ ...args, first })
      expect(pages.flatMap(({ edges }) => edges)).toEqual(whole.edges)
      expect(pages).toHaveLength(Math.max(1, Math.ceil(wanted / first)))
      expect(pages.at(-1)?.completeness.complete).toBe(true)
      for (const { completeness } of pages.slice(0, -1))
        expect(completeness).toMatchObject({ complete: false, stoppedBy: ['NODE_LIMIT'] })
    }
  })

  test('a cursor belongs to its list; what breaks a bound is refused', async () => {
    const { completeness } = await ask({ notSeenSince: minute(15), first: 1 })
    const after = completeness.nextCursor
    for (const [args, field] of [
      [{ notSeenSince: minute(16), after }, 'after'],
      [{ notSeenSince: minute(15), namespace: 'odd', after }, 'after'],
      [{ notSeenSince: minute(15), first: 1_001 }, 'first'],
      [{ notSeenSince: minute(15), namespace: '' }, 'namespace'],
    ] as const) {
      const { errors } = await server.ask(UnusedEdgesDocument, args)
      expect(errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field })
    }
  })
})

/** As a UUID of version 5, which the ids of assets are. */
const uuidOf = (name: string) =>
  `overlay(overlay(md5('${name}' || n) placing '5' from 13) placing '8' from 17)::uuid`

test('many edges are gone over piece by piece; where time is over, the next answer goes on', async () => {
  // Used ones on every side of those that are not.
  await server.database.sql(`INSERT INTO lineage_edge_stats
    (downstream_id, upstream_id, first_seen_at, last_seen_at, materialization_count)
    SELECT ${uuidOf('d')}, ${uuidOf('u')}, '2026-01-01', '2026-06-01', 1 FROM generate_series(1, 250000) n`)
  const args = { notSeenSince: minute(15) }
  const isScan = (text: string) => /lineage_edge_stats c WHERE/.test(text)
  let whole: Answer | undefined
  const statements = await server.statementsOf(async () => {
    whole = await ask(args)
  })
  expect(statements.filter(isScan)).toHaveLength(3)
  expect(whole?.completeness.complete).toBe(true)
  expect(whole?.edges).toHaveLength(13)

  await using hurried = await startTestServer({
    database: server.database,
    variables: { HEADWATER_WALK_TIMEOUT_MS: '1' },
  })
  const pages = await pagesOf(args, hurried)
  expect(pages.map(({ completeness }) => completeness.stoppedBy)).toEqual([
    ['TIME_LIMIT'],
    ['TIME_LIMIT'],
    [],
  ])
  expect(pages.flatMap(({ edges }) => edges)).toEqual(whole?.edges)
  const none = await pagesOf({ notSeenSince: minute(0) }, hurried)
  expect(none.map(({ edges }) => edges)).toEqual([[], [], []])
})
