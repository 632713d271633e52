import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { clear } from '../harness/dump.js'
import { dataset, runEvent, sendEvents } from '../harness/lineage-events.js'
import { minute, record } from '../harness/recordings.js'
import { search } from '../harness/searches.js'
import { startTestServer, type TestServer, WALKED } from '../harness/server.js'
import { nodeNames, walk } from '../harness/walks.js'

/** What says that `db.table` of `hive` is another name of `table` of `lake`. */
const LINK = runEvent('dag.link', 'run-1', 'RUNNING', minute(9), {
  outputs: [
    dataset('table', {
      facets: { symlinks: { identifiers: [{ namespace: 'hive', name: 'db.table', type: 'TABLE' }] } },
    }),
  ],
})

const lake = (key: string) => ({ namespace: 'lake', key })
const hive = (key: string) => ({ namespace: 'hive', key })

describe.each(Object.entries(WALKED))('walking %s', (_walked, variables) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer({ variables })
  })
  beforeEach(() => clear(server))
  afterAll(() => server[Symbol.asyncDispose]())

  test('what a filter or a selection says of names holds where it does of one of them', async () => {
    await record(server, { assets: [{ ...lake('table'), upstream: [lake('raw')] }, hive('other')] })
    await record(server, { assets: [{ ...lake('report'), upstream: [lake('table')] }] })
    await sendEvents(server, [LINK])
    const keys = async (args: string) => {
      const { assets } = await server.query<
        { assets: { nodes: { key: string }[]; totalCount: number } },
        undefined
      >(`{ assets(${args}) { nodes { key } totalCount } }`)
      expect(assets.totalCount).toBe(assets.nodes.length)
      return assets.nodes.map(({ key }) => key)
    }
    expect(await keys('filter: { keys: ["db.table"] }')).toEqual(['table'])
    expect(await keys('filter: { keyPrefix: "db." }')).toEqual(['table'])
    expect(await keys('filter: { search: "B.TA" }')).toEqual(['table'])
    expect(await keys('filter: { namespace: "hive" }')).toEqual(['other', 'table'])
    expect(await keys('filter: { namespace: "hive", keys: ["db.table"] }')).toEqual(['table'])
    expect(await keys('filter: { namespace: "hive", keyPrefix: "nothing" }')).toEqual([])
    expect(await keys('filter: { namespace: "lake", keys: ["table"] }')).toEqual(['table'])
    expect(await keys('selection: "db.table"')).toEqual(['table'])
    expect(await keys('selection: "db.*"')).toEqual(['table'])
    expect(await keys('selection: "namespace:hive"')).toEqual(['other', 'table'])
    expect(await keys('selection: "namespace:hive and db.table"')).toEqual(['table'])
    expect(await keys('selection: "not namespace:hive"')).toEqual(['raw', 'report'])
    expect(await keys('selection: "not db.table"')).toEqual(['other', 'raw', 'report'])
    expect(await keys('selection: "+db.table"')).toEqual(['raw', 'table'])

    const { nodes } = await walk(server, lake('report'), {
      direction: 'UPSTREAM',
      filter: { show: { keys: ['db.table'] } },
    })
    expect(nodeNames(nodes)).toEqual(['report@0', 'table@1'])
    const stopped = await walk(server, lake('report'), {
      direction: 'UPSTREAM',
      filter: { stopAt: { namespace: 'hive' } },
    })
    expect(nodeNames(stopped.nodes)).toEqual(['report@0', 'table@1'])
  })

  test('a page of a namespace goes on behind what is there by another name', async () => {
    await record(server, { assets: [hive('a'), hive('z'), lake('table')] })
    await sendEvents(server, [LINK])
    const page = async (after: string | null) => {
      const { assets } = await server.query<
        { assets: { nodes: { key: string }[]; pageInfo: { endCursor: string | null } } },
        object
      >(
        `query ($after: String) { assets(filter: { namespace: "hive" }, first: 2, after: $after) {
           nodes { key } pageInfo { endCursor } } }`,
        { after },
      )
      return { keys: assets.nodes.map(({ key }) => key), cursor: assets.pageInfo.endCursor }
    }
    const first = await page(null)
    expect(first.keys).toEqual(['a', 'z'])
    expect((await page(first.cursor)).keys).toEqual(['table'])
  })

  test('a search in a namespace finds what has another name there', async () => {
    await record(server, { assets: [lake('table')] })
    await sendEvents(server, [LINK])
    const { hits } = await search(server, 'db.table', { namespace: 'hive' })
    expect(hits).toMatchObject([{ asset: { key: 'table' } }])
    expect((await search(server, 'db.table', { namespace: 'elsewhere' })).hits).toEqual([])
  })
})
