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
import { note } from './note.js'

const MIB = 1024 * 1024
const AT_ONCE = 8
/** What may stay of 1,000 queries that nobody had asked before. */
const STAYS_BYTES = 24 * MIB

let database: TestDatabase
let server: ServerProcess
let schema: GraphQLSchema
let pool: ArgumentPool

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
  pool = await argumentPool()
}, 60_000)

afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

test('1,000 random valid queries and mutations, and 1,000 mutated ones: no 5xx but 503, nothing of the inside, memory back', async () => {
  const seed = randomInt(2 ** 31)
  // What is compiled once, and kept, is so before it is measured.
  await sendAll(bodies(seed + 1))
  const before = await server.held()
  const statuses = await sendAll(bodies(seed), seed)
  const after = await server.held()
  const grown = after.heapUsed + after.external - before.heapUsed - before.external
  const counts = Object.fromEntries([...statuses].sort(([a], [b]) => a - b))
  note(
    `random queries, seed ${seed}: ${JSON.stringify(counts)}, ${(grown / MIB).toFixed(1)} MiB more in the heap`,
  )
  // A test of refusals alone would prove little.
  expect(statuses.get(200)).toBeGreaterThan(300)
  expect(statuses.get(400)).toBeGreaterThan(300)
  expect(grown).toBeLessThan(STAYS_BYTES)
}, 120_000)

/** Bodies of requests: 600 queries and 400 mutations as they are, then the same, each changed somewhere. */
function bodies(seed: number): Buffer[] {
  const queries = randomQueries(schema, pool, { omitted: [], levels: 4 })
  const mutations = randomQueries(schema, pool, { omitted: [], levels: 3, operation: 'mutation' })
  const valid = [
    ...fc.sample(queries, { numRuns: 600, seed }),
    ...fc.sample(mutations, { numRuns: 400, seed }),
  ]
  const edits = fc.sample(fc.array(edit, { minLength: 1, maxLength: 3 }), { numRuns: valid.length, seed })
  return [
    ...valid.map((one) => bodyOf(one)),
    ...valid.map((one, at) => (edits[at] ?? []).reduce((body, apply) => apply(body), bodyOf(one))),
  ]
}

const bodyOf = ({ text, variables }: RandomQuery) => Buffer.from(JSON.stringify({ query: text, variables }))

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
const edit: fc.Arbitrary<(body: Buffer) => Buffer> = fc
  .record({
    what: fc.constantFrom('cut', 'end', 'repeat', 'insert', 'replace', 'byte'),
    from: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.nat(20),
    rubbish,
    byte: fc.nat(255),
  })
  .map(({ what, from, length, rubbish: text, byte }) => (body: Buffer) => {
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
async function sendAll(all: readonly Buffer[], seed?: number): Promise<Map<number, number>> {
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

/** Values for all arguments, good and bad. */
async function argumentPool(): Promise<ArgumentPool> {
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ materializations(first: 1) { nodes { id asset { id } } } }' }),
  })
  const [made] = ((await response.json()) as Found).data.materializations.nodes
  return {
    id: [made?.id, made?.asset.id, 'forged', ''].map((id) => JSON.stringify(id)),
    materializationId: [made?.id, made?.asset.id, 'forged'].map((id) => JSON.stringify(id)),
    namespace: ['"lake"', '"default"', '"nowhere"'],
    key: ['"made/1"', '"made/2"', '"raw/1"', '"nowhere"', '""', '"\\u0000"', '"ä\\u{1f600}"'],
    idempotencyKey: ['"k1"', '"k2"', '"k3"'],
    after: ['null', '""', '"forged"', '"AAAA"'],
    atLeast: ['null', '"1"', '"999999999999"', '"forged"'],
    first: ['1', '2', 'null', '0', '-1', '1001'],
    limit: ['1', '3', '0', '10001'],
    depth: ['0', '1', '3', '-1', '2147483647'],
    selection: ['"made/1"', '"+made/1+"', '"kind:"', '"((("', '"*"'],
    query: ['"made"', '"nowhere"', '""', '"%"', '"\\\\"'],
    lastHours: ['1', '0', '-1', '2147483647'],
    String: ['"x"', '"lake"', '""', '"\\u0000"', '"\\ud800"', '"\'"'],
    Int: ['1', '0', '-1', '2147483647'],
    Float: ['1', '1e300'],
    Boolean: ['true', 'false'],
    ID: ['"x"', '1'],
    BigInt: ['1', '-1', '9223372036854775807', '"9223372036854775807"'],
    JSONObject: ['{}', '{ a: [1, "two", null] }', '{ __proto__: 1 }'],
    DateTime: [
      ...[1, 2, 3].map((count) => JSON.stringify(minute(count))),
      '"0001-01-01T00:00:00Z"',
      '"275760-09-13T00:00:00Z"',
      '"never"',
    ],
  }
}

interface Found {
  data: { materializations: { nodes: { id: string; asset: { id: string } }[] } }
}
