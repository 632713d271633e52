import { asking } from '../../harness/asking.js'
import { grant, tokenFor } from '../../harness/callers.js'
import type { TestServer } from '../../harness/server.js'
import { asset, latest, query, type Request } from './request.js'

const WRITTEN = 'its text is that of what was asked'
const PAGE = 'nodes { id } pageInfo { endCursor }'
const NEIGHBOURS = ['ALL', 'CURRENT']
  .map(
    (scope) =>
      `up${scope}: upstream(scope: ${scope}) { totalCount } down${scope}: downstream(scope: ${scope}) { totalCount }`,
  )
  .join(' ')
const PARTS = `children { ${PAGE} totalCount } inputs { ${PAGE} } outputs { ${PAGE} }
  materializations { totalCount nodes { id } }`

/** What is asked by who may not see everything. */
export const SEEN_REQUESTS: readonly Request[] = [
  query('seen: an asset with its names', asset('key aliases { key } staleness { hiddenCauses }')),
  query('seen: neighbours', asset(NEIGHBOURS)),
  query(
    'seen: inputs and consumers',
    latest('inputs { version } hiddenInputs consumers { totalCount } hiddenConsumers'),
  ),
  query('seen: runs with their parts', `{ runs(first: 20) { totalCount nodes { ${PARTS} } } }`, {
    because: WRITTEN,
    uses: ['run_begun_at_id_idx'],
  }),
  query('seen: all materializations', `{ materializations(first: 20) { ${PAGE} } }`, {
    because: WRITTEN,
    uses: ['materialization_materialized_at_id_asset_id_dag_id_idx', 'asset_pkey'],
  }),
  query('seen: assets by a part of the key', '{ assets(filter: { search: "set-12345" }) { nodes { id } } }', {
    because: WRITTEN,
    uses: ['asset_key_idx'],
  }),
  query(
    'seen: what is not selected',
    `{ assets(selection: ${JSON.stringify('not 1+"nobody"')}, first: 1) { nodes { id } } }`,
    { because: WRITTEN, uses: ['asset_key_idx'] },
  ),
  ...['dataset-12345', 'stage', 'dataste 77', 'd'].flatMap((text) => [
    query(`seen: a search: ${text}`, `{ searchAssets(query: "${text}") { complete hits { asset { id } } } }`),
    query(
      `seen: a search in a namespace: ${text}`,
      `{ searchAssets(query: "${text}", namespace: "default") { complete } }`,
    ),
  ]),
  query('seen: health', '{ assetHealth { materializationCount } }'),
  query(
    'seen: unused edges',
    '{ unusedEdges(notSeenSince: "9999-01-01T00:00:00Z", first: 1000) { edges { viaCount } completeness { nextCursor } } }',
  ),
  query('seen: upstream assets', '{ upstreamAssets(dagId: "run-7700", nodeTaskId: "node-77") { version } }'),
]

/** The same server, asked by who may see what has been seeded, and not everything. */
export async function seenBy(server: TestServer): Promise<TestServer> {
  return asking(server, await tokenFor(server, [grant('READ', 'default', 'jobs', 'nobody')]))
}
