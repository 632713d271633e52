import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { betweenStatements } from '../harness/between-statements.js'
import { clear } from '../harness/dump.js'
import { dataset, runEvent, sendEvents } from '../harness/lineage-events.js'
import { minute, record } from '../harness/recordings.js'
import { startTestServer, type TestServer, WALKED } from '../harness/server.js'

/** What says that `db.table` is another name of `table`. */
const LINK = runEvent('dag.link', 'run-1', 'RUNNING', minute(9), {
  outputs: [
    dataset('table', { facets: { symlinks: { identifiers: [dataset('db.table')] } } }),
    dataset('nothing'),
  ],
})

const NAMED = '{ namespace: "lake", key: "db.table" }'
const END = '{ namespace: "lake", key: "report" }'

/** Each says the same before the names are one and after, where it does not ask what the asset is called. */
const QUERIES = {
  'its parts': `asset(namespace: "lake", key: "db.table") {
    latestMaterialization { version consumers { totalCount nodes { version } } inputs { version } checks { totalCount } }
    materializations { totalCount nodes { version } } upstream { totalCount nodes { key } }
    downstream { totalCount nodes { key } edges { edge { materializationCount isCurrent } } }
    checks { totalCount nodes { name } } columns { name } impact { transitiveConsumers } staleness { status } }`,
  'its neighbour': `asset(namespace: "lake", key: "report") {
    upstream { totalCount nodes { latestMaterialization { version } } edges { edge { materializationCount isCurrent } } }
    latestMaterialization { inputs { version materialization { version } asset { materializations { totalCount } } }
      lineage(direction: UPSTREAM) { nodes { distance materialization { version asset { checks { totalCount } } } } } } }`,
  walks: `lineage(root: ${END}, direction: UPSTREAM) {
      nodes { distance asset { latestMaterialization { version } } } edges { materializationCount isCurrent } }
    down: lineage(root: ${NAMED}, direction: BOTH) { nodes { distance } }
    lineageSummary(root: ${NAMED}, direction: BOTH) { nodeCount }`,
  lists: `materializations { nodes { version asset { materializations { totalCount } } } }
    materializationByVersion(asset: ${NAMED}, version: "v1") { checks { totalCount } }
    columnLineage(asset: ${NAMED}, column: "id", direction: DOWNSTREAM) { nodes { column } }`,
  search: `searchAssets(query: "db.table") { hits { asset { latestMaterialization { version } } } }`,
}

describe.each(Object.entries(WALKED))('walking %s, while names move', (_walked, variables) => {
  let server: TestServer
  let other: TestServer
  beforeAll(async () => {
    server = await startTestServer({ variables })
    other = await startTestServer({ database: server.database })
  })
  afterAll(async () => {
    await other[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  async function begin(): Promise<void> {
    await clear(server)
    await other.seeDatabase('anew')
    const lake = (key: string) => ({ namespace: 'lake', key })
    const { materializations } = await record(server, {
      materializedAt: minute(1),
      assets: [
        {
          ...lake('db.table'),
          version: 'v1',
          upstream: [lake('source')],
          columns: [{ name: 'id', type: 'int' }],
        },
      ],
    })
    await record(server, {
      materializedAt: minute(2),
      assets: [{ ...lake('report'), version: 'r1', upstream: [lake('db.table')] }],
    })
    await server.query(
      `mutation ($id: ID!) { recordCheckResults(input: { materializationId: $id, checks: [{ name: "rows", status: PASSED }] }) { name } }`,
      { id: materializations[0]?.id },
    )
  }

  test.each(Object.entries(QUERIES))('%s are answered whole, whenever that is', async (_name, query) => {
    await begin()
    const ask = () => server.query<object, undefined>(`{ ${query} }`)
    const before = await ask()
    for (let place = 1; ; place++) {
      await begin()
      let answer: object = {}
      const { hasBegun } = await betweenStatements(
        place,
        async () => {
          answer = await ask()
        },
        () => sendEvents(other, [LINK]),
      )
      expect({ place, answer }).toEqual({ place, answer: before })
      if (!hasBegun) break
    }
    await sendEvents(other, [LINK])
    await server.seeDatabase()
    expect(await ask()).toEqual(before)
  })

  test('an export is whole, and of one time', async () => {
    const exported = async () => {
      const response = await fetch(
        `${server.url}/export/lineage?namespace=lake&key=report&direction=UPSTREAM&format=csv`,
      )
      // But for the watermark.
      return (await response.text()).replace(/,[^,]*\n$/, '')
    }
    await begin()
    const before = await exported()
    expect(before).toContain('db.table')
    for (let place = 1; ; place++) {
      await begin()
      let text = ''
      const { hasBegun } = await betweenStatements(
        place,
        async () => {
          text = await exported()
        },
        () => sendEvents(other, [LINK]),
      )
      // By its name before or after, and by no other anywhere.
      expect({ place, text: text.replaceAll('db.table', 'table') }).toEqual({
        place,
        text: before.replaceAll('db.table', 'table'),
      })
      if (!hasBegun) break
    }
  })
})
