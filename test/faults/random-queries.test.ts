import { randomInt } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { GraphQLSchema } from 'graphql'
import { createSchema } from '../../src/server/schema.js'
import { createTestDatabase, type TestDatabase } from '../harness/database.js'
import { Ledger } from '../harness/ledger.js'
import { type ArgumentPool, type RandomQuery, randomQueries } from '../harness/random-queries.js'
import { minute } from '../harness/recordings.js'
import { type ServerProcess, startServerProcess } from '../harness/server-process.js'
import { type Body, fillDocumentCache, largeQueries } from './large-queries.js'
import { note } from './note.js'

const MIB = 1024 * 1024
const AT_ONCE = 8
/** What may stay in a heap: more of it than of what is kept of each query alone would be left behind by 2,000. */
const STAYS_BYTES = 24 * MIB

let database: TestDatabase
let server: ServerProcess
let schema: GraphQLSchema
let good: ArgumentPool

beforeAll(async () => {
  database = await createTestDatabase()
  server = await startServerProcess({
    isProbed: true,
    variables: {
      DATABASE_URL: database.url,
      // So that queries are answered, not refused.
      HEADWATER_QUERY_ALIASES: '1000',
      HEADWATER_QUERY_COST: '1000000000',
      HEADWATER_QUERY_DIRECTIVES: '1000',
    },
  })
  const ledger = new Ledger()
  const load = ledger.write(server.url, 4)
  await load.acknowledged(40)
  await load.finish()
  schema = await createSchema()
  good = await goodValues()
}, 200_000)

afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

test('1,000 random valid queries and mutations, and 1,000 mutated ones: no 5xx but 503, nothing of the inside, memory back', async () => {
  const seed = randomInt(2 ** 31)
  const { valid, mutated } = bodies(seed)
  // What is made once, and kept, is there before it is measured.
  await sendAll(valid.slice(0, 100), seed)
  await fillDocumentCache(server.url)
  const before = await server.held()
  const statuses = [await sendAll(valid, seed), await sendAll(mutated, seed)] as const
  const after = await server.held()
  const grown = after.heapUsed + after.external - before.heapUsed - before.external
  const [ofValid, ofMutated] = statuses.map((one) => JSON.stringify(Object.fromEntries(one)))
  note(
    `random queries: answered ${ofValid}; mutated: ${ofMutated}; ${(grown / MIB).toFixed(1)} MiB more in the heap; seed ${seed}`,
  )
  // A test of refusals alone would prove little.
  expect(statuses[0].get(200)).toBeGreaterThan(300)
  expect(statuses[1].get(400)).toBeGreaterThan(300)
  expect(grown).toBeLessThan(STAYS_BYTES)
}, 400_000)

test('100 queries as long as may be, each asked three times and no more: memory is back', async () => {
  await fillDocumentCache(server.url)
  const before = await server.held()
  for (let at = 0; at < 10; at++) {
    const some = largeQueries(10)
    for (let time = 0; time < 3; time++) await sendAll(some)
  }
  const after = await server.held()
  const grown = after.heapUsed - before.heapUsed
  note(`100 long queries: ${(grown / MIB).toFixed(1)} MiB more in the heap`)
  expect(grown).toBeLessThan(STAYS_BYTES)
}, 400_000)

/** Bodies of requests: 600 queries and 400 mutations, most with good arguments; and the same, each changed somewhere. */
function bodies(seed: number): { valid: Body[]; mutated: Body[] } {
  const sample = (numRuns: number, levels: number, operation: 'query' | 'mutation', values: ArgumentPool) =>
    fc.sample(randomQueries(schema, values, { omitted: [], levels, operation }), { numRuns, seed })
  const valid = [
    ...sample(450, 3, 'query', good),
    ...sample(150, 3, 'query', { ...good, ...bad }),
    ...sample(250, 2, 'mutation', good),
    ...sample(150, 2, 'mutation', { ...good, ...bad }),
  ]
  const edits = fc.sample(fc.array(edit, { minLength: 1, maxLength: 3 }), { numRuns: valid.length, seed })
  return {
    valid: valid.map((one) => bodyOf(one)),
    mutated: valid.map((one, at) =>
      (edits[at] ?? []).reduce<Body>((body, apply) => apply(body), bodyOf(one)),
    ),
  }
}

const bodyOf = ({ text, variables }: RandomQuery): Body =>
  Buffer.from(JSON.stringify({ query: text, variables }))

/** Something to put where it does not belong. */
const rubbish = fc.oneof(
  fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    '(',
    ')',
    '"',
    '\\',
    '\\"',
    '$',
    '@',
    '...',
    ':',
    '!',
    '#',
    '&',
    '|',
    '\u0000',
    '\\u0000',
    '\\ud800',
    'null',
    'true',
    '-1',
    '1e999',
    '99999999999999999999',
    '__typename',
    '__schema { types { name } }',
    'fragment F on F { ...F }',
    '...F',
    '@include(if: $yes)',
    '$nothing',
    "'; DROP TABLE asset; --",
    '%',
    '\u202e',
    '\u{1f600}',
    '{"__proto__":{"x":1}}',
    '"constructor"',
    'mutation',
    'subscription',
    'query Q { __typename } ',
    ',"operationName":"nobody"',
    '[[[[[[[[',
    '{}',
  ),
  fc.string({ maxLength: 8, unit: 'binary' }),
)

/** A change to bytes anywhere: some are cut out, said again, put elsewhere, or others put in. */
const edit: fc.Arbitrary<(body: Body) => Body> = fc
  .record({
    what: fc.constantFrom('cut', 'end', 'repeat', 'insert', 'replace', 'byte'),
    from: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.nat(20),
    rubbish,
    byte: fc.nat(255),
  })
  .map(({ what, from, length, rubbish: text, byte }) => (body: Body) => {
    const start = Math.floor(from * body.length)
    const [head, some, tail] = [
      body.subarray(0, start),
      body.subarray(start, start + length),
      body.subarray(start + length),
    ]
    switch (what) {
      case 'cut':
        return Buffer.concat([head, tail])
      case 'end':
        return head
      case 'repeat':
        return Buffer.concat([head, some, some, tail])
      case 'insert':
        return Buffer.concat([head, Buffer.from(text), some, tail])
      case 'replace':
        return Buffer.concat([head, Buffer.from(text), tail])
      default:
        return Buffer.concat([head, Buffer.from([byte]), some, tail])
    }
  })

/** What no answer may hold: lines of a stack, SQL, PostgreSQL's and Prisma's words. */
const INSIDE =
  /\n\s+at |node_modules|\.[cm]?[jt]s:\d+|\bSELECT\b.*\bFROM\b|\bINSERT INTO\b|\bUPDATE\b.*\bSET\b|\bDELETE FROM\b|at or near|violates|relation \\"|invalid input syntax|invocation:|[Pp]risma|_pkey|ECONN|headwater\/src/

/** Sends all, some at once; answers with how often each status came. */
async function sendAll(all: readonly Body[], seed?: number): Promise<Map<number, number>> {
  const statuses = new Map<number, number>()
  const left = [...all]
  const send = async () => {
    for (let body = left.pop(); body !== undefined; body = left.pop()) {
      const response = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      })
      const { status } = response
      const text = await response.text()
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      if ((status >= 500 && status !== 503) || INSIDE.test(text))
        throw new Error(
          `seed ${seed}: ${body} came to ${status} ${text.slice(0, 2_000)}\n${server.output().slice(-3_000)}`,
        )
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, send))
  return statuses
}

/** Values for arguments that are answered. */
async function goodValues(): Promise<ArgumentPool> {
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ materializations(first: 1) { nodes { id asset { id } } } }' }),
  })
  const [made] = ((await response.json()) as Found).data.materializations.nodes
  const times = [1, 2, 3].map((count) => JSON.stringify(minute(count)))
  return {
    id: [made?.id, made?.asset.id].map((id) => JSON.stringify(id)),
    materializationId: [JSON.stringify(made?.id)],
    namespace: ['"lake"'],
    key: ['"made/1"', '"made/2"', '"made/3"'],
    AssetRef: ['{ namespace: "lake", key: "made/1" }', '{ namespace: "lake", key: "raw/1" }'],
    after: ['null'],
    atLeast: ['null', '"1"'],
    first: ['1', '2', 'null'],
    limit: ['1', '3'],
    depth: ['1', '3'],
    maxLength: ['1', '3'],
    selection: ['"made/1"', '"+made/1+"'],
    query: ['"made"', '"raw"', '"nowhere"'],
    lastHours: ['1', '24'],
    from: ['{ namespace: "lake", key: "made/1" }'],
    to: ['{ namespace: "lake", key: "made/4" }'],
    idempotencyKey: ['null'],
    String: ['"x"', '"y"'],
    Int: ['1', '2'],
    Float: ['1'],
    Boolean: ['true', 'false'],
    ID: [JSON.stringify(made?.id)],
    BigInt: ['1', '2'],
    JSONObject: ['{}', '{ a: [1, "two", null] }'],
    DateTime: times,
  }
}

/** Others that are of the right type, and mostly refused. */
const bad: ArgumentPool = {
  id: ['"forged"', '""', '"1"'],
  key: ['"made/1"', '"nowhere"', '""', '"\\u0000"', '"ä\u{1f600}"'],
  AssetRef: ['{ key: "nowhere" }', '{ key: "" }', '{ namespace: "", key: "k" }'],
  idempotencyKey: ['"k1"', '"k2"', '""'],
  after: ['""', '"forged"', '"AAAA"'],
  atLeast: ['"999999999999"', '"forged"'],
  first: ['0', '-1', '1001', '1'],
  limit: ['0', '10001', '1'],
  depth: ['0', '-1', '2147483647'],
  selection: ['"kind:"', '"((("', '"*"'],
  query: ['""', '"%"', '"\\\\"'],
  lastHours: ['0', '-1', '2147483647'],
  String: ['"x"', '""', '"\\u0000"', '"\\ud800"', '"\'"'],
  Int: ['0', '-1', '2147483647'],
  BigInt: ['-1', '9223372036854775807', '"9223372036854775807"'],
  JSONObject: ['{ __proto__: 1 }', '{ a: "\\u0000" }'],
  DateTime: ['"0001-01-01T00:00:00Z"', '"9999-12-31T23:59:59.999Z"', '"never"'],
}

interface Found {
  data: { materializations: { nodes: { id: string; asset: { id: string } }[] } }
}
