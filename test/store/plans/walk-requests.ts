import { record } from '../../harness/recordings.js'
import type { TestServer } from '../../harness/server.js'
import { walk, walkOn } from '../../harness/walks.js'
import { EARLY, keyed, LATE, MIDDLE, query, type Request } from './request.js'
import { keyAt } from './seed.js'

const DAYS_AGO = new Date(Date.now() - 20 * 86_400_000)

/** A walk as of a time between what the assets were made at: its first pages. */
async function walkThen(server: TestServer, args: { limit: number; [name: string]: unknown }): Promise<void> {
  type Data = { lineage: { completeness: { nextCursor: string | null } } }
  const page = async (after: string | null) => {
    const { lineage } = await server.query<Data, object>(
      `query ($root: String!, $direction: LineageDirection!, $scope: EdgeScope, $limit: Int, $asOf: DateTime, $after: String) {
        lineage(root: { key: $root }, direction: $direction, scope: $scope, limit: $limit, asOf: $asOf, after: $after) {
          nodes { hiddenUpstream } edges { lastSeenAt isCurrent } completeness { nextCursor } } }`,
      { ...args, asOf: DAYS_AGO, after },
    )
    return lineage.completeness.nextCursor
  }
  let after: string | null = null
  for (let pages = 0; pages === 0 || (pages < 3 && after !== null); pages++) after = await page(after)
}

/** Walks over assets, and what else goes over all edges. */
export const WALK_REQUESTS: readonly Request[] = [
  {
    name: '10,000 nodes up',
    send: (server) => walk(server, LATE, { direction: 'UPSTREAM', limit: 10_000 }),
  },
  ...(['ALL', 'CURRENT'] as const).flatMap((scope): Request[] => [
    {
      name: `a walk up, ${scope}`,
      send: (server) => walk(server, LATE, { direction: 'UPSTREAM', scope, limit: 100 }),
    },
    {
      name: `a walk down, ${scope}`,
      send: (server) => walk(server, MIDDLE, { direction: 'DOWNSTREAM', scope, limit: 100 }),
    },
    {
      name: `10,000 nodes down, ${scope}`,
      isLarge: true,
      send: (server) => walk(server, EARLY, { direction: 'DOWNSTREAM', scope, limit: 10_000 }),
    },
    {
      name: `walks as of a time, page by page and with times, ${scope}`,
      isLarge: true,
      send: async (server) => {
        for (const [root, direction] of [
          [LATE, 'UPSTREAM'],
          [MIDDLE, 'DOWNSTREAM'],
        ])
          for (const limit of [50, 10_000]) await walkThen(server, { root, direction, scope, limit })
      },
    },
  ]),
  {
    name: 'a walk up from an asset with a thousand upstreams',
    send: async (server) => {
      const upstream = Array.from({ length: 1_000 }, (_, at) => ({ key: keyAt(200_000 + 50 * at) }))
      await record(server, keyed({ assets: [{ key: 'wide' }], upstream }))
      await walk(server, 'wide', { direction: 'UPSTREAM', limit: 1_100 })
      const asOf = '2100-01-01T00:00:00Z'
      await walk(server, 'wide', { direction: 'UPSTREAM', limit: 1_100, asOf })
      await walk(server, EARLY, { direction: 'DOWNSTREAM', limit: 10_000, asOf })
    },
  },
  {
    name: 'a walk with times, in two pages',
    send: async (server) => {
      for (const scope of ['ALL', 'CURRENT']) {
        const page = async (after?: string) => {
          type Data = { lineage: { completeness: { nextCursor: string } } }
          const { lineage } = await server.query<Data, object>(
            `query ($after: String) { lineage(root: { key: "${LATE}" }, direction: BOTH, scope: ${scope}, limit: 50, after: $after) {
              edges { lastSeenAt } completeness { nextCursor } } }`,
            { after },
          )
          return lineage.completeness.nextCursor
        }
        await page(await page())
      }
    },
  },
  {
    name: 'a walk around a cycle, page by page',
    send: async (server) => {
      for (const [key, upstream] of [
        ['a', 'b'],
        ['b', 'c'],
        ['c', 'a'],
      ] as const)
        await record(
          server,
          keyed({ assets: [{ key: `cycle/${key}` }], upstream: [{ key: `cycle/${upstream}` }] }),
        )
      for (const scope of ['ALL', 'CURRENT'] as const)
        for (const direction of ['UPSTREAM', 'DOWNSTREAM'] as const)
          await walkOn(server, 'cycle/a', { direction, scope, limit: 1 })
    },
  },
  query(
    'a walk summed up',
    `{ lineageSummary(root: { key: "${LATE}" }, direction: UPSTREAM, depth: 6) { nodeCount byKind { kind assetCount } } }`,
  ),
  {
    name: 'unused edges: of all none, so of a namespace, and all',
    isLarge: true,
    send: async (server) => {
      const before = async (time: string) =>
        await server.query<
          object,
          undefined
        >(`{ unusedEdges(notSeenSince: "${time}", namespace: "default", first: 1000) {
          edges { lastSeenAt } completeness { nextCursor } } }`)
      await before('2000-01-01T00:00:00Z')
      await before('2100-01-01T00:00:00Z')
    },
  },
  {
    name: 'cycles',
    isLarge: true,
    send: async (server) => {
      await record(server, keyed({ assets: [{ key: 'itself' }], upstream: [{ key: 'itself' }] }))
      await server.query<object, undefined>(
        '{ lineageCycles(namespace: "default") { cycles { edges { lastSeenAt } } } }',
      )
    },
  },
  ...['ALL', 'CURRENT'].map((scope) =>
    query(
      `paths, ${scope}`,
      `{ lineagePaths(from: { key: "${EARLY}" }, to: { key: "${MIDDLE}" }, scope: ${scope}) { paths { length } } }`,
    ),
  ),
]
