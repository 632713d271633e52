import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { SearchAssetsQuery } from '../../schema/operations.generated.js'
import { clear } from '../harness/dump.js'
import { recordBatch } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

type Found = SearchAssetsQuery['searchAssets']

interface Search {
  query: string
  namespace?: string
  first?: number
}

/** So many searches share a request. */
const AT_ONCE = 25
const LARGEST_PAGE = 1_000
const PATIENCE_MS = 120_000

/** What people write, what they do not, and what means something to SQL, LIKE or a query of words. */
const character = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...'abcdeABCDE0123') },
  { weight: 2, arbitrary: fc.constantFrom(...'éÉßçøñΣσςабвЖ日本語한글') },
  { weight: 1, arbitrary: fc.constantFrom(...`%'\\"&|!:*()<>@#$+`, '🦆', '👩‍👩‍👧', '½', 'ﬁ', 'İ') },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }) },
)
const isName = (text: string) => text !== '' && !/\p{Control}/u.test(text)
const word = fc.array(character, { minLength: 1, maxLength: 8 }).map((all) => all.join(''))
const key = fc
  .array(fc.tuple(word, fc.constantFrom('/', '.', '_', '-', ':')), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.flat().slice(0, -1).join(''))
  .filter((text) => isName(text) && [...text].length <= 256)
const nameOf = ({ namespace, key }: { namespace: string; key: string }) => `${namespace} ${key}`

const asset = fc.record({
  namespace: fc.constantFrom('default', 'prod', 'prod-eu', 'Équipe'),
  key,
  description: fc.option(fc.array(word.filter(isName), { maxLength: 6 }).map((words) => words.join(' '))),
})
const log = (length: number) =>
  fc.uniqueArray(asset, { minLength: length, maxLength: length, selector: nameOf })

const FIELDS = 'hits { asset { namespace key } score } complete'

/** What each search answers. */
async function askAll(searches: readonly Search[]): Promise<Found[]> {
  const answers: Found[] = []
  for (let from = 0; from < searches.length; from += AT_ONCE) {
    const some = searches.slice(from, from + AT_ONCE)
    const variables = some.map((_, at) => `$q${at}: String!, $n${at}: String, $f${at}: Int`)
    const fields = some.map(
      (_, at) => `s${at}: searchAssets(query: $q${at}, namespace: $n${at}, first: $f${at}) { ${FIELDS} }`,
    )
    const values = some.flatMap(({ query, namespace = null, first = LARGEST_PAGE }, at) => [
      [`q${at}`, query],
      [`n${at}`, namespace],
      [`f${at}`, first],
    ])
    const data = await server.query<Record<string, Found>, object>(
      `query (${variables.join()}) { ${fields.join(' ')} }`,
      Object.fromEntries(values),
    )
    answers.push(...Object.values(data))
  }
  return answers
}

async function recordAll(assets: readonly { namespace: string; key: string; description: string | null }[]) {
  await clear(server)
  await recordBatch(server, [
    {
      assets: assets.map(({ description, ...one }) => ({
        ...one,
        ...(description ? { description } : {}),
      })),
    },
  ])
}

const namesOf = ({ hits }: Found) => hits.map((hit) => nameOf(hit.asset))

/** What can be asked for: a character at least that is no mere mark, white space or separator. */
const isWord = (text: string) => /[\p{L}\p{N}]/u.test(text)

const partsOf = (text: string) => text.split(/[/._:\-\s]+/).filter(isWord)

test(
  'every asset is found by its key, by each part of it and by each word of its description, and no other namespace comes in',
  async () => {
    await fc.assert(
      fc.asyncProperty(log(60), async (assets) => {
        await recordAll(assets)
        const byKey = await askAll(assets.map(({ key }) => ({ query: key })))
        for (const [at, one] of assets.entries()) {
          const best = byKey[at]?.hits.filter(({ score }) => score === 1) ?? []
          expect(best.map((hit) => nameOf(hit.asset))).toContain(nameOf(one))
          expect(byKey[at]?.hits.slice(0, best.length)).toEqual(best)
        }
        const parts = assets.flatMap((one) =>
          [one.key, one.description ?? ''].flatMap(partsOf).map((query) => ({ query, one })),
        )
        const everywhere = await askAll(parts)
        const inNamespace = await askAll(parts.map(({ query, one }) => ({ query, namespace: one.namespace })))
        for (const [at, { query, one }] of parts.entries()) {
          const [found, own] = [everywhere[at], inNamespace[at]]
          if (found === undefined || own === undefined) throw new Error('no answer')
          expect([query, namesOf(found)]).toEqual([query, expect.arrayContaining([nameOf(one)])])
          const ofNamespace = found.hits.filter((hit) => hit.asset.namespace === one.namespace)
          expect([query, own.hits]).toEqual([query, ofNamespace])
        }
      }),
      { numRuns: 4, endOnFailure: true },
    )
  },
  PATIENCE_MS,
)

const few = fc.constantFrom('a', 'b', 'ab', 'ba', 'abc', 'cab')
const simple = fc.uniqueArray(
  fc.record({
    namespace: fc.constantFrom('default', 'b'),
    key: fc.array(few, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/')),
    description: fc.option(few),
  }),
  { minLength: 40, maxLength: 40, selector: nameOf },
)
const queries = fc.array(fc.array(few, { minLength: 1, maxLength: 3 }), { minLength: 12, maxLength: 12 })

test(
  'what is found is what a simple model finds, once, by score and name, and a page says whether it is all',
  async () => {
    await fc.assert(
      fc.asyncProperty(simple, queries, async (assets, asked) => {
        await recordAll(assets)
        const searches = asked.map((words) => ({ query: words.join(' ') }))
        const answers = await askAll(searches)
        const pages = await askAll(searches.map(({ query }) => ({ query, first: 7 })))
        for (const [at, words] of asked.entries()) {
          const [all, page] = [answers[at], pages[at]]
          if (all === undefined || page === undefined) throw new Error('no answer')
          expect([words, all.complete, namesOf(all)]).toEqual([words, true, namesFound(assets, words)])
          expect([words, page]).toEqual([
            words,
            { hits: all.hits.slice(0, 7), complete: all.hits.length <= 7 },
          ])
        }
      }),
      { numRuns: 40, endOnFailure: true },
    )
  },
  PATIENCE_MS,
)

/** Straight from the rules: of keys, namespaces and descriptions of small letters. */
function namesFound(
  assets: readonly { namespace: string; key: string; description: string | null }[],
  asked: readonly string[],
): string[] {
  const query = asked.join(' ')
  const words = [...new Set(asked)]
  const rankOf = ({ namespace, key, description }: (typeof assets)[number]): number => {
    const parts = key.split('/')
    const others = [namespace, description ?? '']
    const isBegun = (word: string) => parts.some((part) => part.startsWith(word))
    const isWithin = (texts: readonly string[]) => (word: string) =>
      texts.some((text) => text.startsWith(word) || (word.length > 2 && text.includes(word)))
    const ranks = [
      key === query,
      key.startsWith(query),
      words.every((word) => parts.includes(word)),
      words.every(isBegun),
      words.every(isWithin(parts)),
      words.every(isWithin([...parts, ...others])),
    ]
    return ranks.indexOf(true)
  }
  return assets
    .map((one) => ({ rank: rankOf(one), name: `${one.namespace}\u0001${one.key}`, shown: nameOf(one) }))
    .filter(({ rank }) => rank >= 0)
    .sort((left, right) => left.rank - right.rank || (left.name < right.name ? -1 : 1))
    .map(({ shown }) => shown)
}
