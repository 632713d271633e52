import { provenance } from '../../harness/provenance.js'
import { type Run, record, unique } from '../../harness/recordings.js'
import type { TestServer } from '../../harness/server.js'
import { walk, walkOn } from '../../harness/walks.js'
import { keyAt, LONG_HISTORY } from './seed.js'

/** Something that clients ask, small or as large as it may be. */
export interface Request {
  name: string
  send(server: TestServer): Promise<unknown>
  /** Of a request for which a statement is put together from what was asked: why, and which indexes that uses. */
  composed?: { because: string; uses: readonly string[] }
}

const EARLY = keyAt(3)
const MIDDLE = keyAt(100_000)
const LATE = keyAt(259_999)
const DAYS_AGO = new Date(Date.now() - 20 * 86_400_000)

const query = (name: string, text: string, composed?: Request['composed']): Request => ({
  name,
  send: (server) => server.query<object, undefined>(text),
  ...(composed === undefined ? {} : { composed }),
})

const asset = (fields: string) => `{ asset(key: "${MIDDLE}") { ${fields} } }`
const latest = (fields: string) => asset(`latestMaterialization { ${fields} }`)
const NEIGHBOURS = ['ALL', 'CURRENT']
  .map(
    (scope) =>
      `up${scope}: upstream(scope: ${scope}) { edges { edge { isCurrent } } totalCount } down${scope}: downstream(scope: ${scope}) { edges { edge { isCurrent } } totalCount }`,
  )
  .join(' ')
const PROVENANCE = ['UPSTREAM', 'DOWNSTREAM']
  .map((way) => `${way}: lineage(direction: ${way}) { nodes { unresolvedInputs } edges { resolution } }`)
  .join(' ')
const PAGE = 'nodes { id } pageInfo { endCursor }'

const PRISMA = 'Prisma writes lists with optional filters'
const FILTERED = 'its filter and its cursor are put in where they are given'
const CHECKS = ['check_result_asset_id_checked_at_id_idx', 'check_result_pkey']
const HISTORY = ['materialization_asset_id_materialized_at_id_idx', 'materialization_pkey']

/** A walk as of a time between what the assets were made at, continued once. */
async function walkThen(server: TestServer, args: { limit: number; [name: string]: unknown }): Promise<void> {
  type Data = { lineage: { completeness: { nextCursor: string | null } } }
  const page = async (after: string | null) => {
    const { lineage } = await server.query<Data, object>(
      `query ($root: String!, $direction: LineageDirection!, $scope: EdgeScope, $limit: Int, $asOf: DateTime, $after: String, $few: Boolean!) {
        lineage(root: { key: $root }, direction: $direction, scope: $scope, limit: $limit, asOf: $asOf, after: $after) {
          nodes { hiddenUpstream } edges { lastSeenAt isCurrent @include(if: $few) } completeness { nextCursor } } }`,
      { ...args, asOf: DAYS_AGO, after, few: args.limit <= 100 },
    )
    return lineage.completeness.nextCursor
  }
  await page(await page(null))
}

/** A key that is not used again. */
const keyed = (run: Run): Run => ({ idempotencyKey: unique('key'), ...run })

const SELECTED = 'its text is that of the selection'
const selecting = (name: string, text: string, uses: readonly string[]): Request =>
  query(name, text, { because: SELECTED, uses })

async function materializationId(server: TestServer): Promise<string> {
  type Data = { asset: { latestMaterialization: { id: string } } }
  return (await server.query<Data, undefined>(latest('id'))).asset.latestMaterialization.id
}

/** Of the first version of an asset that has four. */
async function firstMaterializationId(server: TestServer, key: string): Promise<string> {
  type Data = { materializationByVersion: { id: string } }
  const { materializationByVersion } = await server.query<Data, undefined>(
    `{ materializationByVersion(asset: { key: "${key}" }, version: "v0") { id } }`,
  )
  return materializationByVersion.id
}

async function check(server: TestServer, input: object): Promise<void> {
  await server.query<object, object>(
    'mutation ($input: RecordCheckResultsInput!) { recordCheckResults(input: $input) { id } }',
    { input: { checks: [{ name: 'rows', status: 'PASSED' }], ...input } },
  )
}

/** What a server with the graph in its process sends beside, or instead. */
export const GRAPH_REQUESTS: readonly Request[] = [
  {
    name: 'from the graph: a current walk, of which nothing is known yet at first',
    send: (server) => walk(server, LATE, { direction: 'UPSTREAM', scope: 'CURRENT', limit: 100 }),
  },
  {
    name: 'from the graph: a walk up with times',
    send: (server) => walk(server, LATE, { direction: 'UPSTREAM', limit: 10_000 }),
  },
  {
    name: 'from the graph: a recording of what is known',
    send: (server) => record(server, keyed({ assets: [{ key: MIDDLE }], upstream: [{ key: EARLY }] })),
  },
  {
    name: 'from the graph: what others have recorded',
    send: async (server) => {
      await record(server, keyed({ assets: [{ key: MIDDLE }], upstream: [{ key: unique('new') }] }))
      await server.seeDatabase()
    },
  },
]

/** Each kind of request once at least; together they send every statement that the store prepares. */
export const REQUESTS: readonly Request[] = [
  { name: 'readiness', send: (server) => fetch(`${server.url}/readyz`) },

  {
    name: 'a recording',
    send: (server) => record(server, keyed({ assets: [{ key: MIDDLE }], upstream: [{ key: EARLY }] })),
  },
  {
    name: 'a recording of a thousand assets',
    send: (server) =>
      record(server, {
        assets: Array.from({ length: 1_000 }, (_, at) => ({ key: keyAt(200_000 + at) })),
        upstream: [{ key: EARLY }],
      }),
  },
  {
    name: 'a recording repeated',
    send: async (server) => {
      const run = keyed({ assets: [{ key: keyAt(90_000) }] })
      await record(server, run)
      await record(server, run)
    },
  },
  {
    name: 'a storage event again, in another partition',
    send: (server) =>
      record(server, {
        storageEventId: 1_000,
        partitionKey: unique('moved'),
        assets: [{ key: keyAt(1_000) }],
      }),
  },
  {
    name: 'checks, and again',
    send: async (server) => {
      const input = { materializationId: await materializationId(server), idempotencyKey: unique('key') }
      await check(server, input)
      await check(server, input)
    },
  },
  query(
    'an asset described',
    `mutation { updateAsset(input: { asset: { key: "${MIDDLE}" }, owners: ["me"], kind: "json" }) { id } }`,
  ),
  query(
    'an asset retired and restored',
    `mutation { retireAsset(asset: { key: "${MIDDLE}" }) { id } restoreAsset(asset: { key: "${MIDDLE}" }) { id } }`,
  ),
  query(
    'expectations registered',
    `mutation { registerAssetConfig(input: { dagId: "run-7", nodes: [{ nodeTaskId: "node-7", upstreamNodes: ["node-6"], assets: [{ key: "${MIDDLE}" }] }] }) { nodeCount } }`,
  ),

  query(
    'expectations registered where there are none',
    `mutation { registerAssetConfig(input: { dagId: "run-8", unlessRegistered: true, nodes: [{ nodeTaskId: "node-8", assets: [{ key: "${MIDDLE}" }] }] }) { nodeCount } }`,
  ),
  query(
    'an asset described where nothing is said of it',
    `mutation { updateAsset(input: { asset: { key: "${MIDDLE}" }, owners: ["us"], unlessStated: true }) { id } }`,
  ),

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
      name: `10,000 nodes up, ${scope}`,
      send: (server) => walk(server, LATE, { direction: 'UPSTREAM', scope, limit: 10_000 }),
    },
    {
      name: `10,000 nodes down, ${scope}`,
      send: (server) => walk(server, EARLY, { direction: 'DOWNSTREAM', scope, limit: 10_000 }),
    },
    {
      name: `walks as of a time, page by page and with times, ${scope}`,
      send: async (server) => {
        for (const [root, direction] of [
          [LATE, 'UPSTREAM'],
          [MIDDLE, 'DOWNSTREAM'],
        ])
          for (const limit of [100, 10_000]) await walkThen(server, { root, direction, scope, limit })
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
    send: async (server) => {
      await record(server, keyed({ assets: [{ key: 'itself' }], upstream: [{ key: 'itself' }] }))
      for (const scope of ['ALL', 'CURRENT'])
        await server.query<object, undefined>(
          `{ lineageCycles(namespace: "default", scope: ${scope}) { cycles { edges { lastSeenAt } } } }`,
        )
    },
  },
  ...['ALL', 'CURRENT'].map((scope) =>
    query(
      `paths, ${scope}`,
      `{ lineagePaths(from: { key: "${EARLY}" }, to: { key: "${MIDDLE}" }, scope: ${scope}) { paths { length } } }`,
    ),
  ),
  query('impact', asset('impact { transitiveConsumers recentJobs }'), { because: FILTERED, uses: HISTORY }),
  query('staleness', asset('staleness { status }')),
  {
    name: 'staleness of what is deep',
    send: async (server) => {
      for (let at = 1; at <= 6; at++)
        await record(
          server,
          keyed({ assets: [{ key: `deep/${at}`, upstream: [{ key: `deep/${at - 1}` }] }] }),
        )
      await server.query<object, undefined>('{ asset(key: "deep/6") { staleness { status } } }')
    },
  },
  query('neighbours', asset(NEIGHBOURS)),
  query('neighbours of many', `{ assets(first: 100) { nodes { ${NEIGHBOURS} } } }`, {
    because: FILTERED,
    uses: ['asset_sort_key_idx'],
  }),

  query(
    'a version looked up',
    `{ materializationByVersion(asset: { key: "${MIDDLE}" }, version: "v2") { id } }`,
  ),
  query('inputs', latest('inputs { resolution materialization { id } }')),
  query('consumers', latest('consumers { totalCount nodes { id } }')),
  query('provenance', latest(PROVENANCE)),
  {
    name: 'provenance of the first, in two pages',
    send: async (server) => {
      const id = await firstMaterializationId(server, keyAt(2))
      const { completeness } = await provenance(server, id, { direction: 'BOTH', limit: 50 })
      await provenance(server, id, {
        direction: 'BOTH',
        limit: 50,
        after: completeness.nextCursor,
      })
    },
  },
  {
    name: '10,000 materializations down',
    send: async (server) => {
      const id = await firstMaterializationId(server, keyAt(2))
      await provenance(server, id, { direction: 'DOWNSTREAM', limit: 10_000 })
    },
  },
  {
    name: 'provenance of what has a thousand inputs',
    send: async (server) => {
      const upstream = Array.from({ length: 1_000 }, (_, at) => ({ key: keyAt(200_000 + 50 * at) }))
      const run = keyed({ assets: [{ key: unique('wide') }], upstream })
      const [wide] = (await record(server, run)).materializations
      await provenance(server, wide?.id ?? '', { direction: 'UPSTREAM', limit: 10_000 })
    },
  },
  query(
    'a long history',
    `{ asset(key: "${keyAt(LONG_HISTORY)}") { materializations { ${PAGE} } checks { ${PAGE} } } }`,
    {
      because: FILTERED,
      uses: [...HISTORY, ...CHECKS],
    },
  ),
  query('a history', asset(`materializations { ${PAGE} }`), { because: FILTERED, uses: HISTORY }),
  query('checks', asset(`checks { ${PAGE} totalCount }`), {
    because: FILTERED,
    uses: CHECKS,
  }),
  query('all materializations', `{ materializations { ${PAGE} } }`, {
    because: PRISMA,
    uses: ['materialization_materialized_at_id_asset_id_dag_id_idx'],
  }),
  query(
    'materializations of a run',
    `{ materializations(filter: { dagId: "run-7700" }) { ${PAGE} totalCount } }`,
    {
      because: PRISMA,
      uses: ['materialization_dag_id_materialized_at_id_idx'],
    },
  ),
  query(
    'assets by a part of the key',
    '{ assets(filter: { search: "set-12345" }) { nodes { id } totalCount } }',
    {
      because: FILTERED,
      uses: ['asset_key_idx'],
    },
  ),
  ...(
    [
      [`"${MIDDLE}"`, ['asset_key_idx']],
      ['key:"*set-12345*"', ['asset_key_idx']],
      ['namespace:default and key:"stage-7/dataset-10000*"', ['asset_sort_key_idx']],
      ['tag:team', ['asset_tags_idx']],
      ['tag:team=ocr or tag:tier=1', ['asset_tags_idx']],
      ['owner:me', ['asset_owners_idx']],
    ] as const
  ).flatMap(([selection, uses]) => [
    selecting(
      `listed: ${selection}`,
      `{ assets(selection: ${JSON.stringify(selection)}) { nodes { id } totalCount } }`,
      uses,
    ),
    selecting(
      `walked: ${selection}`,
      `{ assets(selection: ${JSON.stringify(`${selection} or 1+(${selection})`)}) { nodes { id } totalCount } }`,
      uses,
    ),
  ]),
  // A list of them goes by name, where PostgreSQL expects so many that it soon has a page.
  selecting('walked: kind:rare', '{ assets(selection: "kind:rare or 1+kind:rare") { totalCount } }', [
    'asset_state_kind_idx',
    'asset_state_kinds_idx',
  ]),
  selecting('all assets selected', '{ assets(selection: "*") { nodes { id } } }', ['asset_sort_key_idx']),
  selecting(
    'what another asset was not made from',
    `{ assets(selection: ${JSON.stringify(`not 1+"${LATE}"`)}, first: 1) { totalCount } }`,
    ['asset_key_idx'],
  ),
  selecting(
    'the lineage of a selection',
    `{ lineageOfSelection(selection: ${JSON.stringify(`2+"${MIDDLE}"+1 and status:stale`)}, contract: true) { nodes { hiddenUpstream } edges { viaCount lastSeenAt } } }`,
    ['asset_key_idx'],
  ),
  ...['dataset-12345', 'stage', 'dataste 77', 'd', 'nothing'].flatMap((text) => [
    query(`a search: ${text}`, `{ searchAssets(query: "${text}") { complete hits { asset { id } } } }`),
    query(
      `a search in a namespace: ${text}`,
      `{ searchAssets(query: "${text}", namespace: "default", kinds: ["json"]) { complete } }`,
    ),
  ]),
  {
    name: 'assets that cannot be searched yet',
    send: async (server) => {
      await server.database.sql(
        `DELETE FROM asset_search WHERE asset_id = (SELECT id FROM asset WHERE key = '${keyAt(4)}')`,
      )
      await server.seeDatabase('anew')
    },
  },
  query('health', '{ assetHealth { materializationCount } }'),
  query('health of a namespace', '{ assetHealth(namespace: "default") { materializationCount } }'),
  query('the status of a DAG run', '{ dagStatus(dagId: "run-7700") { nodeTaskId missingRequiredAssets } }'),
  query('the status of a node', '{ nodeStatus(dagId: "run-7700", nodeTaskId: "node-77") { isComplete } }'),
  query('upstream assets', '{ upstreamAssets(dagId: "run-7700", nodeTaskId: "node-77") { version } }'),
  query(
    'upstream assets, as registered',
    '{ upstreamAssets(dagId: "run-7", nodeTaskId: "node-7") { version } }',
  ),
]
