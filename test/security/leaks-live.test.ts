import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { buildSchema } from 'graphql'
import { grant, startGuardedServer, tokenFor } from '../harness/callers.js'
import { record } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'
import { subscribe } from '../harness/subscriber.js'
import { namespacesOf, recordTenants } from '../harness/tenants.js'
import { everyQuery } from '../harness/whole-schema.js'
import { VALUES } from './leaks/questions.js'

// Two tenants record the same, each in namespaces of its own, and use what the other makes. Every subscription that the
// schema has is followed from the beginning on, with every field of what comes, by who may read one of them.

/** Before everything. */
const START = Buffer.from('w2:3').toString('base64url')

let plain: TestServer
let server: TestServer
let tokens: Record<'mine' | 'all', string>
/** Of each subscription everything that can be asked for, in three levels. */
const selections: Record<string, string> = {}

beforeAll(async () => {
  plain = await startTestServer()
  await recordTenants(plain)
  server = await startGuardedServer({
    database: plain.database,
    variables: {
      HEADWATER_QUERY_ALIASES: '100000',
      HEADWATER_QUERY_SAME_KEY: '100000',
      HEADWATER_QUERY_COST: '1000000000000',
    },
  })
  tokens = {
    mine: await tokenFor(plain, [grant('READ', ...namespacesOf('xminex'))]),
    all: await tokenFor(plain, [grant('READ')]),
  }
  const schema = buildSchema(await readFile(join(import.meta.dirname, '../../schema/schema.graphql'), 'utf8'))
  const fields = everyQuery(
    schema,
    { ...VALUES, after: [JSON.stringify(START)] },
    () => 3,
    schema.getSubscriptionType(),
  )
  /** Of each field the first, with as little said as it lets. */
  for (const { field, text } of fields)
    selections[field] ??= text.slice(text.indexOf('{', text.indexOf(field)), -1)
}, 120_000)
afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
  await plain?.[Symbol.asyncDispose]()
})

/** All that a subscription says until it tells of something. */
async function told(field: string, given: string, token: string, last: string): Promise<string> {
  const query = `subscription { ${field}${given} ${selections[field]} }`
  await using subscription = subscribe(server.url, query, { transport: 'event stream', token })
  let all = ''
  while (!all.includes(last)) {
    const answer = JSON.stringify(await subscription.answer())
    if (answer === 'null') throw new Error(`nothing more comes behind ${all.slice(-1_000)}`)
    all += answer
  }
  return all
}

/** A DAG run of both, in which something is made of each, is complete; and something of each is stale. */
async function recordLast(): Promise<void> {
  for (const namespace of ['xtheirsx', 'xminex']) {
    const [raw, last] = [`${namespace}-raw-mark`, `${namespace}-mark`]
    await record(plain, { assets: [{ namespace, key: raw, version: '1' }] })
    await record(plain, {
      dagId: 'shared-dag',
      nodeTaskId: `${namespace}-mark-node`,
      assets: [{ namespace, key: last, upstream: [{ namespace, key: raw }] }],
    })
    await record(plain, { assets: [{ namespace, key: raw, version: '2' }] })
  }
}

const ASKED = {
  'what is recorded': ['materializationRecorded', `(after: "${START}")`, 'xminex-mark"'],
  'what is recorded of assets of both': [
    'materializationRecorded',
    `(after: "${START}", assets: { keys: ["xtheirsx-a", "xtheirsx-mark", "xminex-mark"] })`,
    'xminex-mark"',
  ],
  'how a run of both is': ['dagStatusChanged', '(dagId: "shared-dag")', 'xminex-mark-node'],
  'what is stale': ['stalenessChanged', '(withStale: true)', 'xminex-mark"'],
} as const

test('every subscription is asked for', () => {
  expect(Object.keys(selections).sort()).toEqual(
    [...new Set(Object.values(ASKED).map(([field]) => field))].sort(),
  )
})

test.each(Object.entries(ASKED))(
  '%s: who may read mine is told nothing of theirs; who may read all is',
  async (_what, asked) => {
    const [field, given, last] = asked
    await recordLast()
    expect(await told(field, given, tokens.mine, last)).not.toContain('theirs')
    expect(await told(field, given, tokens.all, last)).toContain('xtheirsx')
  },
)
