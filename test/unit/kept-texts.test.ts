import { expect, test } from '@jest/globals'
import { KeptTexts } from '../../src/server/kept-texts.js'

/** How often each of these texts is written when they are asked for one after another. */
function writings(texts: KeptTexts, asked: readonly { selection: string; object: { text: string } }[]) {
  let written = 0
  for (const { selection, object } of asked) {
    const text = texts.of(selection, object, (one) => {
      written++
      return one.text
    })
    expect(text).toBe(object.text)
  }
  return written
}

const objects = Array.from({ length: 10 }, (_, at) => ({ text: `${at}`.repeat(100) }))
const askedFor = (selection: string) => objects.map((object) => ({ selection, object }))

test('the text of an object is written once a selection', () => {
  const texts = new KeptTexts()
  expect(writings(texts, [...askedFor('A{key}'), ...askedFor('A{key}')])).toBe(10)
  expect(writings(texts, [...askedFor('A{id}'), ...askedFor('A{key}'), ...askedFor('A{id}')])).toBe(10)
})

test('texts that would take more than they may are let go, of all selections', () => {
  const texts = new KeptTexts(3_000)
  expect(writings(texts, [...askedFor('A{key}').slice(0, 5), ...askedFor('A{id}').slice(0, 5)])).toBe(10)
  expect(writings(texts, askedFor('A{id}').slice(0, 1))).toBe(0)
  expect(writings(texts, askedFor('A{key}').slice(5, 6))).toBe(1)
  expect(writings(texts, [...askedFor('A{key}').slice(0, 5), ...askedFor('A{id}').slice(0, 5)])).toBe(10)
})

test('a long text is not kept', () => {
  const texts = new KeptTexts()
  const asked = [{ selection: 'A{tags}', object: { text: 'long'.repeat(1_000) } }]
  expect(writings(texts, [...asked, ...asked])).toBe(2)
})
