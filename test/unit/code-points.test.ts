import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { compareCodePoints, countCodePoints, firstCodePoints } from '../../src/util/code-points.js'

// Surrogates and what lies just outside them, where orders by code unit and by code point differ.
const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom('a', 'b', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
})

test('texts are in the order of their UTF-8 bytes, as in PostgreSQL’s "C" collation', () => {
  fc.assert(
    fc.property(text, text, (left, right) => {
      expect(Math.sign(compareCodePoints(left, right))).toBe(
        Buffer.compare(Buffer.from(left), Buffer.from(right)),
      )
    }),
  )
})

test('the first code points of a text are counted as the text is, and never cut a pair', () => {
  fc.assert(
    fc.property(text, fc.nat({ max: 20 }), (whole, count) => {
      const first = firstCodePoints(whole, count)
      expect(first).toBe([...whole].slice(0, count).join(''))
      expect(countCodePoints(first)).toBe(Math.min(count, [...whole].length))
    }),
  )
})
