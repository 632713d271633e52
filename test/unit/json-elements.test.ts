import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { elementsOf } from '../../src/util/json-elements.js'

test('each element of a list is the text that it was written as, whatever is in it and around it', () => {
  const blanks = fc.stringMatching(/^[ \t\n\r]{0,3}$/)
  const text = fc.oneof(
    fc.json(),
    fc
      .string({ unit: fc.constantFrom('"', '\\', '[', ']', '{', '}', ',', 'a') })
      .map((s) => JSON.stringify(s)),
    fc.json().map((json) => JSON.stringify(JSON.parse(json), null, 2)),
    fc.bigInt().map(String),
  )
  const list = fc.tuple(blanks, fc.array(fc.tuple(blanks, text, blanks)))
  fc.assert(
    fc.property(list, ([around, elements]) => {
      const json = `${around}[${elements.map((parts) => parts.join('')).join(',') || around}]${around}`
      expect(elementsOf(json)).toEqual(elements.map(([, element]) => element))
    }),
    { numRuns: 2_000 },
  )
})
