import { expect, jest, test } from '@jest/globals'
import { assetIdOf, DEFAULT_NAMESPACE } from '../../src/lineage/asset-ref.js'
import { createTestDatabase } from '../harness/database.js'
import { record } from '../harness/recordings.js'
import { startTestServer, type TestServer, WALKED } from '../harness/server.js'
import { edgeNames, type LineageAnswer, nodeNames, walk } from '../harness/walks.js'

// Thousands of requests take their time where cores are few.
jest.setTimeout(180_000)

/** So long that no test sees what others have recorded but on demand. */
const SELDOM = { HEADWATER_GRAPH_POLL_MS: '600000' }

const KEYS = Array.from({ length: 16 }, (_, at) => `key/${at}`)

/** A plain generator of numbers from 0 to below `most`: the same for the same seed. */
function randomNumbers(seed: number) {
  let state = seed
  return (most: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return Math.floor((state / 2 ** 31) * most)
  }
}

function shown(answer: LineageAnswer) {
  return {
    nodes: nodeNames(answer.nodes),
    edges: edgeNames(answer.edges),
    hidden: answer.nodes.map(({ hiddenUpstream, hiddenDownstream }) => [hiddenUpstream, hiddenDownstream]),
    completeness: answer.completeness,
  }
}

/** Everything that walks say of every key there is. */
async function everyWalk(server: TestServer, roots: readonly string[], atLeast: string | null) {
  const answers: Record<string, object> = {}
  for (const root of roots)
    for (const direction of ['UPSTREAM', 'DOWNSTREAM'] as const)
      for (const scope of ['ALL', 'CURRENT'] as const)
        answers[`${root} ${direction} ${scope}`] = shown(
          await walk(server, root, { direction, scope, depth: 2, atLeast }),
        )
  return answers
}

test('what one server has recorded the other shows with its watermark, whatever both record meanwhile', async () => {
  const seed = Math.floor(Math.random() * 2 ** 31)
  process.stdout.write(`two servers, seed ${seed}\n`)
  await using database = await createTestDatabase()
  await using one = await startTestServer({ database, variables: SELDOM })
  await using other = await startTestServer({ database, variables: SELDOM })
  const recorded = new Set<string>()
  let last = ''

  const hammer = async (writer: TestServer, reader: TestServer, writerSeed: number) => {
    const random = randomNumbers(writerSeed)
    const key = () => KEYS[random(KEYS.length)] ?? ''
    for (let at = 0; at < 25; at++) {
      const [upstream, downstream] = [key(), key()]
      const { watermark } = await record(writer, {
        assets: [{ key: downstream, ...(random(2) === 0 ? {} : { partitionKey: `p${random(3)}` }) }],
        upstream: [{ key: upstream }],
        // Some of them are delivered again, with other inputs.
        ...(random(4) === 0 ? { storageEventId: random(5) } : {}),
      })
      const edge = `${upstream}>${downstream}`
      recorded.add(edge)
      last = watermark
      const direction = random(2) === 0 ? 'UPSTREAM' : 'DOWNSTREAM'
      const root = direction === 'UPSTREAM' ? downstream : upstream
      for (const [server, atLeast] of [
        [writer, null],
        [reader, watermark],
      ] as const) {
        const answer = await walk(server, root, { direction, depth: 1, atLeast })
        expect(edgeNames(answer.edges)).toContain(edge)
        // What shows this answer's own watermark shows at least as much.
        const again = await walk(server === writer ? reader : writer, root, {
          direction,
          depth: 1,
          atLeast: answer.watermark,
        })
        expect(edgeNames(again.edges)).toEqual(expect.arrayContaining(edgeNames(answer.edges)))
      }
    }
  }
  await Promise.all([
    hammer(one, other, seed),
    hammer(other, one, seed + 1),
    hammer(one, other, seed + 2),
    hammer(other, one, seed + 3),
  ])

  await using plain = await startTestServer({ database, variables: WALKED.PostgreSQL })
  const roots = KEYS.filter((key) => [...recorded].some((edge) => edge.split('>').includes(key)))
  const truth = await everyWalk(plain, roots, null)
  expect(await everyWalk(one, roots, last)).toEqual(truth)
  expect(await everyWalk(other, roots, last)).toEqual(truth)
})

test('without asking, the other server shows it a moment later', async () => {
  await using database = await createTestDatabase()
  await using one = await startTestServer({ database })
  await using other = await startTestServer({ database, variables: { HEADWATER_GRAPH_POLL_MS: '10' } })
  await record(one, { assets: [{ key: 'b' }], upstream: [{ key: 'a' }] })
  expect((await walk(other, 'a', { direction: 'DOWNSTREAM' })).nodes).toHaveLength(2)
  await record(one, { assets: [{ key: 'c' }], upstream: [{ key: 'a' }] })
  for (;;) {
    const { nodes, completeness } = await walk(other, 'a', { direction: 'DOWNSTREAM' })
    expect(completeness.complete).toBe(true)
    if (nodes.length === 3) break
  }
})

test('what commits late, after others that began later, is not passed over', async () => {
  await using database = await createTestDatabase()
  await using server = await startTestServer({ database, variables: SELDOM })
  await record(server, { assets: [{ key: 'late' }, { key: 'early' }] })
  const [upstream, downstream] = ['early', 'late'].map((key) =>
    assetIdOf({ namespace: DEFAULT_NAMESPACE, key }),
  )
  const late = await database.connect()
  try {
    await late.query('BEGIN')
    // Its transaction id is given out here, before those of the recordings that follow.
    await late.query('INSERT INTO lineage_edge (upstream_id, downstream_id) VALUES ($1, $2)', [
      upstream,
      downstream,
    ])
    for (let at = 0; at < 3; at++) {
      await record(server, { assets: [{ key: `made/${at}` }], upstream: [{ key: 'early' }] })
      await server.seeDatabase()
    }
    expect((await walk(server, 'early', { direction: 'DOWNSTREAM' })).nodes).toHaveLength(4)
    await late.query('COMMIT')
  } finally {
    await late.end()
  }
  await server.seeDatabase()
  expect(nodeNames((await walk(server, 'early', { direction: 'DOWNSTREAM' })).nodes)).toContain('late@1')
})

test('beyond its size the graph gives way to PostgreSQL, and says so in the log', async () => {
  const lines: string[] = []
  await using server = await startTestServer({
    variables: { HEADWATER_GRAPH_EDGES: '3', HEADWATER_LOG_LEVEL: 'warn', ...SELDOM },
    logTo: { write: (line) => lines.push(line) },
  })
  const statements = (key: string) =>
    server.statementsOf(() => walk(server, key, { direction: 'DOWNSTREAM' }))
  await record(server, { assets: [{ key: 'b' }], upstream: [{ key: 'a' }] })
  expect(await statements('a')).toHaveLength(1)
  await record(server, { assets: [1, 2, 3].map((at) => ({ key: `c${at}` })), upstream: [{ key: 'a' }] })
  expect((await walk(server, 'a', { direction: 'DOWNSTREAM' })).nodes).toHaveLength(5)
  expect((await statements('a')).length).toBeGreaterThan(1)
  expect(lines.filter((line) => line.includes('HEADWATER_GRAPH_EDGES'))).toHaveLength(1)
})

const DESCRIPTION = `{ lineage(root: { key: "told" }, direction: UPSTREAM) { nodes { asset { key description kind } } } }`
interface Told {
  lineage: { nodes: { asset: { key: string; description: string | null; kind: string } }[] }
}
const told = async (server: TestServer) => {
  const { lineage } = await server.query<Told, never>(DESCRIPTION)
  return lineage.nodes[0]?.asset
}
const tell = (server: TestServer, description: string) =>
  server.query<object, never>(
    `mutation { updateAsset(input: { asset: { key: "told" }, description: "${description}" }) { key } }`,
  )

test('a walk never shows an asset as it was before what its server has answered, whatever goes on meanwhile', async () => {
  await using server = await startTestServer({ variables: SELDOM })
  await record(server, { assets: [{ key: 'told' }], upstream: [{ key: 'raw' }] })
  let answered = 0
  let isOver = false
  const look = async () => {
    while (!isOver) {
      const before = answered
      expect(Number((await told(server))?.description ?? 0)).toBeGreaterThanOrEqual(before)
    }
  }
  const change = async () => {
    try {
      // From 101 on, so that of two in one millisecond the later one is the greater text.
      for (let at = 101; at <= 160; at++) {
        // By turns as a recording says it, and as somebody edits it.
        if (at % 2 === 0) await tell(server, String(at))
        else await record(server, { assets: [{ key: 'told', description: String(at) }] })
        answered = at
      }
    } finally {
      isOver = true
    }
  }
  await Promise.all([look(), look(), look(), change()])
  expect((await told(server))?.description).toBe('160')
})

test('what is edited on one server the other shows', async () => {
  await using database = await createTestDatabase()
  await using one = await startTestServer({ database, variables: SELDOM })
  await using other = await startTestServer({ database, variables: SELDOM })
  await record(one, { assets: [{ key: 'told' }], upstream: [{ key: 'raw' }] })
  expect((await told(other))?.description).toBeNull()
  await tell(one, 'edited')
  await other.seeDatabase()
  expect((await told(other))?.description).toBe('edited')
  await record(one, { assets: [{ key: 'told', kind: 'image' }] })
  await other.seeDatabase()
  expect((await told(other))?.kind).toBe('image')
})

test('an asset that nothing was made from, recorded by another server, is found', async () => {
  await using database = await createTestDatabase()
  await using one = await startTestServer({ database, variables: SELDOM })
  await using other = await startTestServer({ database, variables: SELDOM })
  await record(one, { assets: [{ key: 'alone' }] })
  const { nodes, completeness } = await walk(other, 'alone', { direction: 'BOTH' })
  expect([nodeNames(nodes), completeness.complete]).toEqual([['alone@0'], true])
})
