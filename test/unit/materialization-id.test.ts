import { expect, test } from '@jest/globals'
import { idInBatchOf, materializationIdOf } from '../../src/lineage/materialization-id.js'
import { BOUNDS } from '../../src/lineage/recording/bounds.js'

const TIME = new Date('2026-01-05T06:00:00Z')

/** Each place, in the order of the ids made of it. */
function inOrderOfIds(idOf: typeof idInBatchOf, places: number[]): number[] {
  const made = places.map((place) => ({ place, id: idOf(TIME, place, undefined) }))
  return made.sort((a, b) => (a.id < b.id ? -1 : 1)).map(({ place }) => place)
}

test('at one instant ids follow the place, up to the last one that a recording may have', () => {
  const places = Array.from({ length: BOUNDS.assetsPerRecording }, (_, at) => at)
  expect(inOrderOfIds(materializationIdOf, places)).toEqual(places)
  expect(() => materializationIdOf(TIME, 4_096, undefined)).toThrow('place: expected 12 bits, got 4096')
})

test('and up to the last one of the largest batch', () => {
  const most = BOUNDS.recordingsPerBatch * BOUNDS.assetsPerRecording
  const places = Array.from({ length: most / 10 }, (_, at) => at * 10 + 9)
  expect(inOrderOfIds(idInBatchOf, places)).toEqual(places)
  expect(() => idInBatchOf(TIME, 131_072, undefined)).toThrow('place: expected 17 bits, got 131072')
})

test('an id is a UUIDv7 of its time, and the same for the same seed', () => {
  for (const idOf of [materializationIdOf, idInBatchOf]) {
    const id = idOf(TIME, 3, 'seed')
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(Number.parseInt(id.replace('-', '').slice(0, 12), 16)).toBe(TIME.getTime())
    expect(idOf(TIME, 3, 'seed')).toBe(id)
  }
  // As ids have been from the start: those of checks are found again by it.
  expect(materializationIdOf(new Date(0), 1, 'seed')).toBe('00000000-0000-7001-bb00-e3c8b59b23ad')
})
