import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { inputsOf, make, minute, record, resolutionsOf, unique } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})

afterAll(() => server[Symbol.asyncDispose]())

const at = (count: number) => ({ materializedAt: minute(count) })

test('a named version that is recorded is REPORTED', async () => {
  const raw = unique('raw')
  const v1 = await make(server, raw, { version: 'v1', ...at(1) })
  await make(server, raw, { version: 'v2', ...at(2) })
  const made = await make(server, unique('made'), { ...at(3), upstream: [{ key: raw, version: 'v1' }] })
  expect(await inputsOf(server, made)).toMatchObject([
    {
      asset: { key: raw },
      version: 'v1',
      partitionKey: null,
      resolution: 'REPORTED',
      materialization: { id: v1 },
    },
  ])
})

test('a named version is UNRESOLVED until it arrives, and REPORTED from then on', async () => {
  const raw = unique('raw')
  await make(server, raw, { version: 'v1', ...at(1) })
  const made = await make(server, unique('made'), { ...at(3), upstream: [{ key: raw, version: 'v2' }] })
  expect(await inputsOf(server, made)).toMatchObject([
    { version: 'v2', resolution: 'UNRESOLVED', materialization: null },
  ])
  const v2 = await make(server, raw, { version: 'v2', ...at(2) })
  expect(await resolutionsOf(server, made)).toEqual([['REPORTED', v2]])
})

test('without a version the latest at or before is INFERRED, and a late arrival is inferred anew', async () => {
  const raw = unique('raw')
  const made = await make(server, unique('made'), { ...at(5), upstream: [{ key: raw }] })
  expect(await inputsOf(server, made)).toMatchObject([
    { version: null, resolution: 'INFERRED', materialization: null },
  ])
  await make(server, raw, { version: 'after', ...at(6) })
  expect(await resolutionsOf(server, made)).toEqual([['INFERRED', null]])
  const first = await make(server, raw, { version: 'v1', ...at(1) })
  expect(await resolutionsOf(server, made)).toEqual([['INFERRED', first]])
  const same = await make(server, raw, { version: 'v5', ...at(5) })
  expect(await inputsOf(server, made)).toMatchObject([
    { version: 'v5', resolution: 'INFERRED', materialization: { id: same } },
  ])
  await make(server, raw, { version: 'v4', ...at(4) })
  expect(await resolutionsOf(server, made)).toEqual([['INFERRED', same]])
})

test('what the same DAG run made is preferred to what is later', async () => {
  const raw = unique('raw')
  const own = await make(server, raw, { dagId: 'run-1', version: 'v', ...at(1) })
  const other = await make(server, raw, { dagId: 'run-2', version: 'v', ...at(2) })
  const after = await make(server, raw, { dagId: 'run-3', version: 'v', ...at(9) })
  const madeBy = (dagId: string | null) =>
    make(server, unique('made'), { dagId, ...at(3), upstream: [{ key: raw }, { key: raw, version: 'v' }] })
  const both = (id: string) => [
    ['INFERRED', id],
    ['REPORTED', id],
  ]
  expect(await resolutionsOf(server, await madeBy('run-1'))).toEqual(both(own))
  expect(await resolutionsOf(server, await madeBy('run-2'))).toEqual(both(other))
  // What its own run made only later cannot have been used.
  expect(await resolutionsOf(server, await madeBy('run-3'))).toEqual(both(other))
  expect(await resolutionsOf(server, await madeBy(null))).toEqual(both(other))
  expect(after).not.toBe(other)
})

test('an input that names a partition is of that partition', async () => {
  const raw = unique('raw')
  const p = await make(server, raw, { partitionKey: 'p', version: 'v', ...at(1) })
  const q = await make(server, raw, { partitionKey: 'q', version: 'v', ...at(2) })
  const made = await make(server, unique('made'), {
    ...at(3),
    upstream: [
      { key: raw, partitionKey: 'p' },
      { key: raw, partitionKey: 'p', version: 'v' },
      { key: raw },
      { key: raw, version: 'v' },
      { key: raw, partitionKey: 'none' },
      { key: raw, partitionKey: 'none', version: 'v' },
    ],
  })
  expect(await resolutionsOf(server, made)).toEqual([
    ['INFERRED', p],
    ['REPORTED', p],
    ['INFERRED', q],
    ['REPORTED', q],
    ['INFERRED', null],
    ['UNRESOLVED', null],
  ])
})

test('of a version that was made twice the latest at or before is meant', async () => {
  const raw = unique('raw')
  const first = await make(server, raw, { version: 'v', ...at(1) })
  const second = await make(server, raw, { version: 'v', ...at(3) })
  const madeAt = (time: number) =>
    make(server, unique('made'), { ...at(time), upstream: [{ key: raw, version: 'v' }] })
  expect(await resolutionsOf(server, await madeAt(2))).toEqual([['REPORTED', first]])
  expect(await resolutionsOf(server, await madeAt(4))).toEqual([['REPORTED', second]])
})

test('where clocks differ, a named version may have been made after: then the first after is meant', async () => {
  const raw = unique('raw')
  await make(server, raw, { version: 'v', ...at(9) })
  const next = await make(server, raw, { version: 'v', ...at(5) })
  const made = await make(server, unique('made'), { ...at(1), upstream: [{ key: raw, version: 'v' }] })
  expect(await resolutionsOf(server, made)).toEqual([['REPORTED', next]])
})

test('nothing is made from itself: of its own asset an input is what came before', async () => {
  const key = unique('state')
  const first = await make(server, key, { version: 'v', ...at(1), upstream: [{ key }] })
  const second = await make(server, key, {
    version: 'v',
    ...at(2),
    upstream: [{ key }, { key, version: 'v' }],
  })
  expect(await resolutionsOf(server, first)).toEqual([['INFERRED', null]])
  expect(await resolutionsOf(server, second)).toEqual([
    ['INFERRED', first],
    ['REPORTED', first],
  ])
})

test('what one call makes can be made from what else it makes', async () => {
  const [raw, made] = [unique('raw'), unique('made')]
  await make(server, raw, { version: 'older', ...at(1) })
  const { materializations } = await record(server, {
    ...at(2),
    assets: [
      { key: made, upstream: [{ key: raw }, { key: raw, version: 'newer' }] },
      { key: raw, version: 'newer' },
    ],
  })
  expect(await resolutionsOf(server, materializations[0]?.id ?? '')).toEqual([
    ['INFERRED', materializations[1]?.id],
    ['REPORTED', materializations[1]?.id],
  ])
})

test('inputs are an asset’s own, then the call’s, each once and in the order given', async () => {
  const key = unique('made')
  const { materializations } = await record(server, {
    assets: [{ key, upstream: [{ key: 'b' }, { key: 'a', version: 'v' }, { key: 'b' }] }],
    upstream: [{ key: 'c' }, { key: 'a', version: 'v' }, { key: 'a' }],
  })
  const inputs = await inputsOf(server, materializations[0]?.id ?? '')
  expect(inputs.map(({ asset, version }) => [asset.key, version])).toEqual([
    ['b', null],
    ['a', 'v'],
    ['c', null],
    ['a', null],
  ])
})

test('inputs of any number of materializations take two statements, and their assets one more', async () => {
  const raw = unique('raw')
  await make(server, raw, { version: 'v', ...at(1) })
  const dagId = unique('run')
  const ask = async (fields: string) => {
    const statements = await server.statementsOf(() =>
      server.query(
        `query ($dagId: String!) { materializations(filter: { dagId: $dagId }, first: 1000) { nodes { inputs { ${fields} } } } }`,
        { dagId },
      ),
    )
    return statements.length
  }
  const counts: number[][] = []
  for (const count of [1, 100]) {
    await record(server, {
      ...at(2),
      dagId,
      assets: Array.from({ length: count }, (_, place) => ({ key: `${dagId}/${count}/${place}` })),
      upstream: [{ key: raw }, { key: raw, version: 'v' }, { key: 'none' }],
    })
    counts.push([
      await ask('version resolution materialization { id }'),
      await ask('materialization { id } asset { key }'),
    ])
  }
  // One for the materializations themselves.
  expect(counts).toEqual([
    [1 + 2, 1 + 2 + 1],
    [1 + 2, 1 + 2 + 1],
  ])
})
