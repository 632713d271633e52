import { LEAST_INNER_CHARACTERS, type SoughtWord } from '../../lineage/search/matches.js'
import { leftByTypo, typosBetween, typosForgiven } from '../../lineage/search/near.js'
import { fold, wordsSought } from '../../lineage/search/words.js'
import { countCodePoints } from '../../util/code-points.js'
import type { SearchOutcome, SearchRank, SearchRequest } from '../store.js'
import type { Session } from './database.js'
import {
  BEGINNING_CHARACTERS,
  beginningLexeme,
  keyLexeme,
  namespaceLexeme,
  otherLexeme,
  quotedLexeme,
  SAMPLE_LEXEMES,
} from './search-lexemes.js'
import { foldedKeyOf, foldedNameOf } from './search-rows.js'
import { statement } from './statement.js'

/** So many assets that are equally good are put in order; of more a sample is. */
const MOST_CANDIDATES = 2_000

/** So many words that hold a part, or are near: looked for in place of the one that was asked for. */
const MOST_INNER = 50
const MOST_NEAR_CANDIDATES = 200
const MOST_NEAR = 20

/** Greater than every character that a text may hold. */
const LAST = '\u{10ffff}\u{10ffff}'

/**
 * Finds assets, best first, rank by rank: each rank is one look-up, and the next is asked only where there is room left
 * for its hits.
 */
export async function searchAssets(session: Session, request: SearchRequest): Promise<SearchOutcome> {
  const sought = wordsSought(request.query)
  const search = new Search(session, request, sought)
  await search.byBeginningOfKey()
  if (sought.length > 0) {
    await search.byWords('PARTS', (word) => [exactly(keyLexeme(word))])
    await search.byWords('PART_BEGINNINGS', (word) => [beginsKeyWord(word)])
    await search.otherwise()
  }
  return search.outcome
}

/** One search under way. */
class Search {
  readonly #ranks = new Map<string, SearchRank>()
  #words: SoughtWord[]
  #isWhole = true

  constructor(
    private readonly session: Session,
    private readonly request: SearchRequest,
    words: readonly string[],
  ) {
    this.#words = words.map((word) => ({ word, near: [] }))
  }

  get outcome(): SearchOutcome {
    const found = [...this.#ranks].map(([assetId, rank]) => ({ assetId, rank }))
    return { found, words: this.#words, isWhole: this.#isWhole }
  }

  get #room(): number {
    return this.request.count - this.#ranks.size
  }

  async byBeginningOfKey(): Promise<void> {
    const { query, namespace, kinds } = this.request
    const first = namespace === null ? foldedKeyOf(query) : foldedNameOf({ namespace, key: query })
    const by = namespace === null ? BY_KEY : BY_NAME
    const rows = await this.session.run<{ assetId: string; foldedKey: string }>(by, [
      first,
      first + LAST,
      kinds,
      this.#room,
    ])
    const whole = fold(query)
    for (const { assetId, foldedKey } of rows)
      this.#ranks.set(assetId, foldedKey === whole ? 'KEY' : 'KEY_BEGINNING')
  }

  /** Those of which every word is found in one of the ways that `waysOf` says. */
  async byWords(rank: SearchRank, waysOf: (word: string, at: number) => string[]): Promise<void> {
    if (this.#room === 0) return
    const conditions = this.#words.map(({ word }, at) => `(${waysOf(word, at).join('|')})`)
    const { namespace } = this.request
    if (namespace !== null) conditions.push(exactly(namespaceLexeme(namespace)))
    let rows: { assetId: string; candidates: number }[] = []
    for (const sample of [[], [SAMPLE_LEXEMES[0]], [SAMPLE_LEXEMES[1]]]) {
      rows = await this.session.run(BY_WORDS, [
        [...conditions, ...sample.map(exactly)].join('&'),
        [...this.#ranks.keys()],
        this.request.kinds,
        this.#room,
      ])
      if ((rows[0]?.candidates ?? 0) <= MOST_CANDIDATES) break
      this.#isWhole = false
    }
    for (const { assetId } of rows) this.#ranks.set(assetId, rank)
  }

  /** By what words hold within, by what is said elsewhere, and by words that are near. */
  async otherwise(): Promise<void> {
    if (this.#room === 0) return
    const others = await findOtherWords(
      this.session,
      this.#words.map(({ word }) => word),
    )
    if (others.some(({ isWhole }) => !isWhole)) this.#isWhole = false
    const within = (word: string, at: number) => [
      beginsKeyWord(word),
      ...(others[at]?.inner ?? []).map((inner) => exactly(keyLexeme(inner))),
    ]
    const anywhere = (word: string, at: number) => [
      ...within(word, at),
      beginning(otherLexeme(word)),
      ...(others[at]?.inner ?? []).map((inner) => exactly(otherLexeme(inner))),
    ]
    if (others.some(({ inner }) => inner.length > 0)) await this.byWords('WITHIN_KEY', within)
    await this.byWords('ANYWHERE', anywhere)
    if (this.#room === 0 || others.every(({ near }) => near.length === 0)) return
    this.#words = this.#words.map(({ word }, at) => ({ word, near: others[at]?.near ?? [] }))
    await this.byWords('NEAR', (word, at) => [
      ...anywhere(word, at),
      ...(others[at]?.near ?? []).flatMap((near) => [exactly(keyLexeme(near)), exactly(otherLexeme(near))]),
    ])
  }
}

const exactly = quotedLexeme
const beginning = (lexeme: string) => `${quotedLexeme(lexeme)}:*`

function beginsKeyWord(word: string): string {
  const isShort = countCodePoints(word) <= BEGINNING_CHARACTERS
  return beginning(isShort ? beginningLexeme(word) : keyLexeme(word))
}

const IS_OF_KIND = `($3::text[] IS NULL OR EXISTS (
     SELECT FROM asset_state k WHERE k.asset_id = s.asset_id AND k.kind = ANY($3)))`

const byBeginning = (column: string) => `SELECT asset_id AS "assetId", folded_key AS "foldedKey"
   FROM asset_search s WHERE ${column} >= $1 AND ${column} < $2 AND ${IS_OF_KIND}
   ORDER BY ${column}, folded_name, asset_id LIMIT $4`

/** What is the key comes before what begins so. */
const BY_KEY = statement('search by key', byBeginning('folded_key'))
const BY_NAME = statement('search by key in a namespace', byBeginning('folded_name'))

const BY_WORDS = statement(
  'search by words',
  `SELECT asset_id AS "assetId", count(*) OVER ()::int AS candidates
   FROM (SELECT asset_id, folded_name FROM asset_search s
         WHERE document @@ $1::tsquery AND NOT asset_id = ANY($2::uuid[]) AND ${IS_OF_KIND}
         LIMIT ${MOST_CANDIDATES + 1}) c
   ORDER BY folded_name, asset_id LIMIT $4`,
)

/** Of each word those that hold it further in, and those that a typo could have made of it. */
const OTHER_WORDS = statement(
  'words like words',
  `SELECT
     ARRAY(SELECT s.word FROM search_word s WHERE s.word LIKE r.inner_pattern AND NOT starts_with(s.word, r.word)
           ORDER BY s.word LIMIT ${MOST_INNER + 1}) AS inner,
     ARRAY(SELECT s.word FROM search_word s
           WHERE (s.word LIKE r.front_pattern OR s.word LIKE r.back_pattern OR s.word % r.like_word)
             AND char_length(s.word) BETWEEN char_length(r.word) - 2 AND char_length(r.word) + 2
           ORDER BY similarity(s.word, r.word) DESC, s.word LIMIT ${MOST_NEAR_CANDIDATES + 1}) AS near
   FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) WITH ORDINALITY
     AS r(word, inner_pattern, front_pattern, back_pattern, like_word, place)
   ORDER BY r.place`,
)

interface OtherWords {
  inner: string[]
  near: string[]
  /** Whether these are all there are. */
  isWhole: boolean
}

async function findOtherWords(session: Session, words: readonly string[]): Promise<OtherWords[]> {
  const left = words.map((word) => (typosForgiven(word) === 0 ? null : leftByTypo(word)))
  const rows = await session.run<{ inner: string[]; near: string[] }>(OTHER_WORDS, [
    words,
    words.map((word) => (countCodePoints(word) < LEAST_INNER_CHARACTERS ? null : `%${literally(word)}%`)),
    left.map((parts) => parts && `${literally(parts.front)}%`),
    left.map((parts) => parts && `%${literally(parts.back)}`),
    words.map((word) => (typosForgiven(word) < 2 ? null : word)),
  ])
  return words.map((word, at) => {
    const { inner = [], near = [] } = rows[at] ?? {}
    const isNear = (other: string) => other !== word && typosBetween(word, other) <= typosForgiven(word)
    const nearest = near.filter(isNear)
    return {
      inner: inner.slice(0, MOST_INNER),
      near: nearest.slice(0, MOST_NEAR),
      isWhole:
        inner.length <= MOST_INNER && near.length <= MOST_NEAR_CANDIDATES && nearest.length <= MOST_NEAR,
    }
  })
}

/** As LIKE takes it for itself. */
function literally(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&')
}
