import type { SoughtWord } from '../../lineage/search/matches.js'
import { fold, wordsSought } from '../../lineage/search/words.js'
import { countCodePoints } from '../../util/code-points.js'
import type { SearchOutcome, SearchRank, SearchRequest } from '../store.js'
import type { Session } from './database.js'
import {
  keyLexeme,
  namespaceLexeme,
  otherLexeme,
  quotedLexeme,
  SAMPLES,
  SHORT_CHARACTERS,
  shortLexeme,
} from './search-lexemes.js'
import { foldedKeyOf, foldedNameOf } from './search-rows.js'
import { findBeginnings, findLikeWords, type LikeWords } from './search-words.js'
import { statement } from './statement.js'

/** About so many assets that are equally good are put in order; of more a sample is. */
const MOST_CANDIDATES = 2_000

/** Greater than every text that begins with what stands before it. */
const LAST = '\u{10ffff}\u{10ffff}'

/**
 * Finds assets, best first, rank by rank: each rank is one look-up, and the next is asked only where there is room left
 * for its hits.
 */
export async function searchAssets(session: Session, request: SearchRequest): Promise<SearchOutcome> {
  const search = new Search(session, request)
  await search.byBeginningOfKey()
  await search.byStoredWords()
  await search.byLikeWords()
  return search.outcome
}

/** One search under way. */
class Search {
  readonly #words: readonly string[]
  readonly #ranks = new Map<string, SearchRank>()
  /** Of each word the stored words that begin with it; null where they are too many. */
  #beginnings: readonly (readonly string[] | null)[] = []
  #like: readonly LikeWords[] = []
  #isNear = false
  #isWhole = true

  constructor(
    private readonly session: Session,
    private readonly request: SearchRequest,
  ) {
    this.#words = wordsSought(request.query)
  }

  get outcome(): SearchOutcome {
    const found = [...this.#ranks].map(([assetId, rank]) => ({ assetId, rank }))
    const words: SoughtWord[] = this.#words.map((word, at) => ({
      word,
      near: this.#isNear ? (this.#like[at]?.near ?? []) : [],
    }))
    return { found, words, isWhole: this.#isWhole }
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

  /** By the parts of keys: whole, and by how they begin. */
  async byStoredWords(): Promise<void> {
    if (this.#room === 0 || this.#words.length === 0) return
    this.#beginnings = await findBeginnings(this.session, this.#words)
    await this.#byWords('PARTS', (word, at) =>
      this.#beginnings[at]?.includes(word) === false ? [] : [exactly(keyLexeme(word))],
    )
    const isSame = this.#words.every((word, at) => {
      const [only, ...others] = this.#beginnings[at] ?? [null, null]
      return only === word && others.length === 0
    })
    if (!isSame) await this.#byWords('PART_BEGINNINGS', (word, at) => this.#inKey(word, at))
  }

  /** By what words hold within, by what is said elsewhere, and by words that are near. */
  async byLikeWords(): Promise<void> {
    if (this.#room === 0 || this.#words.length === 0) return
    this.#like = await findLikeWords(this.session, this.#words)
    if (this.#like.some(({ isWhole }) => !isWhole)) this.#isWhole = false
    const within = (word: string, at: number) => [
      ...this.#inKey(word, at),
      ...this.#instead(at, 'inner', keyLexeme),
    ]
    const anywhere = (word: string, at: number) => [
      ...within(word, at),
      ...(this.#beginnings[at]?.map(otherLexeme).map(exactly) ?? [beginning(otherLexeme(word))]),
      ...this.#instead(at, 'inner', otherLexeme),
    ]
    if (this.#like.some(({ inner }) => inner.length > 0)) await this.#byWords('WITHIN_KEY', within)
    await this.#byWords('ANYWHERE', anywhere)
    if (this.#room === 0 || this.#like.every(({ near }) => near.length === 0)) return
    this.#isNear = true
    await this.#byWords('NEAR', (word, at) => [
      ...anywhere(word, at),
      ...this.#instead(at, 'near', keyLexeme),
      ...this.#instead(at, 'near', otherLexeme),
    ])
  }

  /** Where a part of the key begins with a word: by the words that do, which are looked up faster than a beginning is. */
  #inKey(word: string, at: number): string[] {
    if (countCodePoints(word) <= SHORT_CHARACTERS) return [exactly(shortLexeme(word))]
    return this.#beginnings[at]?.map(keyLexeme).map(exactly) ?? [beginning(keyLexeme(word))]
  }

  #instead(at: number, which: 'inner' | 'near', lexemeOf: (word: string) => string): string[] {
    return (this.#like[at]?.[which] ?? []).map(lexemeOf).map(exactly)
  }

  /** Finds what has every word in one of its ways. */
  async #byWords(rank: SearchRank, waysOf: (word: string, at: number) => string[]): Promise<void> {
    const ways = this.#words.map(waysOf)
    if (this.#room === 0 || ways.some(({ length }) => length === 0)) return
    const conditions = ways.map((own) => `(${own.join('|')})`)
    const { namespace } = this.request
    if (namespace !== null) conditions.push(exactly(namespaceLexeme(namespace)))
    const rows = await this.#best(conditions.join('&'))
    for (const { assetId } of rows) this.#ranks.set(assetId, rank)
  }

  /** The first by name that fulfil a condition; where they are very many, of a sample. */
  async #best(condition: string): Promise<Candidate[]> {
    const ask = (text: string) =>
      this.session.run<Candidate>(BY_WORDS, [text, [...this.#ranks.keys()], this.request.kinds, this.#room])
    const [larger, smaller] = SAMPLES
    // A sample costs little, and says about how many there are.
    const rows = await ask(`${condition}&${exactly(larger.lexeme)}`)
    const count = rows[0]?.candidates ?? 0
    if (count <= Math.max(MOST_CANDIDATES / larger.oneIn, this.#room)) return ask(condition)
    this.#isWhole = false
    return count <= MOST_CANDIDATES ? rows : ask(`${condition}&${exactly(smaller.lexeme)}`)
  }
}

interface Candidate {
  assetId: string
  candidates: number
}

const exactly = quotedLexeme
const beginning = (lexeme: string) => `${quotedLexeme(lexeme)}:*`

const IS_OF_KIND = `($3::text[] IS NULL OR EXISTS (
     SELECT FROM asset_state k WHERE k.asset_id = s.asset_id AND k.kind = ANY($3)))`

const byBeginning = (column: string) => `SELECT asset_id AS "assetId", folded_key AS "foldedKey"
   FROM (SELECT asset_id, folded_key, folded_name FROM asset_search s
         WHERE ${column} >= $1 AND ${column} < $2 AND ${IS_OF_KIND}
         ORDER BY ${column}, folded_name, asset_id LIMIT ${MOST_CANDIDATES}) c
   ORDER BY ${column} <> $1, folded_name, asset_id LIMIT $4`

/** What is the key comes before what begins so. */
const BY_KEY = statement('search by key', byBeginning('folded_key'))
const BY_NAME = statement('search by key in a namespace', byBeginning('folded_name'))

/** In a sub-select of its own the query is no value to plan for: of a common one PostgreSQL would read the whole table. */
const BY_WORDS = statement(
  'search by words',
  `SELECT asset_id AS "assetId", count(*) OVER ()::int AS candidates
   FROM (SELECT asset_id, folded_name FROM asset_search s
         WHERE document @@ (SELECT $1::tsquery) AND NOT asset_id = ANY($2::uuid[]) AND ${IS_OF_KIND}) c
   ORDER BY folded_name, asset_id LIMIT $4`,
)
