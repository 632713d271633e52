import { expect, test } from '@jest/globals'
import { runIdOf } from '../../src/lineage/openlineage/run-id.js'
import { createTestDatabase } from '../harness/database.js'
import { dataset, type RunEvent, runEvent, sendEvents } from '../harness/lineage-events.js'
import { whileHolding } from '../harness/locks.js'
import { minute, record } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'
import { edgeNames, nodeNames, walk } from '../harness/walks.js'

/** So long that no test sees what others have recorded but on demand. */
const SELDOM = { HEADWATER_GRAPH_POLL_MS: '600000' }

const lake = (key: string) => ({ namespace: 'lake', key })
const linking = (runId: string, name: string, alias: string): RunEvent =>
  runEvent('dag.link', runId, 'RUNNING', minute(9), {
    outputs: [dataset(name, { facets: { symlinks: { identifiers: [dataset(alias)] } } })],
  })

async function upOf(server: TestServer, key: string): Promise<string[]> {
  const { nodes, edges } = await walk(server, lake(key), { direction: 'UPSTREAM' })
  return [...nodeNames(nodes), ...edgeNames(edges).sort()]
}

test('a move that began first and is committed last is seen by the graph of another server', async () => {
  await using database = await createTestDatabase()
  await using slow = await startTestServer({ database, variables: SELDOM })
  await using quick = await startTestServer({ database, variables: SELDOM })
  await using reader = await startTestServer({ database, variables: SELDOM })
  await record(slow, { assets: [{ ...lake('down'), upstream: [lake('x2'), lake('y2')] }] })
  await reader.seeDatabase()
  expect(await upOf(reader, 'down')).toEqual(['down@0', 'x2@1', 'y2@1', 'x2>down', 'y2>down'])

  const run = runIdOf({ jobNamespace: 'jobs', jobName: 'dag.link', runId: 'slow' })
  const held = `SELECT pg_advisory_xact_lock(hashtextextended('${run}', 0))`
  const moves: Promise<unknown>[] = []
  await whileHolding(database, held, async (untilBlocked) => {
    // It has written its event, and so has its transaction id, before the other begins.
    moves.push(sendEvents(slow, [linking('slow', 'x', 'x2')]))
    await untilBlocked(1)
    await sendEvents(quick, [linking('quick', 'y', 'y2')])
    await reader.seeDatabase('anew')
    expect(await upOf(reader, 'down')).toEqual(['down@0', 'x2@1', 'y@1', 'x2>down', 'y>down'])
  })
  await Promise.all(moves)
  await reader.seeDatabase()
  const moved = ['down@0', 'x@1', 'y@1', 'x>down', 'y>down']
  expect(await upOf(reader, 'down')).toEqual(moved)
  await reader.seeDatabase('anew')
  expect(await upOf(reader, 'down')).toEqual(moved)
})

test('names stay what they are where a graph is given up and loaded again', async () => {
  await using server = await startTestServer({ variables: SELDOM })
  await record(server, { assets: [{ ...lake('db.table'), upstream: [lake('raw')] }] })
  await sendEvents(server, [linking('run-1', 'table', 'db.table')])
  const from: string[] = []
  for (const made of ['one', 'two']) {
    await server.seeDatabase('anew')
    expect(await upOf(server, 'db.table')).toEqual([
      'table@0',
      ...[...from, 'raw'].map((key) => `${key}@1`),
      ...[...from, 'raw'].map((key) => `${key}>table`),
    ])
    // Under the other name, which the server has to find out again.
    await record(server, { assets: [{ ...lake(made), upstream: [lake('db.table')] }] })
    await record(server, { assets: [{ ...lake('db.table'), upstream: [lake(`from ${made}`)] }] })
    from.push(`from ${made}`)
    expect(await upOf(server, made)).toEqual(expect.arrayContaining([`table>${made}`, `from ${made}>table`]))
  }
  const rows = await server.database.sql(
    `SELECT FROM materialization m WHERE NOT EXISTS (SELECT FROM asset a WHERE a.id = m.asset_id)`,
  )
  expect(rows).toEqual([])
})
