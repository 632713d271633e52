import { provenance } from '../../harness/provenance.js'
import { record, unique } from '../../harness/recordings.js'
import type { TestServer } from '../../harness/server.js'
import { asset, keyed, large, latest, MIDDLE, query, type Request } from './request.js'
import { keyAt, LONG_HISTORY } from './seed.js'

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

/** Of the first version of an asset that has four. */
async function firstMaterializationId(server: TestServer, key: string): Promise<string> {
  type Data = { materializationByVersion: { id: string } }
  const { materializationByVersion } = await server.query<Data, undefined>(
    `{ materializationByVersion(asset: { key: "${key}" }, version: "v0") { id } }`,
  )
  return materializationByVersion.id
}

/** What is asked of one asset, materialization or run, and lists of them. */
export const LOOK_UP_REQUESTS: readonly Request[] = [
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
  large(
    query('neighbours of many', `{ assets(first: 100) { nodes { ${NEIGHBOURS} } } }`, {
      because: FILTERED,
      uses: ['asset_sort_key_idx'],
    }),
  ),

  query(
    'a version looked up',
    `{ materializationByVersion(asset: { key: "${MIDDLE}" }, version: "v2") { id } }`,
  ),
  query('other names', asset('aliases { key }')),
  query('an asset that is not there', '{ asset(key: "nobody") { id } }'),
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
    isLarge: true,
    send: async (server) => {
      const id = await firstMaterializationId(server, keyAt(2))
      await provenance(server, id, { direction: 'DOWNSTREAM', limit: 10_000 })
    },
  },
  {
    name: 'provenance of what has a thousand inputs',
    isLarge: true,
    send: async (server) => {
      const upstream = Array.from({ length: 1_000 }, (_, at) => ({ key: keyAt(200_000 + 50 * at) }))
      const run = keyed({ assets: [{ key: unique('wide') }], upstream })
      const [wide] = (await record(server, run)).materializations
      await provenance(server, wide?.id ?? '', { direction: 'UPSTREAM', limit: 10_000 })
    },
  },
  query(
    'a long history',
    `{ asset(key: "${keyAt(LONG_HISTORY)}") { materializations { ${PAGE} } checks { ${PAGE} totalCount } } }`,
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
  query('checks of a materialization', latest(`checks { ${PAGE} totalCount }`), {
    because: FILTERED,
    uses: ['check_result_asset_id_materialization_id_checked_at_id_idx'],
  }),
  query(
    'checks of many',
    `{ assets(first: 50) { nodes { checks(first: 5) { ${PAGE} totalCount } latestMaterialization { checks(first: 5) { ${PAGE} totalCount } } } } }`,
    {
      because: FILTERED,
      uses: CHECKS,
    },
  ),
  {
    name: 'checks by their ids',
    send: async (server) => {
      type Data = { asset: { checks: { nodes: { id: string }[] } } }
      const { asset: found } = await server.query<Data, undefined>(asset('checks { nodes { id } }'))
      for (const { id } of found.checks.nodes.slice(0, 4))
        await server.query<object, object>('query ($id: ID!) { node(id: $id) { id } }', { id })
    },
    composed: { because: FILTERED, uses: CHECKS },
  },
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
