import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { buildSchema, type GraphQLSchema } from 'graphql'
import { toGlobalId } from '../../resolvers/node/global-id.js'
import { assetIdOf } from '../../src/lineage/asset-ref.js'
import { type Caller, callerOf, grant, startGuardedServer, tokenFor } from '../harness/callers.js'
import { startTestServer, type TestServer, WALKED } from '../harness/server.js'
import { namespacesOf, recordOneMore, recordTenants, type Tenant } from '../harness/tenants.js'
import { createWebhook } from '../harness/webhooks.js'
import { CURSOR, everyQuery, reachableFields, type SchemaQuery } from '../harness/whole-schema.js'
import { EXPORTS, ref, run, type Subject, THEIR_WORDS, VALUES } from './leaks/questions.js'

// Two tenants record the same, each in namespaces of its own, and use what the other makes. Everything that the schema
// has is asked by callers who may read all, one of them, or neither; what is asked of mine is then asked of theirs, and
// of what is not there.

// Some thousand questions each.
jest.setTimeout(120_000)

const LIMITS = {
  HEADWATER_QUERY_ALIASES: '100000',
  HEADWATER_QUERY_COST: '1000000000000',
  HEADWATER_QUERY_SAME_KEY: '100000',
  HEADWATER_QUERY_SELECTIONS: '1000000',
  HEADWATER_QUERY_TOKENS: '1000000',
  HEADWATER_GRAPH_POLL_MS: '50',
}

const WALKERS = Object.keys(WALKED) as (keyof typeof WALKED)[]

let plain: TestServer
let servers: Record<keyof typeof WALKED, TestServer>
let schema: GraphQLSchema
let queries: SchemaQuery[]
let shallow: SchemaQuery[]
/** What is asked for by ids. */
const ids = {} as Record<Subject, Record<string, string>>
/** Every id of theirs. */
let theirIds: string[]
const tokens = {} as Record<'all' | 'mine' | 'nothing', string>

beforeAll(async () => {
  plain = await startTestServer()
  await recordTenants(plain)
  const start = (variables: Record<string, string>) =>
    startGuardedServer({ database: plain.database, variables: { ...LIMITS, ...variables } })
  servers = {
    'the graph in the process': await start(WALKED['the graph in the process']),
    PostgreSQL: await start(WALKED.PostgreSQL),
  }
  tokens.all = await tokenFor(plain, [grant('READ')])
  tokens.mine = await tokenFor(plain, [grant('READ', ...namespacesOf('xminex'))])
  tokens.nothing = await tokenFor(plain, [grant('READ', ...namespacesOf('xemptyx'))])
  schema = buildSchema(await readFile(join(import.meta.dirname, '../../schema/schema.graphql'), 'utf8'))
  queries = everyQuery(schema, VALUES, (field) => (['asset', 'webhooks'].includes(field) ? 4 : 3))
  shallow = everyQuery(schema, VALUES, () => 1)
  for (const name of ['xminex', 'xtheirsx'] as const) ids[name] = await idsOf(name)
  ids.xnobodyx = {
    Asset: toGlobalId('Asset', randomUUID()),
    Materialization: toGlobalId('Materialization', randomUUID(), randomUUID()),
    CheckResult: toGlobalId('CheckResult', randomUUID(), randomUUID()),
    Run: toGlobalId('Run', randomUUID()),
    Webhook: randomUUID(),
    Delivery: randomUUID(),
    watermark: ids.xminex.watermark ?? '',
  }
  theirIds = await allIdsOf('xtheirsx')
}, 120_000)

afterAll(async () => {
  for (const server of Object.values(servers ?? {})) await server[Symbol.asyncDispose]()
  await plain?.[Symbol.asyncDispose]()
})

async function idsOf(name: Tenant): Promise<Record<string, string>> {
  interface Found {
    asset: { id: string; checks: { nodes: { id: string }[] }; latestMaterialization: { id: string } }
    run: { id: string }
    lineage: { watermark: string }
  }
  const {
    asset,
    run: found,
    lineage,
  } = await plain.query<Found, undefined>(
    `{ asset(namespace: "xminex", key: "xminex-b") { id checks { nodes { id } } latestMaterialization { id } }
       run(ref: ${run('child')}) { id } lineage(root: ${ref('b')}, direction: UPSTREAM) { watermark } }`.replaceAll(
      'xminex',
      name,
    ),
  )
  return {
    Asset: asset.id,
    Materialization: asset.latestMaterialization.id,
    CheckResult: asset.checks.nodes[0]?.id ?? '',
    Run: found.id,
    ...(await webhookOf(name)),
    watermark: lineage.watermark,
  }
}

/** One that is told of it, and what it is told. */
async function webhookOf(name: Tenant): Promise<{ Webhook: string; Delivery: string }> {
  const { webhook } = await createWebhook(plain, `https://hooks.example/${name}`, ['CHECK_FAILED'], {
    namespaces: namespacesOf(name),
  })
  const { told } = await plain.query<{ told: { id: string } }, object>(
    'mutation ($id: ID!) { told: testWebhook(id: $id) { id } }',
    { id: webhook.id },
  )
  return { Webhook: webhook.id, Delivery: told.id }
}

/** What stands in the database under the names of somebody: assets, their other names, and what hangs on them; runs. */
async function allIdsOf(name: Tenant): Promise<string[]> {
  const rows = await plain.database.sql<{ id: string }>(
    `WITH own AS (SELECT id FROM asset WHERE namespace = $1)
     SELECT id::text FROM own UNION SELECT id::text FROM asset_name WHERE namespace = $1
     UNION SELECT id::text FROM materialization WHERE asset_id IN (SELECT id FROM own)
     UNION SELECT id::text FROM check_result WHERE asset_id IN (SELECT id FROM own)
     UNION SELECT id::text FROM run WHERE job_namespace = $2
     UNION SELECT id::text FROM webhook WHERE $1 = ANY(namespaces)
     UNION SELECT d.id::text FROM webhook_delivery d JOIN webhook w ON w.id = d.webhook_id WHERE $1 = ANY(w.namespaces)`,
    namespacesOf(name),
  )
  return rows.map(({ id }) => id)
}

/** A question about somebody: of names that are as long as these. */
function about(question: string, subject: Subject): string {
  return question
    .replace(/<(\w+)>/g, (_, name: string) => ids[subject][name] ?? '')
    .replaceAll('xminex', subject)
    .replaceAll('minex-a', `${subject.slice(1)}-a`)
}

/** An answer about what is not there, as if it were about them. */
function asIfTheirs(answer: string): string {
  return Object.entries(ids.xnobodyx).reduce(
    (said, [name, id]) => (name === 'watermark' ? said : said.replaceAll(id, ids.xtheirsx[name] ?? '')),
    answer.replaceAll('xnobodyx', 'xtheirsx').replaceAll('nobodyx-a', 'theirsx-a'),
  )
}

/** What an answer tells of somebody, in what it says, in its cursors and in its ids. */
function toldOf(answer: string): string[] {
  const decoded = [...new Set(answer.match(/[\w-]{16,}/g))].map((part) => Buffer.from(part, 'base64url'))
  const told = [answer, ...decoded.map((bytes) => bytes.toString('latin1'))]
    .flatMap((said) => said.match(/.{0,60}theirsx.{0,60}/gi) ?? [])
    .concat(answer.match(/.{0,60}(?:\.777Z|444555666|777888999).{0,20}/g) ?? [])
  const packed = decoded.map((bytes) => bytes.toString('hex')).join(' ')
  const spelt = `${answer} ${decoded.map((bytes) => bytes.toString('latin1')).join(' ')}`
  return told.concat(theirIds.filter((id) => spelt.includes(id) || packed.includes(id.replaceAll('-', ''))))
}

/** What is of the moment, and not of what was recorded. */
const lasting = (answer: string) => answer.replace(/"ageSeconds":\d+/g, '"ageSeconds":0')

async function answerTo(caller: Caller, question: string): Promise<string> {
  const { status, data, errors } = await caller.ask(question)
  return lasting(JSON.stringify({ status, data, errors }))
}

async function exported(caller: Caller, query: string): Promise<string> {
  const response = await caller.fetch(`/export/lineage?${query}`)
  const headers = ['content-type', 'content-disposition', 'headwater-nodes', 'headwater-edges'].map((name) =>
    response.headers.get(name),
  )
  const body = await response.text()
  return `${response.status} ${headers.join(' ')} ${body.replace(/"(eventTime|runId)":"[^"]*"/g, '')}`
}

test('every field that can be reached is asked for', () => {
  const asked = new Set(queries.flatMap((one) => [...one.asked]))
  const missed = [...reachableFields(schema)].filter((field) => !asked.has(field))
  expect(missed).toEqual([])
})

test('who may read everything is told everything of them: what is looked for here can be found', async () => {
  const caller = callerOf(servers['the graph in the process'], tokens.all)
  const said: string[] = []
  for (const { text: question } of queries) {
    const answer = await answerTo(caller, about(question, 'xtheirsx'))
    const { errors } = JSON.parse(answer) as { errors: { extensions: { field?: string } }[] }
    // Not every asset has every column, nor was there at every time.
    const unexpected = errors.filter(({ extensions: { field = '' } }) => !['column', 'to'].includes(field))
    expect([question, unexpected]).toEqual([question, []])
    said.push(answer)
  }
  const all = said.join(' ')
  const told = new Set(all.match(/xtheirsx[\w-]*/g))
  const unsaid = THEIR_WORDS.filter((word) => !told.has(`xtheirsx-${word}`))
  expect(unsaid).toEqual([])
  expect(
    ['xtheirsx describes', 'xtheirsx broke', '.777Z', '444555666', '777888999'].filter(
      (one) => !all.includes(one),
    ),
  ).toEqual([])
  expect(toldOf(all).filter((one) => theirIds.includes(one)).length).toBeGreaterThan(30)
})

describe.each(WALKERS)('walked in %s', (walker) => {
  test('who may read mine is told nothing of theirs, on no page', async () => {
    const caller = callerOf(servers[walker], tokens.mine)
    for (const { field, text: question } of asked(walker)) {
      const answer = await answerTo(caller, about(question, 'xminex'))
      expect([question, toldOf(answer)]).toEqual([question, []])
      for await (const page of pagesOf(caller, field, about(question, 'xminex'), answer))
        expect([question, toldOf(page)]).toEqual([question, []])
    }
    for (const query of EXPORTS)
      expect([query, toldOf(await exported(caller, about(query, 'xminex')))]).toEqual([query, []])
  })

  // Who may read nothing is asked of one alone: it is the same there.
  test.each(walker === 'PostgreSQL' ? (['mine'] as const) : (['mine', 'nothing'] as const))(
    'who may read %s is told of theirs what is told of what is not there',
    async (who) => {
      const caller = callerOf(servers[walker], tokens[who])
      for (const { text: question } of shallow) {
        if (about(question, 'xtheirsx') === about(question, 'xminex')) continue
        const ofNothing = await answerTo(caller, about(question, 'xnobodyx'))
        expect([question, toldOf(ofNothing)]).toEqual([question, []])
        const ofTheirs = await answerTo(caller, about(question, 'xtheirsx'))
        expectSame(question, comparable(ofTheirs), comparable(asIfTheirs(ofNothing)))
      }
      for (const query of EXPORTS) {
        const ofNothing = await exported(caller, about(query, 'xnobodyx'))
        const ofTheirs = await exported(caller, about(query, 'xtheirsx'))
        expectSame(query, stateless(ofTheirs), stateless(asIfTheirs(ofNothing)))
      }
    },
  )

  test.each([
    [
      'columnLineage',
      `columnLineage(asset: ${ref('b')}, column: "xminex-y", direction: UPSTREAM, limit: 1 AFTER) {
      nodes { column } completeness { nextCursor complete } }`,
    ],
    [
      'provenance',
      `node(id: "<Materialization>") { ... on Materialization { lineage(direction: UPSTREAM, limit: 1 AFTER) {
      nodes { distance } completeness { nextCursor complete } } } }`,
    ],
    [
      'runs',
      `run(ref: ${run('child')}) { outputs(first: 1 AFTER) { nodes { key } pageInfo { endCursor } } }`,
    ],
    [
      'neighbours',
      `asset(namespace: "xminex", key: "xminex-canon") { upstream(first: 1 AFTER) { nodes { key } pageInfo { endCursor } } }`,
    ],
  ])(
    'a cursor that was made up of a name of theirs goes on as one of what is not there: %s',
    async (_, field) => {
      const caller = callerOf(servers[walker], tokens.mine)
      const ask = (after: string) => answerTo(caller, about(`{ ${field.replace('AFTER', after)} }`, 'xminex'))
      const [, given = ''] = /"(?:nextCursor|endCursor)":"([\w-]+)"/.exec(await ask('')) ?? []
      const cursor = Buffer.from(given, 'base64url').toString()
      const id = /"((?:\w+-){4}\w{12})"/.exec(cursor)?.[1] ?? 'no id'
      expect(cursor).toContain(id)
      const madeUp = (other: string) =>
        ask(`, after: "${Buffer.from(cursor.replace(id, other)).toString('base64url')}"`)
      const ofNothing = await madeUp(randomUUID())
      for (const name of ['a', 'canon', 'alias', 'used'])
        expect([name, await madeUp(assetIdOf({ namespace: 'xtheirsx', key: `xtheirsx-${name}` }))]).toEqual([
          name,
          ofNothing,
        ])
    },
  )

  test('who may read nothing that is there is told of nothing', async () => {
    const caller = callerOf(servers[walker], tokens.nothing)
    const said: string[] = []
    for (const { text: question } of asked(walker)) {
      // What stands in a question may be said again.
      if (!question.includes('minex')) said.push(await answerTo(caller, question))
    }
    expect(said.length).toBeGreaterThan(10)
    expect(said.join(' ').match(/.{0,40}(?:minex|theirsx).{0,40}/g) ?? []).toEqual([])
  })
})

test('one more of theirs changes no answer about mine, but for what is counted of what may not be seen', async () => {
  const caller = callerOf(servers['the graph in the process'], tokens.mine)
  const ask = async () => {
    const said = new Map<string, string>()
    for (const { text: question } of shallow)
      said.set(question, comparable(await answerTo(caller, about(question, 'xminex'))))
    return said
  }
  const before = await ask()
  await recordOneMore(plain)
  await plain.query(`{ lineage(root: ${ref('a')}, direction: DOWNSTREAM) { watermark } }`)
  const after = await ask()
  for (const [question, answer] of before)
    expectSame(question, uncounted(after.get(question) ?? ''), uncounted(answer))
  // It does change those.
  expect([...before.values()].join()).not.toBe([...after.values()].join())
})

/** Deeply where the graph is in the process; what PostgreSQL walks differs no further than names go. */
function asked(walker: keyof typeof WALKED): SchemaQuery[] {
  return walker === 'PostgreSQL' ? shallow : queries
}

/** The pages behind an answer: three of them, each of one thing. */
async function* pagesOf(
  caller: Caller,
  field: string,
  question: string,
  answer: string,
): AsyncGenerator<string> {
  if (
    schema
      .getQueryType()
      ?.getFields()
      [field]?.args.every(({ name }) => name !== CURSOR) ??
    true
  )
    return
  let page = answer
  for (let count = 0; count < 3; count++) {
    const { data } = JSON.parse(page) as { data: Record<string, Paged | null> | null }
    const { pageInfo, completeness } = data?.[field] ?? {}
    const cursor = completeness?.nextCursor ?? (pageInfo?.hasNextPage === true ? pageInfo.endCursor : null)
    if (cursor == null) return
    const given = `${CURSOR}: ${JSON.stringify(cursor)}`
    const [head = '', ...rest] = question.split(/(?<=^\{ \w+)(?=[( ])/)
    const tail = rest.join('')
    page = await answerTo(
      caller,
      tail.startsWith('(') ? `${head}(${given}, ${tail.slice(1)}` : `${head}(${given})${tail}`,
    )
    yield page
  }
}

interface Paged {
  pageInfo?: { hasNextPage: boolean; endCursor: string | null }
  completeness?: { nextCursor: string | null }
}

/** In whatever format: `w2:` is how each begins, in base64url. */
const WATERMARK = /\bdzI6[\w-]+/g

/** Without the state that an answer is of: whatever else is written on the same PostgreSQL moves it on. */
const stateless = (answer: string) => answer.replace(WATERMARK, '')

/** With what cursors point to, and not with what tells lists apart: that follows from what was asked. */
function comparable(answer: string): string {
  return stateless(answer).replace(/"(\w*[cC]ursor)":"([\w-]+)"/g, (_, name: string, cursor: string) => {
    const [, position] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[]
    return `"${name}":${JSON.stringify(position)}`
  })
}

/** The same without what is counted of what may not be seen. */
function uncounted(answer: string): string {
  return stateless(answer)
    .replace(/"(\w*hidden\w+)":\d+/g, '"$1":0')
    .replace(/,?"PERMISSION"/g, '')
    .replace(/"complete":(true|false)/g, '"complete":null')
}

/** Shows where two long texts differ. */
function expectSame(question: string, one: string, other: string): void {
  let at = 0
  while (at < one.length && one[at] === other[at]) at++
  const shown = (said: string) => (one === other ? '' : said.slice(Math.max(0, at - 100), at + 200))
  expect([question, shown(one)]).toEqual([question, shown(other)])
}
