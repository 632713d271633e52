import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { RestoreAssetDocument } from '../../schema/operations.generated.js'
import { clear } from '../harness/dump.js'
import { dataset, runEvent, sendEvents } from '../harness/lineage-events.js'
import { minute, record } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'
import { edgeNames, walk } from '../harness/walks.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
beforeEach(() => clear(server))
afterAll(() => server[Symbol.asyncDispose]())

const changed = (name: string, lifecycleStateChange: string) =>
  dataset(name, { facets: { lifecycleStateChange: { lifecycleStateChange } } })
const said = (runId: string, type: string, at: number, ...outputs: object[]) =>
  runEvent('dag.task', runId, type, minute(at), { outputs: outputs as never })
const recorded = (at: number) => ({ materializedAt: minute(at), assets: [{ namespace: 'lake', key: 'out' }] })

/** Since when `out` is retired, and how often it was made. */
async function outcome() {
  type Data = { asset: { retiredAt: string | null; materializations: { totalCount: number } } }
  const { asset } = await server.query<Data, undefined>(
    '{ asset(namespace: "lake", key: "out") { retiredAt materializations { totalCount } } }',
  )
  return [asset.retiredAt, asset.materializations.totalCount]
}

/** All orders of a few things. */
function ordersOf<Item>(items: readonly Item[]): Item[][] {
  if (items.length < 2) return [[...items]]
  return items.flatMap((item) => ordersOf(items.filter((one) => one !== item)).map((rest) => [item, ...rest]))
}

const CASES: [string, object[], [string | null, number]][] = [
  [
    'dropped twice, with a write in between: since the second time',
    [
      recorded(1),
      said('a', 'COMPLETE', 10, changed('out', 'DROP')),
      recorded(20),
      said('b', 'COMPLETE', 30, changed('out', 'DROP')),
    ],
    [minute(30), 2],
  ],
  [
    'a run that is complete twice has dropped it at its end',
    [said('a', 'COMPLETE', 10, changed('out', 'DROP')), said('a', 'COMPLETE', 30, changed('out', 'DROP'))],
    [minute(30), 0],
  ],
  [
    'a run that has written it, by one event, and dropped it, by another, has done both',
    [said('a', 'START', 1, changed('out', 'DROP')), said('a', 'COMPLETE', 2, dataset('out'))],
    [minute(2), 1],
  ],
  [
    'what a run says last of a dataset counts',
    [said('a', 'START', 1, changed('out', 'DROP')), said('a', 'COMPLETE', 2, changed('out', 'OVERWRITE'))],
    [null, 1],
  ],
  [
    'one that is not complete has dropped nothing',
    [said('a', 'START', 1, changed('out', 'DROP')), said('a', 'FAIL', 2, changed('out', 'DROP'))],
    [null, 0],
  ],
]

test.each(CASES)('%s, in whatever order it is told', async (_name, things, expected) => {
  for (const order of ordersOf(things)) {
    await clear(server)
    for (const thing of order) {
      if ('materializedAt' in thing) await record(server, thing as never)
      else await sendEvents(server, [thing])
    }
    expect(await outcome()).toEqual(expected)
  }
})

test('what somebody has restored stays, whatever else comes of the run that has dropped it', async () => {
  await sendEvents(server, [said('a', 'COMPLETE', 10, changed('out', 'DROP'))])
  await server.query(RestoreAssetDocument, { asset: { namespace: 'lake', key: 'out' }, at: minute(20) })
  await sendEvents(server, [said('a', 'START', 9, changed('out', 'DROP')), said('a', 'OTHER', 30)])
  expect(await outcome()).toEqual([null, 0])
})

test('a run that says once that it streams has made what it says while it runs, whatever else it says', async () => {
  const typed = (type: string, at: number, processingType: string) =>
    runEvent('dag.task', 'a', type, minute(at), {
      outputs: [dataset('out')],
      jobFacets: { jobType: { processingType } },
    })
  for (const order of ordersOf([
    typed('START', 1, 'STREAMING'),
    typed('RUNNING', 2, 'BATCH'),
    typed('OTHER', 3, 'BATCH'),
  ])) {
    await clear(server)
    await sendEvents(server, order)
    expect(await outcome()).toEqual([null, 1])
  }
})

test('what a run turns out not to have been made from is no edge any more, on any server', async () => {
  await using other = await startTestServer({ database: server.database })
  const narrowed = (runId: string) => [
    runEvent('dag.task', runId, 'COMPLETE', minute(2), {
      inputs: [dataset('one'), dataset('two'), dataset('three')],
      outputs: [dataset('out')],
    }),
    runEvent('dag.task', runId, 'RUNNING', minute(1), {
      outputs: [dataset('out', { facets: { lineage: { inputs: [dataset('one')] } } })],
    }),
  ]
  const [complete, running] = narrowed('a')
  await sendEvents(server, [complete])
  const declares = {
    eventTime: minute(5),
    producer: 'https://example.com/producer/1.0',
    schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/JobEvent',
    job: { namespace: 'jobs', name: 'dag.other' },
    inputs: [dataset('three')],
    outputs: [dataset('out')],
  }
  await sendEvents(server, [declares])
  const edgesOn = async (one: TestServer) => {
    await one.seeDatabase()
    const answer = await walk(one, { namespace: 'lake', key: 'out' }, { direction: 'UPSTREAM' })
    return edgeNames(answer.edges)
  }
  for (const one of [server, other]) expect(await edgesOn(one)).toEqual(['one>out', 'three>out', 'two>out'])
  await sendEvents(server, [running])
  for (const one of [server, other]) expect(await edgesOn(one)).toEqual(['one>out', 'three>out'])
  expect(
    await server.database.sql(
      `SELECT u.key, s.first_seen_at, s.last_seen_at, s.materialization_count::int AS count
     FROM lineage_edge_stats s JOIN asset u ON u.id = s.upstream_id ORDER BY u.key`,
    ),
  ).toEqual([
    { key: 'one', first_seen_at: new Date(minute(2)), last_seen_at: new Date(minute(2)), count: 1 },
    { key: 'three', first_seen_at: new Date(minute(5)), last_seen_at: new Date(minute(5)), count: 0 },
  ])
  // It can come back.
  await sendEvents(server, [
    runEvent('dag.task', 'b', 'COMPLETE', minute(9), { inputs: [dataset('two')], outputs: [dataset('out')] }),
  ])
  for (const one of [server, other]) expect(await edgesOn(one)).toEqual(['one>out', 'three>out', 'two>out'])
})
