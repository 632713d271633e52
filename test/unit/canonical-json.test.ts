import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { canonicalJson } from '../../src/util/canonical-json.js'

/** The same value with the members of every object in the opposite order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([name, member]) => [name, reversed(member)]),
  )
}

test('a value and the same value with its members in another order give one text, which is its JSON', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value)
      expect(canonicalJson(reversed(value))).toBe(text)
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
    }),
  )
})

test('instants, integers of 64 bits, what is undefined and what is named __proto__ have their texts', () => {
  const value = { b: new Date('2026-01-01T01:00:00+01:00'), a: 2n ** 63n, c: undefined }
  expect(canonicalJson(value)).toBe('{"a":"9223372036854775808","b":"2026-01-01T00:00:00.000Z"}')
  expect(canonicalJson(JSON.parse('{"a": 1, "__proto__": [null]}'))).toBe('{"__proto__":[null],"a":1}')
})
