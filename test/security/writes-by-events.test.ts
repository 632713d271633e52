import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Caller } from '../harness/callers.js'
import { minute, unique } from '../harness/recordings.js'
import type { TestServer } from '../harness/server.js'
import { eventOf, notGranted, startWriters, type Writers, writingNothing } from '../harness/writers.js'

let writers: Writers
let server: TestServer
let admin: Caller
let own: Caller
beforeAll(async () => {
  writers = await startWriters()
  ;({ server, admin, own } = writers)
}, 60_000)
afterAll(() => server[Symbol.asyncDispose]())

describe('an OpenLineage event', () => {
  const of = (namespace: string, facets: Record<string, unknown> = {}) => ({
    namespace,
    name: unique('d'),
    facets,
  })
  const named = { namespace: 'foreign', name: 'a' }

  test('is taken where all that it names is granted', async () => {
    const events = [
      eventOf({ inputs: [of('shared'), of('own')], outputs: [of('own')] }),
      eventOf({
        outputs: [of('own', { symlinks: { identifiers: [{ namespace: 'own', name: unique('s') }] } })],
      }),
    ]
    for (const one of events) expect((await own.send(one)).status).toBe(201)
  })

  const lineage = { columnLineage: { fields: { c: { inputFields: [{ ...named, field: 'f' }] } } } }
  const rename = { lifecycleStateChange: { lifecycleStateChange: 'RENAME', previousIdentifier: named } }
  const parent = { run: { runId: 'r' }, job: named }
  test.each<[string, object, 'record' | 'read']>([
    ['of a foreign job', eventOf({ job: 'foreign' }), 'record'],
    ['with a foreign output', eventOf({ outputs: [of('own'), of('foreign')] }), 'record'],
    ['with an output that may only be read', eventOf({ outputs: [of('shared')] }), 'record'],
    ['with a foreign input', eventOf({ inputs: [of('foreign')], outputs: [of('own')] }), 'read'],
    [
      'with a foreign symlink',
      eventOf({ outputs: [of('own', { symlinks: { identifiers: [named] } })] }),
      'record',
    ],
    [
      'with a foreign symlink of an input',
      eventOf({ inputs: [of('own', { symlinks: { identifiers: [named] } })] }),
      'record',
    ],
    ['with a foreign former name', eventOf({ outputs: [of('own', rename)] }), 'record'],
    ['with foreign columns', eventOf({ outputs: [of('own', lineage)] }), 'read'],
    ['with a foreign parent', eventOf({ runFacets: { parent } }), 'read'],
    [
      'with a foreign root',
      eventOf({ runFacets: { parent: { ...parent, job: { namespace: 'own', name: 'p' }, root: parent } } }),
      'read',
    ],
    [
      'with foreign inputs of a lineage facet',
      eventOf({
        outputs: [of('own')],
        jobFacets: { lineage: { entries: [{ namespace: 'own', name: 'x', inputs: [named] }] } },
      }),
      'read',
    ],
    [
      'of a foreign dataset',
      { eventTime: minute(1), producer: 'p', schemaURL: 's', dataset: { namespace: 'foreign', name: 'a' } },
      'record',
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
      'record',
    ],
  ])('%s is refused, and not kept', async (_, one, scope) => {
    await writingNothing(writers, async () => {
      const response = await own.send(one)
      expect(response.status).toBe(403)
      const namespace = JSON.stringify(one).includes('foreign') ? 'foreign' : 'shared'
      expect(await response.json()).toEqual({ errors: [notGranted(namespace, scope)] })
    })
  })

  test('of a batch fails by itself', async () => {
    const response = await own.send([eventOf(), eventOf({ job: 'foreign' }), eventOf()])
    expect(await response.json()).toMatchObject({
      status: 'partial_success',
      summary: { received: 3, successful: 2, failed: 1, retriable: 0, non_retriable: 1 },
      failed_events: [{ index: 1, reason: notGranted('foreign').message, retriable: false }],
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
    const sent = eventOf({ inputs: [input], outputs: [{ namespace: 'own', name: unique('mine') }] })
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
    expect((await own.send(eventOf({ outputs: [of('own')] }, 'shared-run-id'))).status).toBe(201)
    expect((await own.send(eventOf({ job: 'foreign' }, 'shared-run-id'))).status).toBe(403)
  })
})
