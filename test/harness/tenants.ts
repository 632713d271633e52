import type { EventDataset } from './lineage-events.js'
import { runEvent, sendEvents } from './lineage-events.js'
import { minute, record } from './recordings.js'
import type { TestServer } from './server.js'

/** Whoever has namespaces of its own: all that it says holds its name. */
export type Tenant = 'xminex' | 'xtheirsx'

/** Milliseconds that only the times of `xtheirsx` have. */
const THEIR_MS = '.777Z'

/** The namespaces of a tenant. */
export const namespacesOf = (name: string) => [name, `${name}-jobs`]

/**
 * Two tenants that use what the other makes: everything that can be recorded, by each, and of each the same. `shared-dag`
 * is a DAG run of both; a node of it makes assets of both.
 */
export async function recordTenants(server: TestServer): Promise<void> {
  const tenants: [Tenant, Tenant][] = [
    ['xtheirsx', 'xminex'],
    ['xminex', 'xtheirsx'],
  ]
  for (const [own, other] of tenants) await recordTables(server, own, other)
  for (const [own, other] of tenants) await recordMore(server, own, other)
  for (const [own, other] of tenants) await sendRuns(server, own, other)
  await register(
    server,
    'both-node',
    tenants.map(([own]) => ({ namespace: own, key: `${own}-b` })),
    [],
  )
  for (const [own, other] of tenants) {
    await register(
      server,
      `${own}-node`,
      [`${own}-a`, `${own}-awaited`].map((key) => ({ namespace: own, key })),
      [],
    )
    await register(
      server,
      `${own}-late`,
      [{ namespace: own, key: `${own}-last` }],
      ['both-node', `${own}-node`, `${other}-node`],
    )
  }
}

/** At a minute; of `xtheirsx` some milliseconds later. */
const timeOf = (own: Tenant, at: number) =>
  own === 'xtheirsx' ? minute(at).replace('.000Z', THEIR_MS) : minute(at)

const made = (own: Tenant, name: string, version = `${own}-v1`) => ({
  namespace: own,
  key: `${own}-${name}`,
  version,
  kind: `${own}-kind`,
  kinds: [`${own}-technology`],
  description: `${own} describes`,
  uri: `s3://${own}/${name}`,
  checksum: `${own}-checksum`,
  codeVersion: `${own}-code`,
  metadata: { [`${own}-member`]: `${own}-value` },
  sizeBytes: own === 'xtheirsx' ? '444555666' : '1',
})

const up = (own: Tenant, name: string) => ({ namespace: own, key: `${own}-${name}` })

/** What each makes, of its own and of what the other makes. */
async function recordTables(server: TestServer, own: Tenant, other: Tenant): Promise<void> {
  const job = { jobId: `${own}-job`, dagId: 'shared-dag', nodeTaskId: `${own}-node` }
  const column = (name: string, of: Tenant) => ({ asset: up(of, 'a'), column: `${of}-${name}` })
  await record(server, {
    ...job,
    materializedAt: timeOf(own, 1),
    storageEventId: own === 'xtheirsx' ? '777888999' : '5',
    assets: [
      {
        ...made(own, 'a'),
        partitionKey: `${own}-part`,
        columns: [{ name: `${own}-x`, type: `${own}-type`, description: `${own} column` }],
      },
    ],
    upstream: [up(own, 'raw')],
  })
  await record(server, { ...job, materializedAt: timeOf(own, 2), assets: [made(own, 'a')] })
  await record(server, {
    ...job,
    nodeTaskId: 'both-node',
    materializedAt: timeOf(own, 3),
    assets: [
      {
        ...made(own, 'b'),
        columns: [
          { name: `${own}-y`, inputs: [column('x', own), column('x', other)] },
          { name: `${own}-z`, inputs: [column('x', other)] },
        ],
        columnDependencies: [
          { ...column('x', other), transformations: [{ type: 'INDIRECT', description: `${own} joins` }] },
        ],
      },
    ],
    upstream: [up(own, 'a'), up(other, 'a'), { ...up(other, 'a'), version: `${other}-v1` }],
  })
}

/** Ways through the other, cycles of both, and what is stale. */
async function recordMore(server: TestServer, own: Tenant, other: Tenant): Promise<void> {
  const at = (time: number) => ({ jobId: `${own}-job`, materializedAt: timeOf(own, time) })
  const from = (name: string, ...upstream: ReturnType<typeof up>[]) => ({ ...made(own, name), upstream })
  await record(server, {
    ...at(4),
    assets: [
      from('c', up(own, 'b'), up(other, 'b')),
      from('d', up(other, 'b')),
      from('e', up(own, 'f')),
      from('f', up(own, 'e')),
      from('g', up(other, 'g'), up(own, 'd')),
      from('h', up(own, 'c')),
    ],
  })
  await record(server, {
    ...at(5),
    dagId: `${own}-dag`,
    nodeTaskId: `${own}-late`,
    assets: [from('last', up(own, 'h'), up(other, 'a'))],
  })
  await record(server, { ...at(9), assets: [made(own, 'a', `${own}-v2`)] })
  const asset = { namespace: own, key: `${own}-a` }
  const said = { asset, tags: { [`${own}-tag`]: `${own}-said` }, owners: [`${own}-owner`] }
  await server.query('mutation ($input: UpdateAssetInput!) { updateAsset(input: $input) { key } }', {
    input: said,
  })
  await server.query('mutation ($asset: AssetRef!) { retireAsset(asset: $asset) { key } }', {
    asset: up(own, 'e'),
  })
  const { materializationByVersion } = await server.query<
    { materializationByVersion: { id: string } },
    object
  >(
    'query ($asset: AssetRef!, $version: String!) { materializationByVersion(asset: $asset, version: $version) { id } }',
    { asset: up(own, 'b'), version: `${own}-v1` },
  )
  const checks = [{ name: `${own}-check`, status: 'FAILED', details: { [`${own}-detail`]: 1 } }]
  await server.query(
    'mutation ($input: RecordCheckResultsInput!) { recordCheckResults(input: $input) { id } }',
    {
      input: { materializationId: materializationByVersion.id, checkedAt: timeOf(own, 6), checks },
    },
  )
}

/** Runs that are parts of runs of the other, and use and name what is the other's. */
async function sendRuns(server: TestServer, own: Tenant, other: Tenant): Promise<void> {
  const data = (of: Tenant, name: string, rest: Partial<EventDataset> = {}): EventDataset => ({
    namespace: of,
    name: `${of}-${name}`,
    ...rest,
  })
  const airflow = { airflow: { dag: { dag_id: `${own}-dag` }, task: { task_id: `${own}-task` } } }
  const partOf = (of: Tenant) => ({
    parent: {
      run: { runId: `${of}-parent-run` },
      job: { namespace: `${of}-jobs`, name: `${of}-parent` },
      root: { run: { runId: `${of}-root-run` }, job: { namespace: `${of}-jobs`, name: `${of}-root` } },
    },
  })
  const event = (name: string, type: string, at: string, rest: Parameters<typeof runEvent>[4] = {}) => {
    const whole = runEvent(`${own}-${name}`, `${own}-${name}-run`, type, at, rest)
    return { ...whole, job: { ...whole.job, namespace: `${own}-jobs` } }
  }
  const names = (...identifiers: EventDataset[]) => ({
    symlinks: { identifiers: identifiers.map((one) => ({ ...one, type: 'TABLE' })) },
  })
  const fields = { schema: { fields: [{ name: `${own}-x`, type: `${own}-type` }] } }
  const inputFields = [own, other].map((of) => ({ ...data(of, 'used'), field: `${of}-x` }))
  const columnLineage = { columnLineage: { fields: { [`${own}-x`]: { inputFields } } } }
  await sendEvents(server, [
    event('parent', 'START', timeOf(own, 20)),
    event('parent', 'COMPLETE', timeOf(own, 29)),
    event('root', 'START', timeOf(own, 19)),
    event('child', 'START', timeOf(own, 21), { runFacets: { ...partOf(own), ...airflow } }),
    event('child', 'COMPLETE', timeOf(own, 22), {
      inputs: [data(own, 'used'), data(other, 'used')],
      outputs: [
        data(own, 'canon', {
          facets: { ...names(data(own, 'own-alias'), data(other, 'alias')), ...fields, ...columnLineage },
        }),
        data(own, 'used'),
      ],
    }),
    event('stray', 'COMPLETE', timeOf(own, 23), {
      runFacets: { ...partOf(other), ...airflow },
      inputs: [data(other, 'canon')],
      outputs: [data(own, 'strayed')],
    }),
    event('broken', 'FAIL', timeOf(own, 24), {
      runFacets: { errorMessage: { message: `${own} broke`, programmingLanguage: 'SQL' } },
      inputs: [data(other, 'used')],
      outputs: [data(own, 'unmade')],
    }),
    // Whoever asserted it is the other's business; what was asserted is of this one's asset.
    event('tests', 'COMPLETE', minute(30), {
      inputs: [
        {
          ...data(other, 'used'),
          inputFacets: {
            dataQualityAssertions: {
              assertions: [{ assertion: 'not_null', column: 'amount', success: true }],
            },
          },
        },
      ],
    }),
  ])
}

async function register(
  server: TestServer,
  nodeTaskId: string,
  assets: readonly { namespace: string; key: string }[],
  upstreamNodes: readonly string[],
): Promise<void> {
  const dagName = nodeTaskId === 'both-node' ? 'shared' : `${nodeTaskId}-named`
  await server.query(
    'mutation ($input: AssetConfigInput!) { registerAssetConfig(input: $input) { nodeCount } }',
    {
      input: { dagId: 'shared-dag', dagName, nodes: [{ nodeTaskId, assets, upstreamNodes }] },
    },
  )
}

/** One more of theirs, made from mine, with all that hangs on it. */
export async function recordOneMore(server: TestServer): Promise<void> {
  await record(server, {
    jobId: 'xtheirsx-job',
    dagId: 'shared-dag',
    nodeTaskId: 'xtheirsx-more',
    materializedAt: timeOf('xtheirsx', 40),
    assets: [
      {
        ...made('xtheirsx', 'more'),
        columns: [{ name: 'xtheirsx-m', inputs: [{ asset: up('xminex', 'a'), column: 'xminex-x' }] }],
      },
    ],
    upstream: [up('xminex', 'a'), up('xminex', 'b'), up('xtheirsx', 'a')],
  })
}
