import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { clear } from '../harness/dump.js'
import { dataset, runEvent, sendEvents } from '../harness/lineage-events.js'
import { minute, record } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
beforeEach(() => clear(server))
afterAll(() => server[Symbol.asyncDispose]())

const lake = (key: string) => ({ namespace: 'lake', key })

/** Two materializations of `z.table`, made from two assets and used by two, with two checks of the first. */
async function begin(): Promise<string> {
  const made = await record(server, {
    materializedAt: minute(1),
    assets: [{ ...lake('z.table'), version: 'v1', upstream: [lake('a'), lake('b')] }],
  })
  const id = made.materializations[0]?.id ?? ''
  for (const at of [2, 3])
    await record(server, {
      materializedAt: minute(at),
      assets: [{ ...lake(`report-${at}`), upstream: [{ ...lake('z.table'), version: 'v1' }] }],
    })
  await record(server, { materializedAt: minute(4), assets: [{ ...lake('z.table'), version: 'v2' }] })
  await server.query(
    `mutation ($id: ID!) { recordCheckResults(input: { materializationId: $id, checks: [
       { name: "one", status: PASSED }, { name: "two", status: PASSED }] }) { name } }`,
    { id },
  )
  await sendEvents(server, [
    runEvent('dag.use', 'run-2', 'RUNNING', minute(5), {
      inputs: [dataset('z.table'), dataset('zzz')],
    }),
  ])
  return id
}

const LINK = runEvent('dag.link', 'run-1', 'RUNNING', minute(9), {
  outputs: [dataset('table', { facets: { symlinks: { identifiers: [dataset('z.table')] } } })],
})

const ASSET = 'asset(namespace: "lake", key: "z.table")'
const PAGE = '(first: 1, after: $after)'
const LISTS = {
  materializations: `${ASSET} { list: materializations${PAGE} { nodes { version } pageInfo { endCursor } } }`,
  upstream: `${ASSET} { list: upstream${PAGE} { nodes { key } pageInfo { endCursor } } }`,
  downstream: `${ASSET} { list: downstream${PAGE} { nodes { key } pageInfo { endCursor } } }`,
  checks: `${ASSET} { list: checks${PAGE} { nodes { name } pageInfo { endCursor } } }`,
  consumers: `materialization(id: $id) { list: consumers${PAGE} { nodes { asset { key } } pageInfo { endCursor } } }`,
  'checks of a materialization': `materialization(id: $id) { list: checks${PAGE} { nodes { name } pageInfo { endCursor } } }`,
  'inputs of a run': `run(ref: { jobNamespace: "jobs", jobName: "dag.use", runId: "run-2" }) {
    list: inputs${PAGE} { nodes { key } pageInfo { endCursor } } }`,
}

test.each(Object.entries(LISTS))(
  'a list of %s goes on behind the page from before a move',
  async (_, list) => {
    const id = await begin()
    const page = async (after: string | null) => {
      const answer = await server.query<
        Record<string, { list: { nodes: object[]; pageInfo: { endCursor: string | null } } }>,
        object
      >(`query ($id: ID!, $after: String) { node(id: $id) { id } ${list} }`, { id, after })
      const [, of] = Object.values(answer)
      return of?.list
    }
    const first = await page(null)
    const second = await page(first?.pageInfo.endCursor ?? null)
    expect(second?.nodes).toHaveLength(1)
    expect(second?.nodes).not.toEqual(first?.nodes)
    await sendEvents(server, [LINK])
    expect((await page(first?.pageInfo.endCursor ?? null))?.nodes).toEqual(second?.nodes)
  },
)

test('a walk over materializations goes on behind a node that has moved', async () => {
  await begin()
  const { materializations } = await record(server, {
    materializedAt: minute(6),
    assets: [{ ...lake('end'), upstream: [{ ...lake('z.table'), version: 'v1' }, lake('zz')] }],
  })
  await record(server, { materializedAt: minute(0), assets: [lake('zz')] })
  const page = async (after: string | null) => {
    const { materialization } = await server.query<
      {
        materialization: {
          lineage: {
            nodes: { materialization: { asset: { key: string } } }[]
            completeness: { nextCursor: string | null }
          }
        }
      },
      object
    >(
      `query ($id: ID!, $after: String) { materialization(id: $id) { lineage(direction: UPSTREAM, limit: 2, after: $after) {
         nodes { materialization { asset { key } } } completeness { nextCursor } } } }`,
      { id: materializations[0]?.id, after },
    )
    const { nodes, completeness } = materialization.lineage
    return { keys: nodes.map((node) => node.materialization.asset.key), cursor: completeness.nextCursor }
  }
  const first = await page(null)
  expect(first.keys).toEqual(['end', 'z.table'])
  await sendEvents(server, [LINK])
  expect((await page(first.cursor)).keys).toContain('zz')
})
