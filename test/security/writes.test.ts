import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { toGlobalId } from '../../resolvers/node/global-id.js'
import { assetIdOf } from '../../src/lineage/asset-ref.js'
import { createSchema } from '../../src/server/schema.js'
import { type Caller, callerOf, grant, startGuardedServer, tokenFor } from '../harness/callers.js'
import { runEvent } from '../harness/lineage-events.js'
import { minute, unique } from '../harness/recordings.js'
import type { TestServer } from '../harness/server.js'
import { digestOfTables } from '../harness/tables.js'

let server: TestServer
let admin: Caller
/** Records in `own`, reads in `shared`. */
let own: Caller
/** Reads everything. */
let reader: Caller
let materializationId: string

const RECORD = `mutation ($input: RecordMaterializationsInput!) {
  recordMaterializations(input: $input) { materializations { id } duplicate } }`

beforeAll(async () => {
  server = await startGuardedServer()
  const callerWith = async (...grants: Parameters<typeof tokenFor>[1]) =>
    callerOf(server, await tokenFor(server, grants))
  admin = await callerWith(grant('ADMIN'))
  own = await callerWith(grant('RECORD', 'own'), grant('READ', 'shared'))
  reader = await callerWith(grant('READ'))
  const { data } = await admin.ask<{ recordMaterializations: { materializations: { id: string }[] } }>(
    RECORD,
    {
      input: {
        jobId: 'j',
        assets: [{ key: 'a', namespace: 'foreign' }],
        upstream: [{ key: 'b', namespace: 'shared' }],
      },
    },
  )
  materializationId = data?.recordMaterializations.materializations[0]?.id ?? ''
}, 60_000)
afterAll(() => server[Symbol.asyncDispose]())

/** Nothing is written by what `work` does. */
async function writingNothing(work: () => Promise<void>): Promise<void> {
  const before = await digestOfTables(server.database, ['api_token'])
  await work()
  expect(await digestOfTables(server.database, ['api_token'])).toBe(before)
}

const record = (caller: Caller, input: object) => caller.ask(RECORD, { input: { jobId: 'j', ...input } })
const FORBIDDEN = (namespace: string, scope = 'RECORD') => ({
  message: `expected a token with ${scope} in namespace "${namespace}"`,
  extensions: { code: 'FORBIDDEN' },
})

describe('every mutation', () => {
  const nowhere = toGlobalId(
    'Materialization',
    assetIdOf({ namespace: 'foreign', key: 'none' }),
    '00000000-0000-7000-8000-000000000000',
  )
  /** How each is called for an asset, of which `id` is a materialization. */
  const CALLS: Record<string, (asset: { namespace: string; key: string }, id: string) => [string, object]> = {
    recordMaterializations: (asset) => [
      '($input: RecordMaterializationsInput!) { it: recordMaterializations(input: $input) { duplicate } }',
      { input: { jobId: 'j', assets: [asset] } },
    ],
    recordMaterializationBatch: (asset) => [
      '($inputs: [RecordMaterializationsInput!]!) { it: recordMaterializationBatch(inputs: $inputs) { duplicate } }',
      { inputs: [{ jobId: 'j', assets: [asset] }] },
    ],
    registerAssetConfig: (asset) => [
      '($input: AssetConfigInput!) { it: registerAssetConfig(input: $input) { nodeCount } }',
      { input: { nodes: [{ nodeTaskId: asset.key, assets: [asset] }] } },
    ],
    updateAsset: (asset) => [
      '($input: UpdateAssetInput!) { it: updateAsset(input: $input) { key } }',
      { input: { asset, description: 'said' } },
    ],
    retireAsset: (asset) => ['($asset: AssetRef!) { it: retireAsset(asset: $asset) { key } }', { asset }],
    restoreAsset: (asset) => ['($asset: AssetRef!) { it: restoreAsset(asset: $asset) { key } }', { asset }],
    recordCheckResults: (_, id) => [
      '($input: RecordCheckResultsInput!) { it: recordCheckResults(input: $input) { name } }',
      { input: { materializationId: id, checks: [{ name: 'rows', status: 'PASSED' }] } },
    ],
  }
  const call = (caller: Caller, name: string, key: string, id: string) => {
    const [text, variables] = CALLS[name]?.({ namespace: 'foreign', key }, id) ?? ['', {}]
    return caller.ask(`mutation ${text}`, variables)
  }

  test('is known here', async () => {
    const mutations = Object.keys((await createSchema()).getMutationType()?.getFields() ?? {})
    expect(Object.keys(CALLS).sort()).toEqual(mutations.sort())
  })

  test.each(Object.keys(CALLS))(
    '%s: refused in a namespace that is not granted, whether anything is there or not',
    async (name) => {
      await writingNothing(async () => {
        for (const caller of [own, reader]) {
          const there = await call(caller, name, 'a', materializationId)
          const none = await call(caller, name, 'none', nowhere)
          expect(there.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
          expect([there.status, there.data]).toEqual([403, null])
          expect(JSON.stringify(there.errors)).not.toMatch(/"a"|none|known|recorded/)
          expect([none.status, none.data, none.errors]).toEqual([there.status, there.data, there.errors])
        }
      })
      const { errors, data } = await call(admin, name, 'a', materializationId)
      expect([errors, data]).toMatchObject([[], { it: expect.anything() }])
    },
  )
})

describe('a recording', () => {
  test('needs RECORD where it makes something, and READ where it names an upstream', async () => {
    const asset = { key: unique('x'), namespace: 'own' }
    expect(
      (await record(own, { assets: [asset], upstream: [{ key: 'b', namespace: 'shared' }] })).errors,
    ).toEqual([])
    const refused: [object, object][] = [
      [{ assets: [asset, { key: 'y', namespace: 'foreign' }] }, FORBIDDEN('foreign')],
      [{ assets: [{ key: 'y', namespace: 'shared' }] }, FORBIDDEN('shared')],
      [{ assets: [{ key: 'y' }] }, FORBIDDEN('default')],
      [{ assets: [asset], upstream: [{ key: 'a', namespace: 'foreign' }] }, FORBIDDEN('foreign', 'READ')],
      [
        { assets: [{ ...asset, upstream: [{ key: 'a', namespace: 'foreign' }] }] },
        FORBIDDEN('foreign', 'READ'),
      ],
      [
        {
          assets: [
            {
              ...asset,
              columns: [{ name: 'c', inputs: [{ asset: { key: 'a', namespace: 'foreign' }, column: 'c' }] }],
            },
          ],
        },
        FORBIDDEN('foreign', 'READ'),
      ],
      [
        {
          assets: [
            { ...asset, columnDependencies: [{ asset: { key: 'a', namespace: 'foreign' }, column: 'c' }] },
          ],
        },
        FORBIDDEN('foreign', 'READ'),
      ],
    ]
    await writingNothing(async () => {
      for (const [input, error] of refused) {
        const { status, errors } = await record(own, input)
        expect([status, errors]).toMatchObject([403, [error]])
      }
    })
  })

  test('asks the database no more for one who may not everywhere', async () => {
    const [ofOne, ofOther] = [unique('x'), unique('x')].map((key) => ({
      assets: [{ key, namespace: 'own' }],
      upstream: [{ key: 'b', namespace: 'shared' }],
    }))
    // A token is looked up, and noted, now and then.
    const ofRecording = async (work: () => Promise<unknown>) =>
      (await server.statementsOf(work)).filter((text) => !text.includes('api_token'))
    const byAdmin = await ofRecording(() => record(admin, ofOne ?? {}))
    expect(byAdmin.length).toBeGreaterThan(0)
    expect(await ofRecording(() => record(own, ofOther ?? {}))).toEqual(byAdmin)
  })

  test('of a batch is refused with all the others', async () => {
    const inputs = ['own', 'foreign'].map((namespace) => ({ jobId: 'j', assets: [{ key: 'x', namespace }] }))
    await writingNothing(async () => {
      const { errors } = await own.ask(
        'mutation ($inputs: [RecordMaterializationsInput!]!) { recordMaterializationBatch(inputs: $inputs) { duplicate } }',
        { inputs },
      )
      expect(errors).toMatchObject([FORBIDDEN('foreign')])
    })
  })

  test('is repeated only for who may record it: a key alone shows nothing', async () => {
    const idempotencyKey = unique('key')
    const input = { idempotencyKey, assets: [{ key: 'kept', namespace: 'foreign' }] }
    await record(admin, input)
    expect((await record(own, input)).errors).toMatchObject([FORBIDDEN('foreign')])
    const other = await record(own, { ...input, assets: [{ key: 'kept', namespace: 'own' }] })
    expect(other.errors).toMatchObject([{ extensions: { code: 'IDEMPOTENCY_KEY_REUSED' } }])
    expect(JSON.stringify(other)).not.toContain('foreign')
    expect((await record(admin, input)).data).toMatchObject({ recordMaterializations: { duplicate: true } })
  })

  test('one that is refused fails alone among those that are committed together', async () => {
    await linkOwnTo('foreign', 'linked-in-group')
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        record(own, { assets: [{ namespace: 'own', key: at === 7 ? 'linked-in-group' : unique('free') }] }),
      ),
    )
    expect(answers.map(({ errors }) => errors.length)).toEqual(answers.map((_, at) => (at === 7 ? 1 : 0)))
  })
})

/** Says that `own` `key` is another name of an asset of another namespace. */
async function linkOwnTo(namespace: string, key: string): Promise<void> {
  const identifiers = [{ namespace: 'own', name: key, type: 'TABLE' }]
  const response = await admin.send({
    eventTime: minute(1),
    producer: 'https://example.com',
    schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/DatasetEvent',
    dataset: { namespace, name: `real-${key}`, facets: { symlinks: { identifiers } } },
  })
  expect(response.status).toBe(201)
}

describe('under another name of an asset of a foreign namespace', () => {
  const HIDDEN = 'expected an asset of a namespace in which this token has RECORD'

  test('nothing is written, and the namespace is not named', async () => {
    await linkOwnTo('foreign', 'link')
    const asset = { key: 'link', namespace: 'own' }
    const calls: [string, object][] = [
      [RECORD, { input: { jobId: 'j', assets: [asset] } }],
      [RECORD, { input: { jobId: 'j', assets: [{ key: 'x', namespace: 'own' }], upstream: [asset] } }],
      [
        'mutation ($input: AssetConfigInput!) { registerAssetConfig(input: $input) { nodeCount } }',
        { input: { nodes: [{ nodeTaskId: 'n', assets: [asset] }] } },
      ],
      [
        'mutation ($input: UpdateAssetInput!) { updateAsset(input: $input) { key } }',
        { input: { asset, description: 'said' } },
      ],
      ['mutation ($asset: AssetRef!) { retireAsset(asset: $asset) { key } }', { asset }],
      ['mutation ($asset: AssetRef!) { restoreAsset(asset: $asset) { key } }', { asset }],
    ]
    await writingNothing(async () => {
      for (const [query, variables] of calls) {
        const answer = await own.ask(query, variables)
        expect(answer.errors).toMatchObject([
          { extensions: { code: expect.stringMatching(/^(FORBIDDEN|ASSET_NOT_FOUND)$/) } },
        ])
        expect(JSON.stringify(answer)).not.toContain('foreign')
      }
      const response = await own.send(event({ outputs: [{ namespace: 'own', name: 'link' }] }))
      expect([response.status, await response.json()]).toMatchObject([403, { errors: [{ message: HIDDEN }] }])
    })
  })

  const NAMED: [string, (alias: string) => object][] = [
    ['an output', (alias) => ({ outputs: [{ namespace: 'own', name: alias }] })],
    [
      'a former name',
      (alias) => ({
        outputs: [
          {
            namespace: 'own',
            name: `new-${alias}`,
            facets: {
              lifecycleStateChange: {
                lifecycleStateChange: 'RENAME',
                previousIdentifier: { namespace: 'own', name: alias },
              },
            },
          },
        ],
      }),
    ],
    [
      'an upstream of a column',
      (alias) => ({
        outputs: [
          {
            namespace: 'own',
            name: `made-of-${alias}`,
            facets: {
              columnLineage: {
                fields: { x: { inputFields: [{ namespace: 'own', name: alias, field: 'y' }] } },
              },
            },
          },
        ],
      }),
    ],
  ]

  test.each(NAMED)('a run that named it before, as %s, is not completed', async (_what, datasets) => {
    const [alias, runId] = [unique('late'), unique('run')]
    const started = event({ eventType: 'START', eventTime: minute(2), ...datasets(alias) }, runId)
    expect((await own.send(started)).status).toBe(201)
    await linkOwnTo('foreign', alias)
    await writingNothing(async () => {
      const response = await own.send(event({}, runId))
      expect([response.status, await response.json()]).toMatchObject([
        403,
        { errors: [{ message: expect.stringContaining('expected an asset of a namespace in which') }] },
      ])
    })
  })

  test.each(NAMED)('nor is one on a server that has not met the name, as %s', async (_what, datasets) => {
    const [alias, runId] = [unique('known'), unique('run')]
    await linkOwnTo('foreign', alias)
    await using other = await startGuardedServer({ database: server.database })
    const there = callerOf(other, await tokenFor(server, [grant('RECORD', 'own')]))
    const theirs = async () => {
      const { data } = await admin.ask(
        `query ($key: String!) { asset(namespace: "foreign", key: $key) {
          id aliasCount latestMaterialization { id } upstream { totalCount } downstream { totalCount } } }`,
        { key: `real-${alias}` },
      )
      return data
    }
    const before = await theirs()
    const started = event({ eventType: 'START', eventTime: minute(2), ...datasets(alias) }, runId)
    const statuses = []
    for (const one of [started, event({}, runId)]) statuses.push((await there.send(one)).status)
    // What is refused at once is not there to be completed.
    expect(statuses).toContain(403)
    expect(await theirs()).toEqual(before)
  })

  test('names of one’s own do not take the asset over', async () => {
    // Of one's own name and theirs, the lesser would be that of the asset.
    await linkOwnTo('zone', 'taken')
    const identifiers = [{ namespace: 'own', name: 'taken' }]
    await writingNothing(async () => {
      const response = await own.send(
        event({ outputs: [{ namespace: 'own', name: 'thief', facets: { symlinks: { identifiers } } }] }),
      )
      expect([response.status, await response.json()]).toMatchObject([403, { errors: [{ message: HIDDEN }] }])
    })
  })
})

test('a node that is registered with assets of others is not registered anew', async () => {
  const register = (caller: Caller, namespace: string, dagId: string | null = null) =>
    caller.ask('mutation ($input: AssetConfigInput!) { registerAssetConfig(input: $input) { assetCount } }', {
      input: { dagId, nodes: [{ nodeTaskId: 'theirs', assets: [{ key: 'x', namespace }] }] },
    })
  expect((await register(admin, 'foreign')).errors).toEqual([])
  await writingNothing(async () => {
    for (const dagId of [null, 'run'])
      expect((await register(own, 'own', dagId)).errors).toMatchObject([
        { extensions: { code: 'FORBIDDEN' } },
      ])
  })
  expect((await register(admin, 'own')).errors).toEqual([])
  expect((await register(own, 'own')).errors).toEqual([])
})

type EventRest = Parameters<typeof runEvent>[4] & { job?: string }

/** An event of a run of a job in a namespace, `own` by default. */
function event({ job = 'own', ...rest }: EventRest = {}, runId = unique('run')) {
  const made = runEvent('job', runId, 'COMPLETE', minute(3), rest)
  return { ...made, job: { ...made.job, namespace: job } }
}

describe('an OpenLineage event', () => {
  const of = (namespace: string, facets: Record<string, unknown> = {}) => ({
    namespace,
    name: unique('d'),
    facets,
  })
  const named = { namespace: 'foreign', name: 'a' }

  test('is taken where all that it names is granted', async () => {
    const events = [
      event({ inputs: [of('shared'), of('own')], outputs: [of('own')] }),
      event({
        outputs: [of('own', { symlinks: { identifiers: [{ namespace: 'own', name: unique('s') }] } })],
      }),
    ]
    for (const one of events) expect((await own.send(one)).status).toBe(201)
  })

  const lineage = { columnLineage: { fields: { c: { inputFields: [{ ...named, field: 'f' }] } } } }
  const rename = { lifecycleStateChange: { lifecycleStateChange: 'RENAME', previousIdentifier: named } }
  const parent = { run: { runId: 'r' }, job: named }
  test.each<[string, object, string]>([
    ['of a foreign job', event({ job: 'foreign' }), 'RECORD'],
    ['with a foreign output', event({ outputs: [of('own'), of('foreign')] }), 'RECORD'],
    ['with an output that may only be read', event({ outputs: [of('shared')] }), 'RECORD'],
    ['with a foreign input', event({ inputs: [of('foreign')], outputs: [of('own')] }), 'READ'],
    [
      'with a foreign symlink',
      event({ outputs: [of('own', { symlinks: { identifiers: [named] } })] }),
      'RECORD',
    ],
    [
      'with a foreign symlink of an input',
      event({ inputs: [of('own', { symlinks: { identifiers: [named] } })] }),
      'RECORD',
    ],
    ['with a foreign former name', event({ outputs: [of('own', rename)] }), 'RECORD'],
    ['with foreign columns', event({ outputs: [of('own', lineage)] }), 'READ'],
    ['with a foreign parent', event({ runFacets: { parent } }), 'READ'],
    [
      'with a foreign root',
      event({ runFacets: { parent: { ...parent, job: { namespace: 'own', name: 'p' }, root: parent } } }),
      'READ',
    ],
    [
      'with foreign inputs of a lineage facet',
      event({
        outputs: [of('own')],
        jobFacets: { lineage: { entries: [{ namespace: 'own', name: 'x', inputs: [named] }] } },
      }),
      'READ',
    ],
    [
      'of a foreign dataset',
      { eventTime: minute(1), producer: 'p', schemaURL: 's', dataset: { namespace: 'foreign', name: 'a' } },
      'RECORD',
    ],
    [
      'of a job with a foreign output',
      {
        eventTime: minute(1),
        producer: 'p',
        schemaURL: 's',
        job: { namespace: 'own', name: 'j' },
        outputs: [of('foreign')],
      },
      'RECORD',
    ],
  ])('%s is refused, and not kept', async (_, one, scope) => {
    await writingNothing(async () => {
      const response = await own.send(one)
      expect(response.status).toBe(403)
      const namespace = JSON.stringify(one).includes('foreign') ? 'foreign' : 'shared'
      expect(await response.json()).toEqual({ errors: [FORBIDDEN(namespace, scope)] })
    })
  })

  test('of a batch fails by itself', async () => {
    const response = await own.send([event(), event({ job: 'foreign' }), event()])
    expect(await response.json()).toMatchObject({
      status: 'partial_success',
      summary: { received: 3, successful: 2, failed: 1, retriable: 0, non_retriable: 1 },
      failed_events: [{ index: 1, reason: FORBIDDEN('foreign').message, retriable: false }],
    })
  })

  test('says nothing of an input that may only be read: that is not kept, so it comes by no rebuild', async () => {
    const input = {
      namespace: 'shared',
      name: unique('theirs'),
      facets: {
        version: { datasetVersion: 'v7' },
        documentation: { description: 'defaced' },
        ownership: { owners: [{ name: 'thief' }] },
        schema: { fields: [{ name: 'c', type: 'int' }] },
        symlinks: { identifiers: [{ namespace: 'foreign', name: 'a' }] },
      },
      inputFacets: {
        dataQualityAssertions: { assertions: [{ assertion: 'fair', success: false }] },
        subset: { inputCondition: { type: 'partition', partitions: [{ identifier: 'p1' }] } },
      },
    }
    const sent = event({ inputs: [input], outputs: [{ namespace: 'own', name: unique('mine') }] })
    const asset = { key: input.name, namespace: 'shared' }
    for (const _ of ['once', 'again']) expect((await own.send(sent)).status).toBe(201)
    const { data } = await admin.ask(
      `query ($key: String!, $namespace: String) { asset(key: $key, namespace: $namespace) {
        description owners aliasCount columns { name } downstream { nodes { latestMaterialization { inputs { version partitionKey } } } } } }`,
      asset,
    )
    expect(data).toEqual({
      asset: {
        description: null,
        owners: [],
        aliasCount: 0,
        columns: [],
        downstream: {
          nodes: [{ latestMaterialization: { inputs: [{ version: 'v7', partitionKey: 'p1' }] } }],
        },
      },
    })
    const kept = await server.database.sql<{ body: string }>(
      `SELECT body FROM openlineage_event WHERE body LIKE '%${input.name}%'`,
    )
    expect(kept.map(({ body }) => JSON.parse(body))).toEqual([
      {
        ...sent,
        inputs: [
          {
            ...input,
            facets: { version: input.facets.version },
            inputFacets: { subset: input.inputFacets.subset },
          },
        ],
      },
    ])
    // Of what one may record it counts.
    expect((await admin.send(sent)).status).toBe(201)
    const names = 'query ($key: String!) { asset(key: $key, namespace: "shared") { aliasCount } }'
    expect((await admin.ask(names, asset)).data).toEqual({ asset: { aliasCount: 1 } })
  })

  test('of a run that was begun by others stays theirs by the namespace of its job', async () => {
    expect((await own.send(event({ outputs: [of('own')] }, 'shared-run-id'))).status).toBe(201)
    expect((await own.send(event({ job: 'foreign' }, 'shared-run-id'))).status).toBe(403)
  })
})
