import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parse } from 'graphql'
import { statusOfError } from '../../src/server/errors.js'
import { createSchema } from '../../src/server/schema.js'
import { ListWriting } from '../../src/server/written-lists.js'
import { type ArgumentPool, type RandomQuery, randomQueries } from '../harness/random-queries.js'
import { minute, record } from '../harness/recordings.js'
import { type Answer, startTestServer, type TestServer } from '../harness/server.js'

// A query is run by graphql-js when it comes first, and compiled from its second time on.

let server: TestServer

beforeAll(async () => {
  server = await startTestServer({
    variables: {
      HEADWATER_LOG_LEVEL: 'error',
      HEADWATER_QUERY_ALIASES: '1000',
      HEADWATER_QUERY_COST: '1000000000',
      HEADWATER_QUERY_DIRECTIVES: '1000',
    },
  })
  await record(server, {
    materializedAt: minute(1),
    dagId: 'd',
    nodeTaskId: 'n',
    assets: [
      {
        key: 'a',
        version: '1',
        sizeBytes: 7,
        metadata: { rows: [1, 'two', null] },
        upstream: [{ key: 'raw' }],
      },
      { key: 'b/table', partitionKey: 'p', upstream: [{ key: 'a', version: '1' }, { key: 'lost' }] },
    ],
  })
  await record(server, {
    materializedAt: minute(2),
    assets: [
      {
        key: 'c',
        columns: [
          { name: 'x', inputs: [{ asset: { key: 'a' }, column: 'y' }] },
          { name: 'y', type: 'int' },
        ],
        columnDependencies: [
          { asset: { key: 'c' }, column: 'y', transformations: [{ type: 'INDIRECT', subtype: 'JOIN' }] },
        ],
        upstream: [{ key: 'b/table' }, { key: 'c' }],
      },
    ],
  })
})

afterAll(() => server[Symbol.asyncDispose]())

/** Errors have no order among them. */
const comparable = ({ status, data, errors }: Answer<unknown>) => ({
  status,
  data: JSON.stringify(data),
  errors: errors.map((error) => JSON.stringify(error)).toSorted(),
})

/**
 * Where several errors make the same object null, GraphQL's specification allows to say one or all (6.4.4), and these
 * two choose differently, and the status goes with what is said. What both say they must say in the same words.
 */
function expectAgreement(byGraphqlJs: Answer<unknown>, compiled: Answer<unknown>): void {
  const [one, other] = [comparable(byGraphqlJs), comparable(compiled)]
  expect(other.data).toBe(one.data)
  const all = [...byGraphqlJs.errors, ...compiled.errors]
  const statuses = new Set(all.map(({ extensions }) => statusOf(extensions['code'])))
  if (statuses.size < 2) expect(other.status).toBe(one.status)
  else for (const { status } of [one, other]) expect([200, ...statuses]).toContain(status)
  for (const error of byGraphqlJs.errors) {
    const same = compiled.errors.find(({ path }) => JSON.stringify(path) === JSON.stringify(error.path))
    if (same !== undefined) expect(same).toEqual(error)
  }
  const places = ({ data, errors }: Answer<unknown>) => new Set(errors.map(({ path }) => nullOf(data, path)))
  expect(places(compiled)).toEqual(places(byGraphqlJs))
}

function statusOf(code: unknown): number {
  return statusOfError(code as Parameters<typeof statusOfError>[0]).status
}

/** The start of a path up to where an answer is null. */
function nullOf(data: unknown, path: readonly (string | number)[] = []): string {
  let value = data
  const end = path.findIndex((step) => {
    if (typeof value !== 'object' || value === null) return true
    value = Reflect.get(value, step)
    return false
  })
  return JSON.stringify(end === -1 ? path : path.slice(0, end))
}

test('a compiled query answers what graphql-js does, errors and their places included', async () => {
  const queries = randomQueries(await createSchema(), await argumentPool(), { omitted: UNSTEADY, levels: 4 })
  const errors = await answerAlike(queries, 100)
  expect(errors).toBeGreaterThan(0)
}, 60_000)

test('so does one whose lists are written', async () => {
  const schema = await createSchema()
  const pool = {
    ...(await argumentPool()),
    AssetRef: ['{ key: "c" }'],
    depth: ['1', 'null'],
    limit: ['2', '3'],
  }
  const writing = new ListWriting(schema)
  let written = 0
  const queries = randomQueries(schema, pool, {
    omitted: UNSTEADY,
    levels: 3,
    roots: ['lineage'],
    oneConditionIn: 10,
  })
  const counted = queries.map((query) => {
    written += writing.plan(parse(query.text), null).places.length
    return query
  })
  await answerAlike(counted, 60)
  expect(written).toBeGreaterThan(15)
}, 60_000)

/** A watermark grows with what other tests write, an age with time. */
const UNSTEADY = ['watermark', 'ageSeconds']

async function argumentPool(): Promise<ArgumentPool> {
  const [materialization] = (
    await server.query<{ materializations: { nodes: { id: string; asset: { id: string } }[] } }, undefined>(
      '{ materializations { nodes { id asset { id } } } }',
    )
  ).materializations.nodes
  return {
    id: [materialization?.id, materialization?.asset.id, 'forged'].map((id) => JSON.stringify(id)),
    key: ['"a"', '"c"', '"nowhere"', '""'],
    AssetRef: ['{ key: "c" }', '{ key: "a", namespace: "default" }', '{ key: "nowhere" }', '{ key: "" }'],
    column: ['"x"', '"y"', '"nowhere"', '""'],
    RunRef: [
      '{ jobNamespace: "jobs", jobName: "job", runId: "1" }',
      '{ jobNamespace: "", jobName: "", runId: "" }',
    ],
    version: ['"1"', '"2"', '""'],
    partitionKey: ['"p"', '"q"', 'null'],
    dagId: ['"d"', '"unheard of"', '""'],
    nodeTaskId: ['"n"', '"unheard of"', '""'],
    first: ['1', '2', 'null', '0', '1001'],
    limit: ['1', '3', '0'],
    depth: ['0', '1', '-1'],
    maxLength: ['0', '2', '-1'],
    selection: ['"a"', '"+c"', '"kind:"'],
    query: ['"a"', '"nowhere"', '""'],
    DateTime: [1, 2, 3].map((count) => JSON.stringify(minute(count))),
  }
}

/** Asks each query by graphql-js and compiled, with its variables and with others; the number of errors answered. */
async function answerAlike(queries: fc.Arbitrary<RandomQuery>, numRuns: number): Promise<number> {
  let errors = 0
  await fc.assert(
    fc.asyncProperty(queries, async ({ text, variables }) => {
      const first = await server.ask(text, variables)
      errors += first.errors.length
      expectAgreement(first, await server.ask(text, variables))
      const others = { yes: !variables.yes, no: variables.no }
      const compiled = await server.ask(text, others)
      expectAgreement(await server.ask(`${text} # as if new`, others), compiled)
    }),
    { numRuns, interruptAfterTimeLimit: 50_000, markInterruptAsFailure: true },
  )
  return errors
}

test('what is wrong with a variable is said in the same words each time', async () => {
  const ask = () => server.ask('query ($key: String!) { asset(key: $key) { id } }', { key: 7 })
  const first = comparable(await ask())
  expect(first.errors).toHaveLength(1)
  for (let again = 0; again < 3; again++) expect(comparable(await ask())).toEqual(first)
})

test('an alias may be any name, each time', async () => {
  const text = '{ __proto__: asset(key: "a") { constructor: key __proto__: namespace } }'
  const ask = async () =>
    (
      await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: text }),
      })
    ).text()
  for (let again = 0; again < 3; again++)
    expect(await ask()).toBe('{"data":{"__proto__":{"constructor":"a","__proto__":"default"}}}\n')
})

test('of a document with several operations each is compiled on its own', async () => {
  const text = 'query A { asset(key: "a") { key } } query C { asset(key: "c") { key } }'
  for (const name of ['A', 'C', 'A', 'C', 'A', 'C']) {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: text, operationName: name }),
    })
    expect(await response.json()).toEqual({ data: { asset: { key: name.toLowerCase() } } })
  }
})
