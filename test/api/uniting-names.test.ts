import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import fc from 'fast-check'
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
const symlinks = (...names: string[]) => ({ symlinks: { identifiers: names.map((name) => dataset(name)) } })
const link = (...names: string[]) =>
  sendEvents(server, [
    {
      eventTime: minute(900),
      producer: 'https://example.com',
      schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/DatasetEvent',
      dataset: dataset('a', { facets: symlinks(...names) }),
    },
  ])

/** What is there before the names are one, and what is said when they are: both ways the same has to come of it. */
async function eitherWay<T>(say: () => Promise<unknown>, look: () => Promise<T>): Promise<T> {
  await record(server, { materializedAt: minute(0), idempotencyKey: '0', assets: [lake('a'), lake('b')] })
  await say()
  await link('b')
  const linkedLast = await look()
  await clear(server)
  await record(server, { materializedAt: minute(0), idempotencyKey: '0', assets: [lake('a'), lake('b')] })
  await link('b')
  await say()
  expect(await look()).toEqual(linkedLast)
  return linkedLast
}

async function versionsOf(): Promise<{ version: string | null; storageEventId: string | null }[]> {
  const { asset } = await server.query<
    { asset: { materializations: { nodes: { version: string | null; storageEventId: string | null }[] } } },
    undefined
  >('{ asset(namespace: "lake", key: "a") { materializations { nodes { version storageEventId } } } }')
  return asset.materializations.nodes
}

test('what one storage event has made under two names is two, and each is updated by its repeats', async () => {
  const deliver = (suffix: string, at: number) =>
    record(server, {
      storageEventId: 7,
      materializedAt: minute(at),
      assets: [
        { ...lake('a'), version: `a${suffix}` },
        { ...lake('b'), version: `b${suffix}` },
      ],
    })
  const say = async () => {
    const { materializations } = await deliver('1', 1)
    expect(materializations.map(({ version }) => version)).toEqual(['a1', 'b1'])
  }
  const versions = await eitherWay(say, async () => {
    const again = await deliver('2', 2)
    expect(again.materializations.map(({ version }) => version)).toEqual(['a2', 'b2'])
    return versionsOf()
  })
  expect(versions.map(({ version }) => version).sort()).toEqual([null, null, 'a2', 'b2'].sort())
})

test('what a node is to make under two names it is to make once, and required if either is', async () => {
  const say = () =>
    server.query<
      object,
      undefined
    >(`mutation { registerAssetConfig(input: { nodes: [{ nodeTaskId: "node", assets: [
      { namespace: "lake", key: "b", isRequired: false, kind: "table", metadata: { of: "b" } },
      { namespace: "lake", key: "c" },
      { namespace: "lake", key: "a", isRequired: true, description: "of a", metadata: { of: "a" } }] }] }) { nodeCount } }`)
  const expected = await eitherWay(say, async () => ({
    rows: await server.database.sql(
      `SELECT a.key, e.is_primary, e.is_required, e.metadata FROM expected_asset e JOIN asset a ON a.id = e.asset_id
       ORDER BY e.position`,
    ),
    said: await server.database.sql(
      `SELECT s.kind, s.description FROM asset_state s JOIN asset a ON a.id = s.asset_id WHERE a.key = 'a'`,
    ),
  }))
  expect(expected.rows).toMatchObject([{ key: 'a', is_required: true, metadata: { of: 'b' } }, { key: 'c' }])
  expect(expected.said).toEqual([{ kind: 'table', description: 'of a' }])
})

const retirements = async () => {
  const { asset } = await server.query<{ asset: object }, undefined>(
    '{ asset(namespace: "lake", key: "a") { retiredAt } }',
  )
  return asset
}

test('an asset that was dropped, written under its other name, and dropped under that is retired since then', async () => {
  const drop = { lifecycleStateChange: { lifecycleStateChange: 'DROP' } }
  const event = (run: string, at: number, name: string, facets = {}) =>
    runEvent('dag.job', run, 'COMPLETE', minute(at), { outputs: [dataset(name, { facets })] })
  const rows = await eitherWay(
    () =>
      sendEvents(server, [
        event('run-1', 10, 'a', drop),
        event('run-2', 20, 'b'),
        event('run-3', 30, 'b', drop),
      ]),
    retirements,
  )
  expect(rows).toEqual({ retiredAt: minute(30) })
})

test('retirements of two names unite to what they would be, had all been said of one', async () => {
  const step = fc.record({
    key: fc.constantFrom('a', 'b'),
    what: fc.constantFrom('make', 'retire', 'retire', 'restore'),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 8 }), async (steps) => {
      await clear(server)
      const say = async () => {
        for (const [at, { key, what }] of steps.entries()) {
          const time = minute(10 + at)
          const of = `asset: { namespace: "lake", key: "${key}" }, at: "${time}"`
          if (what === 'make')
            await record(server, { materializedAt: time, idempotencyKey: `step-${at}`, assets: [lake(key)] })
          else await server.query<object, undefined>(`mutation { ${what}Asset(${of}) { id } }`)
        }
      }
      await eitherWay(say, retirements)
    }),
    { numRuns: 60, interruptAfterTimeLimit: 100_000, markInterruptAsFailure: true },
  )
}, 120_000)

test('a name more costs as many statements, however many there are', async () => {
  const cost = async (count: number) => {
    await clear(server)
    const names = Array.from({ length: count }, (_, at) => `name-${at}`)
    return (await server.statementsOf(() => link(...names))).length
  }
  const [few, many] = [await cost(10), await cost(900)]
  // Names under which nothing was recorded are put with one statement.
  expect(many).toBe(few)
})

test('to unite what many names have recorded costs each name alike', async () => {
  const cost = async (count: number) => {
    await clear(server)
    const names = Array.from({ length: count }, (_, at) => `name-${at}`)
    await record(server, { assets: names.map(lake) })
    return (await server.statementsOf(() => link(...names))).length
  }
  const [one, two, many] = [await cost(1), await cost(2), await cost(60)]
  expect(many - one).toBe(59 * (two - one))
})
