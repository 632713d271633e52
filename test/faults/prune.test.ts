import { expect, test } from '@jest/globals'
import pg from 'pg'
import { headwater } from '../cli/run-headwater.js'
import { post } from '../harness/ledger.js'
import { createOwnPostgres } from '../harness/own-postgres.js'
import { startServerProcess } from '../harness/server-process.js'
import { note } from './note.js'

const ASSETS = 400
const DAYS = [400, 350, 300, 250, 200, 150, 100, 5]

const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString()

test('kill -9 of PostgreSQL while it is pruned: what is current stays as it is, and the next prune goes on', async () => {
  await using postgres = await createOwnPostgres()
  const variables = { DATABASE_URL: postgres.url }
  await using server = await startServerProcess({ variables })
  const ask = async (query: string, input: object = {}) => {
    const { text } = await post(`${server.url}/graphql`, JSON.stringify({ query, variables: input }))
    return JSON.parse(text)
  }
  for (const days of DAYS) {
    const input = {
      jobId: 'job',
      materializedAt: daysAgo(days),
      assets: Array.from({ length: ASSETS }, (_, at) => ({
        key: `asset ${at}`,
        columns: [{ name: `of ${days}` }],
        upstream: [{ key: `asset ${(at * 7) % ASSETS}` }, { key: 'source' }],
      })),
    }
    expect(await ask(RECORD, { input })).toMatchObject({ data: { recordMaterializations: {} } })
  }
  await sql(postgres.url, 'UPDATE materialization SET recorded_at = materialized_at')

  const before = await ask(CURRENT)
  expect(before.data.assets.totalCount).toBe(ASSETS + 1)
  const prune = () =>
    headwater(['prune', '--older-than', '90d', '--keep-latest', '1', '--yes'], { variables })
  const all = await countOf(postgres.url)
  const pruned = prune()
  while ((await countOf(postgres.url)) === all) await new Promise((resolve) => setTimeout(resolve, 2))
  await postgres.crash()
  expect(await pruned).toMatchObject({ code: 1, stderr: expect.stringMatching(/run this again\n$/) })

  await postgres.start()
  const left = await countOf(postgres.url)
  note(`kill -9 of PostgreSQL during a prune: ${all - left} of ${all} materializations had gone`)
  expect(left).toBeLessThan(all)
  await untilItAnswers(`${server.url}/readyz`)
  expect(await ask(CURRENT)).toEqual(before)
  expect(await headwater(['rebuild', '--check'], { variables })).toMatchObject({ code: 0 })

  expect(await prune()).toMatchObject({ code: 0, stderr: '' })
  expect(await ask(CURRENT)).toEqual(before)
  // The latest; those that were when the pruned time ended; and what the latest were made from.
  expect(await countOf(postgres.url)).toBeLessThanOrEqual(3 * ASSETS)
  expect(await headwater(['rebuild', '--check'], { variables })).toMatchObject({ code: 0 })
}, 300_000)

const RECORD =
  'mutation ($input: RecordMaterializationsInput!) { recordMaterializations(input: $input) { watermark } }'

const CURRENT = `{ assets(first: 1000) { totalCount nodes {
  key columns { name } latestMaterialization { id inputs { asset { key } version isPruned materialization { id } } }
  staleness { status } upstream(scope: CURRENT) { edges { edge { upstream { key } lastSeenAt materializationCount } } } } } }`

async function sql<Row extends object>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<Row>(text)
  await client.end()
  return rows
}

async function countOf(url: string): Promise<number> {
  const [row] = await sql<{ count: number }>(url, 'SELECT count(*)::int AS count FROM materialization')
  return row?.count ?? 0
}

async function untilItAnswers(url: string): Promise<void> {
  while (!(await fetch(url)).ok) await new Promise((resolve) => setTimeout(resolve, 20))
}
