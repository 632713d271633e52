import { headwater, type Run, type RunOptions } from '../cli/run-headwater.js'
import { age } from './age.js'
import { record } from './recordings.js'
import type { TestServer } from './server.js'

/** Prunes what is older than 90 days. */
export const prune = (server: TestServer, args: string[], options: RunOptions = {}): Promise<Run> =>
  headwater(['prune', '--older-than', '90d', ...args], {
    ...options,
    variables: { DATABASE_URL: server.database.url },
  })

const NOW = Date.now()

/** A time that many days before now. */
export const daysAgo = (days: number): string => new Date(NOW - days * 86_400_000).toISOString()

/** raw, seven times, and a report of each; the third is older than that which is pruned. */
export async function makeHistory(server: TestServer): Promise<string[]> {
  const reports: string[] = []
  for (const days of [200, 180, 160, 140, 120, 100, 5]) {
    await record(server, {
      idempotencyKey: `raw ${days}`,
      materializedAt: daysAgo(days),
      assets: [{ key: 'raw', version: `v${days}` }],
    })
    const { materializations } = await record(server, {
      idempotencyKey: `report ${days}`,
      materializedAt: daysAgo(days - 1),
      assets: [{ key: 'report' }],
      upstream: [{ key: 'raw' }],
    })
    reports.push(materializations[0]?.id ?? '')
  }
  await age(server)
  return reports
}

/** How many rows a table has. */
export async function countOf(server: TestServer, table: string): Promise<number | undefined> {
  const [row] = await server.database.sql<{ count: number }>(`SELECT count(*)::int AS count FROM ${table}`)
  return row?.count
}
