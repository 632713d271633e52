import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { toGlobalId } from '../../resolvers/node/global-id.js'
import { assetIdOf } from '../../src/lineage/asset-ref.js'
import { createSchema } from '../../src/server/schema.js'
import type { Caller } from '../harness/callers.js'
import { unique } from '../harness/recordings.js'
import type { TestServer } from '../harness/server.js'
import {
  linkOwnTo,
  notGranted,
  recordAs,
  startWriters,
  type Writers,
  writingNothing,
} from '../harness/writers.js'

let writers: Writers
let server: TestServer
let admin: Caller
let own: Caller
let reader: Caller
beforeAll(async () => {
  writers = await startWriters()
  ;({ server, admin, own, reader } = writers)
}, 60_000)
afterAll(() => server[Symbol.asyncDispose]())

describe('every mutation', () => {
  /** A webhook of the foreign namespace for each that takes one, and a delivery of it. */
  const webhooks: Record<string, string> = {}
  const DELIVERY = '0190a000-0000-7000-8000-000000000001'
  const NONE = '0190a000-0000-7000-8000-000000000002'
  beforeAll(async () => {
    for (const name of ['updateWebhook', 'deleteWebhook', 'replayDelivery', 'testWebhook']) {
      const { data } = await admin.ask<{ it: { webhook: { id: string } } }>(
        `mutation { it: createWebhook(input: { url: "https://hooks.example", events: [CHECK_FAILED], namespaces: ["foreign"] }) {
          webhook { id } } }`,
      )
      webhooks[name] = data?.it.webhook.id ?? ''
    }
    await server.database.sql(
      `INSERT INTO webhook_delivery (id, webhook_id, ordering_key, place, event, payload, created_at, status, attempts,
         due_at, expires_at)
       VALUES ($1, $2, 'key', 1, 'CHECK_FAILED', '{}', now(), 'DEAD', 1, now() + interval '1 day', now())`,
      [DELIVERY, webhooks['replayDelivery']],
    )
  })
  const webhookOf = (name: string, { key }: { key: string }) => (key === 'none' ? NONE : webhooks[name])

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
    createWebhook: ({ namespace }) => [
      '($input: CreateWebhookInput!) { it: createWebhook(input: $input) { secret } }',
      { input: { url: 'https://hooks.example', events: ['CHECK_FAILED'], namespaces: [namespace] } },
    ],
    updateWebhook: (asset) => [
      '($input: UpdateWebhookInput!) { it: updateWebhook(input: $input) { id } }',
      { input: { id: webhookOf('updateWebhook', asset), url: 'https://other.example' } },
    ],
    deleteWebhook: (asset) => [
      '($id: ID!) { it: deleteWebhook(id: $id) }',
      { id: webhookOf('deleteWebhook', asset) },
    ],
    testWebhook: (asset) => [
      '($id: ID!) { it: testWebhook(id: $id) { id } }',
      { id: webhookOf('testWebhook', asset) },
    ],
    replayDelivery: (asset) => [
      '($id: ID!) { it: replayDelivery(id: $id) { id } }',
      { id: asset.key === 'none' ? NONE : DELIVERY },
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
      await writingNothing(writers, async () => {
        for (const caller of [own, reader]) {
          const there = await call(caller, name, 'a', writers.materializationId)
          const none = await call(caller, name, 'none', nowhere)
          expect(there.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
          expect([there.status, there.data]).toEqual([403, null])
          expect(JSON.stringify(there.errors)).not.toMatch(/"a"|none|known|recorded/)
          expect([none.status, none.data, none.errors]).toEqual([there.status, there.data, there.errors])
        }
      })
      const { errors, data } = await call(admin, name, 'a', writers.materializationId)
      expect([errors, data]).toMatchObject([[], { it: expect.anything() }])
    },
  )
})

describe('a recording', () => {
  test('needs RECORD where it makes something, and READ where it names an upstream', async () => {
    const asset = { key: unique('x'), namespace: 'own' }
    expect(
      (await recordAs(own, { assets: [asset], upstream: [{ key: 'b', namespace: 'shared' }] })).errors,
    ).toEqual([])
    const refused: [object, object][] = [
      [{ assets: [asset, { key: 'y', namespace: 'foreign' }] }, notGranted('foreign')],
      [{ assets: [{ key: 'y', namespace: 'shared' }] }, notGranted('shared')],
      [{ assets: [{ key: 'y' }] }, notGranted('default')],
      [{ assets: [asset], upstream: [{ key: 'a', namespace: 'foreign' }] }, notGranted('foreign', 'read')],
      [
        { assets: [{ ...asset, upstream: [{ key: 'a', namespace: 'foreign' }] }] },
        notGranted('foreign', 'read'),
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
        notGranted('foreign', 'read'),
      ],
      [
        {
          assets: [
            { ...asset, columnDependencies: [{ asset: { key: 'a', namespace: 'foreign' }, column: 'c' }] },
          ],
        },
        notGranted('foreign', 'read'),
      ],
    ]
    await writingNothing(writers, async () => {
      for (const [input, error] of refused) {
        const { status, errors } = await recordAs(own, input)
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
    const byAdmin = await ofRecording(() => recordAs(admin, ofOne ?? {}))
    expect(byAdmin.length).toBeGreaterThan(0)
    expect(await ofRecording(() => recordAs(own, ofOther ?? {}))).toEqual(byAdmin)
  })

  test('of a batch is refused with all the others', async () => {
    const inputs = ['own', 'foreign'].map((namespace) => ({ jobId: 'j', assets: [{ key: 'x', namespace }] }))
    await writingNothing(writers, async () => {
      const { errors } = await own.ask(
        'mutation ($inputs: [RecordMaterializationsInput!]!) { recordMaterializationBatch(inputs: $inputs) { duplicate } }',
        { inputs },
      )
      expect(errors).toMatchObject([notGranted('foreign')])
    })
  })

  test('is repeated only for who may record it: a key alone shows nothing', async () => {
    const idempotencyKey = unique('key')
    const input = { idempotencyKey, assets: [{ key: 'kept', namespace: 'foreign' }] }
    await recordAs(admin, input)
    expect((await recordAs(own, input)).errors).toMatchObject([notGranted('foreign')])
    const other = await recordAs(own, { ...input, assets: [{ key: 'kept', namespace: 'own' }] })
    expect(other.errors).toMatchObject([{ extensions: { code: 'IDEMPOTENCY_KEY_REUSED' } }])
    expect(JSON.stringify(other)).not.toContain('foreign')
    expect((await recordAs(admin, input)).data).toMatchObject({ recordMaterializations: { duplicate: true } })
  })

  test('one that is refused fails alone among those that are committed together', async () => {
    await linkOwnTo(writers, 'foreign', 'linked-in-group')
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        recordAs(own, { assets: [{ namespace: 'own', key: at === 7 ? 'linked-in-group' : unique('free') }] }),
      ),
    )
    expect(answers.map(({ errors }) => errors.length)).toEqual(answers.map((_, at) => (at === 7 ? 1 : 0)))
  })
})

test('a node that is registered with assets of others is not registered anew', async () => {
  const register = (caller: Caller, namespace: string, dagId: string | null = null) =>
    caller.ask('mutation ($input: AssetConfigInput!) { registerAssetConfig(input: $input) { assetCount } }', {
      input: { dagId, nodes: [{ nodeTaskId: 'theirs', assets: [{ key: 'x', namespace }] }] },
    })
  expect((await register(admin, 'foreign')).errors).toEqual([])
  await writingNothing(writers, async () => {
    for (const dagId of [null, 'run'])
      expect((await register(own, 'own', dagId)).errors).toMatchObject([
        { extensions: { code: 'FORBIDDEN' } },
      ])
  })
  expect((await register(admin, 'own')).errors).toEqual([])
  expect((await register(own, 'own')).errors).toEqual([])
})
