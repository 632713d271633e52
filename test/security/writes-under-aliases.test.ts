import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Caller, callerOf, grant, startGuardedServer, tokenFor } from '../harness/callers.js'
import { minute, unique } from '../harness/recordings.js'
import type { TestServer } from '../harness/server.js'
import { eventOf, linkOwnTo, RECORD, startWriters, type Writers, writingNothing } from '../harness/writers.js'

let writers: Writers
let server: TestServer
let admin: Caller
let own: Caller
beforeAll(async () => {
  writers = await startWriters()
  ;({ server, admin, own } = writers)
}, 60_000)
afterAll(() => server[Symbol.asyncDispose]())

describe('under another name of an asset of a foreign namespace', () => {
  const HIDDEN = 'expected an asset of a namespace in which this token has scope record'

  test('nothing is written, and the namespace is not named', async () => {
    await linkOwnTo(writers, 'foreign', 'link')
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
    await writingNothing(writers, async () => {
      for (const [query, variables] of calls) {
        const answer = await own.ask(query, variables)
        expect(answer.errors).toMatchObject([
          { extensions: { code: expect.stringMatching(/^(FORBIDDEN|ASSET_NOT_FOUND)$/) } },
        ])
        expect(JSON.stringify(answer)).not.toContain('foreign')
      }
      const response = await own.send(eventOf({ outputs: [{ namespace: 'own', name: 'link' }] }))
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
    const started = eventOf({ eventType: 'START', eventTime: minute(2), ...datasets(alias) }, runId)
    expect((await own.send(started)).status).toBe(201)
    await linkOwnTo(writers, 'foreign', alias)
    await writingNothing(writers, async () => {
      const response = await own.send(eventOf({}, runId))
      expect([response.status, await response.json()]).toMatchObject([
        403,
        { errors: [{ message: expect.stringContaining('expected an asset of a namespace in which') }] },
      ])
    })
  })

  test.each(NAMED)('nor is one on a server that has not met the name, as %s', async (_what, datasets) => {
    const [alias, runId] = [unique('known'), unique('run')]
    await linkOwnTo(writers, 'foreign', alias)
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
    const started = eventOf({ eventType: 'START', eventTime: minute(2), ...datasets(alias) }, runId)
    const statuses = []
    for (const one of [started, eventOf({}, runId)]) statuses.push((await there.send(one)).status)
    // What is refused at once is not there to be completed.
    expect(statuses).toContain(403)
    expect(await theirs()).toEqual(before)
  })

  test('names of one’s own do not take the asset over', async () => {
    // Of one's own name and theirs, the lesser would be that of the asset.
    await linkOwnTo(writers, 'zone', 'taken')
    const identifiers = [{ namespace: 'own', name: 'taken' }]
    await writingNothing(writers, async () => {
      const response = await own.send(
        eventOf({ outputs: [{ namespace: 'own', name: 'thief', facets: { symlinks: { identifiers } } }] }),
      )
      expect([response.status, await response.json()]).toMatchObject([403, { errors: [{ message: HIDDEN }] }])
    })
  })
})
