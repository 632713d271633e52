import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { record } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const update = (input: object) =>
  server.ask<{ asset: object }, object>(
    'mutation ($input: UpdateAssetInput!) { asset: updateAsset(input: $input) { key kind kinds description tags owners } }',
    { input },
  )

test('what is given is changed, the rest stays, and later recordings have the last word on what they state', async () => {
  const asset = { key: 'a/text' }
  await record(server, { assets: [{ ...asset, kinds: ['s3'], description: 'first' }] })
  const start = { key: 'a/text', kind: 'text', kinds: ['s3'], description: 'first', tags: {}, owners: [] }
  expect((await update({ asset })).data?.asset).toEqual(start)
  const tagged = { ...start, kind: 'table', tags: { tier: [1] }, owners: ['ann', 'bob'] }
  expect(
    (await update({ asset, kind: 'table', tags: { tier: [1] }, owners: ['ann', 'bob', 'ann'] })).data?.asset,
  ).toEqual(tagged)
  expect((await update({ asset, description: '', kinds: [], tags: null })).data?.asset).toEqual({
    ...tagged,
    description: null,
    kinds: [],
  })
  // A late recording of an earlier time does not undo it, a recording of a later time does.
  await record(server, {
    materializedAt: '2026-01-01T00:00:00Z',
    assets: [{ ...asset, kind: 'image', description: 'late' }],
  })
  expect((await update({ asset })).data?.asset).toMatchObject({ kind: 'table', description: null })
  await record(server, {
    materializedAt: '2030-01-01T00:00:00Z',
    assets: [{ ...asset, kind: 'image', description: 'new' }],
  })
  expect((await update({ asset })).data?.asset).toMatchObject({
    kind: 'image',
    description: 'new',
    owners: ['ann', 'bob'],
  })
})

test('where nothing is said nothing is updated', async () => {
  const asset = { key: 'b/text' }
  await record(server, { assets: [asset] })
  const updatedAt = async () =>
    (await server.query<{ asset: { updatedAt: string } }, never>('{ asset(key: "b/text") { updatedAt } }'))
      .asset.updatedAt
  const before = await updatedAt()
  await update({ asset })
  await update({ asset, kind: null, tags: null })
  expect(await updatedAt()).toBe(before)
  await update({ asset, tags: {} })
  expect(await updatedAt()).not.toBe(before)
})

test('other servers are told of an edit, whatever it changes, and of nothing where nothing is changed', async () => {
  const asset = { key: 'told/text' }
  await record(server, { assets: [asset] })
  const transaction = async () =>
    (await server.database.sql("SELECT transaction_id::text FROM asset WHERE key = 'told/text'"))[0]
  let last = await transaction()
  const changes = [
    { kind: 'table' },
    { kinds: ['sql'] },
    { description: 'said' },
    { tags: {} },
    { owners: ['ann'] },
  ]
  for (const change of changes) {
    await update({ asset, ...change })
    expect(await transaction()).not.toEqual(last)
    last = await transaction()
  }
  await update({ asset })
  await update({ asset, kind: 'x', kinds: ['x'], description: 'x', owners: ['x'], unlessStated: true })
  expect(await transaction()).toEqual(last)
})

test('on request only what nobody has stated yet is changed', async () => {
  const asset = { key: 'c/text' }
  const said = { asset, kind: 'table', kinds: ['sql'], description: 'said', tags: { a: 1 }, owners: ['ann'] }
  const { asset: _, ...all } = said
  await record(server, { assets: [asset] })
  expect((await update({ ...said, unlessStated: true })).data?.asset).toMatchObject(all)
  const other = {
    kind: 'x',
    kinds: ['x'],
    description: 'x',
    tags: { x: 1 },
    owners: ['x'],
    unlessStated: true,
  }
  expect((await update({ asset, ...other })).data?.asset).toMatchObject(all)
  // That there is no description any more has been stated as well.
  await update({ asset, description: '', tags: {} })
  const updated = await update({ asset, ...other })
  expect(updated.data?.asset).toMatchObject({ ...all, description: null, tags: { x: 1 } })
})

test.each([
  [
    { asset: { key: 'nowhere' }, kind: 'x' },
    404,
    'input.asset: no asset "nowhere" in namespace "default" has been recorded',
  ],
  [{ asset: { key: '' } }, 400, 'input.asset.key: expected 1 to 2048 characters, got 0 characters'],
  [{ asset: { key: 'a/text' }, kind: '' }, 400, 'input.kind: expected 1 to 128 characters, got 0 characters'],
  [
    { asset: { key: 'a/text' }, owners: [''] },
    400,
    'input.owners[0]: expected 1 to 512 characters, got 0 characters',
  ],
  [
    { asset: { key: 'a/text' }, owners: Array.from({ length: 101 }, String) },
    400,
    'input.owners: expected 0 to 100 items, got 101 items',
  ],
  [
    { asset: { key: 'a/text' }, tags: { a: '\ud800' } },
    400,
    'input.tags: expected well-formed Unicode, got a lone surrogate at index 0',
  ],
])('refused: %j', async (input, status, message) => {
  const answer = await update(input)
  expect([answer.status, answer.errors[0]?.message]).toEqual([status, message])
})
