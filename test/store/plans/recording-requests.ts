import { runEvent, sendEvents } from '../../harness/lineage-events.js'
import { record, unique } from '../../harness/recordings.js'
import type { TestServer } from '../../harness/server.js'
import { EARLY, keyed, latest, MIDDLE, query, type Request } from './request.js'
import { keyAt } from './seed.js'

async function materializationId(server: TestServer): Promise<string> {
  type Data = { asset: { latestMaterialization: { id: string } } }
  return (await server.query<Data, undefined>(latest('id'))).asset.latestMaterialization.id
}

async function check(server: TestServer, input: object): Promise<void> {
  await server.query<object, object>(
    'mutation ($input: RecordCheckResultsInput!) { recordCheckResults(input: $input) { id } }',
    { input: { checks: [{ name: 'rows', status: 'PASSED' }], ...input } },
  )
}

/** Everything that writes. */
export const RECORDING_REQUESTS: readonly Request[] = [
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
    send: async (server) => {
      const moved = () => ({
        storageEventId: 1_000,
        partitionKey: unique('moved'),
        assets: [{ key: keyAt(1_000) }],
      })
      await record(server, moved())
      await record(server, moved())
    },
  },
  {
    name: 'a storage event again, of which an input has been pruned',
    send: async (server) => {
      const again = () =>
        record(server, {
          storageEventId: 1_001,
          assets: [{ key: keyAt(1_001), codeVersion: unique('code') }],
          upstream: [{ key: EARLY }],
        })
      await again()
      await server.database.sql(
        `UPDATE materialization_input i SET pruned_id = i.upstream_id FROM asset a, materialization m
         WHERE a.key = $1 AND m.asset_id = a.id AND m.storage_event_id = 1001
           AND i.asset_id = m.asset_id AND i.materialization_id = m.id`,
        [keyAt(1_001)],
      )
      await again()
    },
  },
  {
    name: 'checks, and again',
    send: async (server) => {
      const input = { materializationId: await materializationId(server), idempotencyKey: unique('key') }
      await check(server, input)
      await check(server, input)
    },
  },
  {
    name: 'events of a run',
    send: async (server) => {
      const facets = {
        tags: { tags: [{ key: 'tier', value: unique('tier') }] },
        ownership: { owners: [{ name: unique('owner') }] },
      }
      const outputs = [{ namespace: 'default', name: MIDDLE, facets }]
      const at = new Date().toISOString()
      await sendEvents(server, [runEvent('a.job', unique('run'), 'COMPLETE', at, { outputs })])
    },
  },
  {
    name: 'what a run asserts, and takes back',
    send: async (server) => {
      const run = unique('run')
      const said = (at: number, facet: object) =>
        runEvent('a.job', run, 'RUNNING', new Date(Date.now() + at).toISOString(), {
          inputs: [{ namespace: 'default', name: MIDDLE, inputFacets: { dataQualityAssertions: facet } }],
        })
      await sendEvents(server, [
        said(0, { assertions: [{ assertion: 'unique', success: true }] }),
        said(1, { _deleted: true }),
      ])
    },
  },
  {
    name: 'what a run drops, and does not drop after all',
    send: async (server) => {
      const run = unique('run')
      const said = (at: number, lifecycleStateChange: string) =>
        runEvent('a.job', run, 'COMPLETE', new Date(Date.now() + at).toISOString(), {
          outputs: [
            {
              namespace: 'default',
              name: MIDDLE,
              facets: { lifecycleStateChange: { lifecycleStateChange } },
            },
          ],
        })
      await sendEvents(server, [said(0, 'DROP'), said(1, 'OVERWRITE')])
    },
  },
  {
    name: 'a run that was not made from all that it used',
    send: async (server) => {
      const run = unique('run')
      const said = (at: number, facets: Record<string, unknown>) =>
        runEvent('a.job', run, 'COMPLETE', new Date(Date.now() + at).toISOString(), {
          inputs: [{ namespace: 'default', name: EARLY }],
          outputs: [{ namespace: 'default', name: MIDDLE, facets }],
        })
      await sendEvents(server, [said(0, {}), said(1, { lineage: { inputs: [] } })])
    },
  },
  {
    name: 'a name that turns out to be another name of an asset',
    send: async (server) => {
      const name = unique('alias')
      await record(server, { assets: [{ key: name, upstream: [{ key: EARLY }] }] })
      await server.query<object, object>(
        'mutation ($key: String!) { retireAsset(asset: { key: $key }) { id } }',
        {
          key: name,
        },
      )
      const facets = { symlinks: { identifiers: [{ namespace: 'default', name }] } }
      const outputs = [{ namespace: 'default', name: MIDDLE, facets }]
      await sendEvents(server, [
        runEvent('a.job', unique('run'), 'COMPLETE', new Date().toISOString(), { outputs }),
      ])
      await record(server, { assets: [{ key: unique('made') }], upstream: [{ key: name }] })
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
]
