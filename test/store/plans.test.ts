import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { connectPlanner, type Planner } from '../harness/planner.js'
import { type Sent, sentBy } from '../harness/plans.js'
import { program } from '../harness/program.js'
import { startTestServer, type TestServer, WALKED } from '../harness/server.js'
import { complaintsOf, wholeReads } from './plans/complaints.js'
import { EXPECTED } from './plans/expected.js'
import { GRAPH_REQUESTS, REQUESTS } from './plans/requests.js'
import { seedMillion } from './plans/seed.js'
import { SEEN_REQUESTS, seenBy } from './plans/seen-requests.js'

const statements = program.preparedStatements

const ALL_REQUESTS = [...REQUESTS, ...SEEN_REQUESTS, ...GRAPH_REQUESTS]

let server: TestServer
/** The same database, walked in the process. */
let graphServer: TestServer | undefined
/** The same database, asked by who may not see everything. */
let guardedServer: TestServer | undefined
let planner: Planner
/** What each request has made the server send, the first time and the second, by the request's name. */
const sent = new Map<string, Sent[]>()
/** Why requests failed: without an index a statement may take longer than the server lets it. */
const failed = new Map<string, unknown>()
/** The statements that PostgreSQL had to parse for a request's second time. */
const parsedAgain = new Map<string, string[]>()

beforeAll(async () => {
  // One connection, so that what was prepared for one request is there for the next.
  const variables = {
    HEADWATER_DATABASE_CONNECTIONS: '1',
    HEADWATER_GRAPH_POLL_MS: '600000',
    // What goes over a million edges is to come to its end, on whatever machine.
    HEADWATER_WALK_TIMEOUT_MS: '120000',
  }
  const startGraphServer = () => startTestServer({ database: server.database, variables })
  server = await startTestServer({ variables: { ...variables, ...WALKED.PostgreSQL } })
  await seedMillion(server.database.url)
  planner = await connectPlanner(server.database.url)
  guardedServer = await startTestServer({
    database: server.database,
    variables: { ...variables, ...WALKED.PostgreSQL, HEADWATER_AUTH: 'on' },
  })
  const seenServer = await seenBy(guardedServer)
  for (const request of ALL_REQUESTS) {
    const { name } = request
    const isOfGraph = GRAPH_REQUESTS.includes(request)
    const plain = SEEN_REQUESTS.includes(request) ? seenServer : server
    // Behind all that moves the graph.
    if (isOfGraph) graphServer ??= await startGraphServer()
    const asked = isOfGraph && graphServer !== undefined ? graphServer : plain
    const send = () => sentBy(() => request.send(asked).catch((error: unknown) => failed.set(name, error)))
    const first = await send()
    const parse = jest.spyOn(program.pg.Connection.prototype, 'parse')
    const second = await send()
    parsedAgain.set(name, parse.mock.calls.map(([{ text }]) => text).filter(isAsked))
    parse.mockRestore()
    sent.set(
      name,
      [...first, ...second].filter(({ text }) => isAsked(text)),
    )
  }
}, 600_000)

afterAll(async () => {
  await planner?.[Symbol.asyncDispose]()
  await graphServer?.[Symbol.asyncDispose]()
  await guardedServer?.[Symbol.asyncDispose]()
  await server?.[Symbol.asyncDispose]()
})

test('it is known of every prepared statement which indexes it is to use', () => {
  const unlisted = [...statements.keys()].filter((name) => !(name in EXPECTED))
  expect({ 'to be listed in plans/expected.ts': unlisted }).toEqual({
    'to be listed in plans/expected.ts': [],
  })
  const gone = Object.keys(EXPECTED).filter((name) => !statements.has(name))
  expect({ 'listed, but no statement': gone }).toEqual({ 'listed, but no statement': [] })
})

describe('with a million rows', () => {
  test.each([...statements.keys()])(
    '%s looks up in its indexes, and reads no large table whole',
    async (name) => {
      const all = [...sent.values()]
        .flat()
        .filter((one) => one.name !== undefined && one.name === `headwater ${name}`)
      if (all.length === 0)
        throw new Error('no request of plans/requests.ts makes the server send it: add one')
      const expected = EXPECTED[name] ?? { uses: [] }
      for (const one of eachShapeOnce(all)) {
        expect({ values: shapeOf(one), complaints: await complaintsOf(planner, expected, one) }).toEqual({
          values: shapeOf(one),
          complaints: [],
        })
      }
    },
  )

  test.each(
    ALL_REQUESTS.flatMap(({ name, composed }) => (composed === undefined ? [] : [{ name, ...composed }])),
  )(
    '$name: what is composed for it looks up in indexes, and reads no large table whole',
    async ({ name, uses }) => {
      const used = new Set<string>()
      for (const { text, values } of eachShapeOnce(composedFor(name))) {
        const reads = await planner.readsOf(text, values, 'force_custom_plan')
        expect([text, wholeReads(reads).filter((one) => one !== FEW_NAMES)]).toEqual([text, []])
        for (const index of reads.indexes) used.add(index)
      }
      expect([...used]).toEqual(expect.arrayContaining([...uses]))
    },
  )
})

describe('asked for again', () => {
  test.each(ALL_REQUESTS.map(({ name, composed }) => ({ name, composed })))(
    '$name: nothing is parsed again but what depends on the request',
    ({ name, composed }) => {
      expect(failed.get(name)).toBeUndefined()
      const texts = new Set(composedFor(name).map(({ text }) => text))
      expect(parsedAgain.get(name)?.filter((text) => !texts.has(text))).toEqual([])
      // What is composed is said to be, and why.
      expect(texts.size > 0).toBe(composed !== undefined)
    },
  )
})

/** Tokens are looked up beside, every few seconds. */
function isAsked(text: string): boolean {
  return !text.includes('api_token')
}

/** Of a part of a key PostgreSQL looks up every three characters of it: some thousand names it rather reads. */
const FEW_NAMES = 'reads all: Seq Scan asset_name'

function composedFor(request: string): Sent[] {
  return (sent.get(request) ?? []).filter(({ name }) => name === undefined)
}

/** How many values each list has, and which are missing: what a plan for them depends on. */
function shapeOf({ values }: Sent): string {
  return values.map((value) => (Array.isArray(value) ? value.length : value === null ? 'null' : 'one')).join()
}

function eachShapeOnce(all: readonly Sent[]): Sent[] {
  return [...new Map(all.map((one) => [`${one.text} ${shapeOf(one)}`, one])).values()]
}
