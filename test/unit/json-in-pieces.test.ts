import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { jsonInPieces } from '../../src/server/json-in-pieces.js'

const json = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constant(undefined))
const list = fc.tuple(fc.array(json, { minLength: 1, maxLength: 3 }), fc.nat(1_200)).map(([items, length]) =>
  // Lists of a thousand different items take longer to make up than to write.
  Array.from({ length }, (_, at) => items[at % items.length]),
)
const members = (depth: number): fc.Arbitrary<object> =>
  fc.dictionary(fc.string(), depth === 0 ? fc.oneof(json, list) : fc.oneof(json, list, members(depth - 1)), {
    maxKeys: 3,
  })

test('it is what JSON.stringify writes, however long its lists are, and wherever', async () => {
  await fc.assert(
    fc.asyncProperty(members(4), async (value) => {
      expect(await jsonInPieces(value)).toBe(JSON.stringify(value))
    }),
  )
})

test('others have their turn while a long list is written', async () => {
  let turns = 0
  let isDone = false
  const count = () => {
    turns++
    if (!isDone) setImmediate(count)
  }
  setImmediate(count)
  await jsonInPieces({ data: { lineage: { nodes: Array.from({ length: 10_000 }, (_, at) => ({ at })) } } })
  isDone = true
  expect(turns).toBeGreaterThanOrEqual(19)
})
