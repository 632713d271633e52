import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { connectPlanner, type Planner } from '../harness/planner.js'
import { type Sent, sentBy } from '../harness/plans.js'
import { program } from '../harness/program.js'
import { startTestServer, type TestServer, WALKED } from '../harness/server.js'
import { complaintsOf, modesOf, wholeReads } from './plans/complaints.js'
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
/** What each request has made the server send, by the request's name: the first time and, if it is not large, the second. */
const sent = new Map<string, Sent[]>()
/** Why requests failed: without an index a statement may take longer than the server lets it. */
const failed = new Map<string, unknown>()
/** The statements that PostgreSQL had to parse though it had parsed them before for the same server, by the request's name. */
const parsedAgain = new Map<string, string[]>()
/** Of each server, by its address: what PostgreSQL has parsed for it, and how often it has sent what is prepared. */
const askedOfServers = new Map<string, { parsed: Set<string>; times: Map<string, number> }>()

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
    const first = await parsedBy(send)
    const second = request.isLarge ? { sent: [], parsed: [] } : await parsedBy(send)
    sent.set(name, [...first.sent, ...second.sent])
    const { parsed, times } = askedOf(asked)
    const again = first.parsed.filter((text) => parsed.has(text) || !parsed.add(text))
    parsedAgain.set(name, [...again, ...second.parsed])
    for (const { name: statement } of [...first.sent, ...second.sent])
      if (statement !== undefined) times.set(statement, (times.get(statement) ?? 0) + 1)
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
      for (const [at, one] of eachShapeOnce(all).entries()) {
        // The plan for any values is the same whatever came.
        const modes = modesOf(expected).filter((mode) => at === 0 || mode !== 'force_generic_plan')
        expect({
          values: shapeOf(one),
          complaints: await complaintsOf(planner, expected, one, modes),
        }).toEqual({
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
  test('each prepared statement is sent twice at least by one server', () => {
    const timesOf = (name: string) =>
      Math.max(...[...askedOfServers.values()].map(({ times }) => times.get(`headwater ${name}`) ?? 0))
    expect([...statements.keys()].filter((name) => timesOf(name) < 2)).toEqual([])
  })

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

function askedOf({ url }: TestServer): { parsed: Set<string>; times: Map<string, number> } {
  const asked = askedOfServers.get(url) ?? { parsed: new Set(), times: new Map() }
  askedOfServers.set(url, asked)
  return asked
}

/** What some work makes a server send, and which of it PostgreSQL has to parse. */
async function parsedBy(send: () => Promise<Sent[]>): Promise<{ sent: Sent[]; parsed: string[] }> {
  const parse = jest.spyOn(program.pg.Connection.prototype, 'parse')
  try {
    const all = await send()
    const parsed = parse.mock.calls.map(([{ text }]) => text)
    return { sent: all.filter(({ text }) => isAsked(text)), parsed: parsed.filter(isAsked) }
  } finally {
    parse.mockRestore()
  }
}

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
