import { ask } from './headwater.mjs'

const SEARCH = `query Search($query: String!) {
  searchAssets(query: $query, first: 20) { hits { asset { namespace key description } score matchedIn } complete }
}`

const LETTERS = 'abcdefghijklmnopqrstuvwxyz'

/**
 * What people look for, so many of each sort: whole keys, beginnings, several words of one asset, words with a typo,
 * and what is not there.
 *
 * @param {import('../ground/random.mjs').Random} random
 * @param {{ namespace: string, key: string, description: string }[]} assets
 * @param {number} count of each sort
 */
export function searches(random, assets, count) {
  const pick = (list) => list[random.below(list.length)]
  const wordsOf = (text) => text.split(/[/._ ]/)
  const sorts = {
    exact: ({ key }) => key,
    beginning: ({ key }) => {
      const from = pick([key, pick(wordsOf(key))])
      return from.slice(0, 1 + random.below(from.length))
    },
    words: ({ key, description }) =>
      [pick(wordsOf(key)), pick(wordsOf(key)), pick(wordsOf(description))]
        .slice(0, 2 + random.below(2))
        .join(' '),
    typo: ({ key }) => {
      const long = wordsOf(key).filter((word) => /^[a-z]{5,}$/.test(word))
      return long
        .slice(-2)
        .map((word) => misspelt(random, word))
        .join('_')
    },
    nothing: () => Array.from({ length: 4 + random.below(8) }, () => LETTERS[random.below(26)]).join(''),
  }
  return Object.entries(sorts).flatMap(([sort, queryOf]) =>
    Array.from({ length: count }, () => {
      const asset = pick(assets)
      const query = queryOf(asset)
      return { sort, asset, query, body: ask(SEARCH, { query }) }
    }),
  )
}

/** With two neighbours swapped, or one letter missing. */
function misspelt(random, word) {
  const at = random.below(word.length - 1)
  const swapped = word[at + 1] + word[at]
  return word.slice(0, at) + (random.next() < 0.5 ? swapped : word[at + 1]) + word.slice(at + 2)
}
