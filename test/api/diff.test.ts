import { expect, test } from '@jest/globals'
import { minute, type Run, recordBatch } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'

interface Diff {
  addedNodes: { key: string }[]
  addedEdges: { upstream: { key: string }; downstream: { key: string } }[]
  addedNodeCount: number
  addedEdgeCount: number
  unchangedNodeCount: number
  unchangedEdgeCount: number
  completeness: { complete: boolean; stoppedBy: string[] }
}

async function diff(server: TestServer, args: string): Promise<Diff> {
  const { lineageDiff } = await server.query<{ lineageDiff: Diff }, undefined>(
    `{ lineageDiff(from: "${minute(1)}", to: "${minute(3)}", ${args}) {
      addedNodes { key } addedEdges { upstream { key } downstream { key } }
      addedNodeCount addedEdgeCount unchangedNodeCount unchangedEdgeCount
      completeness { complete stoppedBy } } }`,
  )
  return lineageDiff
}

const namesOf = ({ addedEdges }: Diff) => addedEdges.map((one) => `${one.upstream.key}>${one.downstream.key}`)

/** c/0 → c/1 → … of which the second half comes in the second minute. */
const LENGTH = 400
const chain = (from: number, to: number, at: number): Run => ({
  materializedAt: minute(at),
  assets: Array.from({ length: to - from }, (_, place) => {
    const number = from + place
    return { key: `c/${number}`, upstream: number === 0 ? [] : [{ key: `c/${number - 1}` }] }
  }),
})

test('where the time is over, all that lies within some distance has been compared', async () => {
  await using server = await startTestServer()
  await recordBatch(server, [chain(0, LENGTH / 2, 1), chain(LENGTH / 2, LENGTH, 2)])
  await using hasty = await startTestServer({
    database: server.database,
    variables: { HEADWATER_WALK_TIMEOUT_MS: '2' },
  })
  const far = await diff(hasty, 'root: { key: "c/0" }, direction: DOWNSTREAM')
  expect(far.completeness).toEqual({ complete: false, stoppedBy: ['TIME_LIMIT'] })
  const distance = far.unchangedNodeCount + far.addedNodeCount - 1
  const { completeness, ...near } = await diff(
    server,
    `root: { key: "c/0" }, direction: DOWNSTREAM, depth: ${distance}`,
  )
  expect(completeness).toEqual({ complete: false, stoppedBy: ['DEPTH'] })
  expect(far).toMatchObject(near)
})

test('a list that is cut holds the first by name, and the counts are of all', async () => {
  await using server = await startTestServer()
  const ends = Array.from({ length: 30 }, (_, at) => `end/${String(at).padStart(2, '0')}`)
  await recordBatch(server, [
    { materializedAt: minute(1), assets: [{ key: 'root' }] },
    {
      materializedAt: minute(2),
      assets: ends.toReversed().map((key) => ({ key })),
      upstream: [{ key: 'root' }],
    },
    { materializedAt: minute(2), assets: [{ key: 'join' }], upstream: ends.map((key) => ({ key })) },
  ])
  const cut = await diff(server, 'root: { key: "root" }, direction: DOWNSTREAM, limit: 7')
  expect(cut.completeness).toEqual({ complete: false, stoppedBy: ['NODE_LIMIT'] })
  expect([cut.addedNodeCount, cut.addedEdgeCount]).toEqual([31, 60])
  expect(cut.addedNodes.map(({ key }) => key)).toEqual(ends.slice(0, 7))
  // By their downstream ends, then by their upstream ones.
  expect(namesOf(cut)).toEqual(ends.slice(0, 7).map((key) => `root>${key}`))

  const joined = await diff(server, 'root: { key: "join" }, direction: UPSTREAM, limit: 7')
  expect(joined.addedEdgeCount).toBe(60)
  expect(namesOf(joined)).toEqual(ends.slice(0, 7).map((key) => `root>${key}`))
})
