import { fold, wordsSought } from '../../lineage/search/words.js'
import { countCodePoints } from '../../util/code-points.js'
import type { SearchOutcome, SearchRank, SearchRequest } from '../store.js'
import type { Session } from './database.js'
import { of, perSight, type Seen } from './scopes.js'
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
import { findStoredWords, type StoredWords } from './search-words.js'
import { statement } from './statement.js'

/** About so many hits are put in order; of more a sample is. */
const MOST_CANDIDATES = 600

/** So many keys that begin alike are put in order; of more those that come first by key. */
const MOST_BEGUN = 300

/** Greater than every text that begins with what stands before it. */
const LAST = '\u{10ffff}\u{10ffff}'

/**
 * Finds assets, best first. What all words together find is ranked as it is found, where it is not too much; else each
 * rank is a look-up of its own, as long as there is room left for its hits.
 */
export async function searchAssets(
  session: Session,
  request: SearchRequest,
  seen: Seen,
): Promise<SearchOutcome> {
  const words = wordsSought(request.query)
  // Sent together: the words are seldom not needed, and cost less than waiting does.
  const [begun, stored] = await Promise.all([
    findByBeginning(session, request, seen),
    words.length === 0 ? [] : findStoredWords(session, words),
  ])
  const search = new Search(session, request, seen, words, stored, begun)
  await search.byWords()
  await search.byNearWords()
  return search.outcome
}

/** One search under way. */
class Search {
  readonly #ranks: Map<string, SearchRank>
  #isNear = false
  #isWhole = true

  constructor(
    private readonly session: Session,
    private readonly request: SearchRequest,
    private readonly seen: Seen,
    private readonly words: readonly string[],
    /** Of each word. */
    private readonly stored: readonly StoredWords[],
    begun: readonly Hit[],
  ) {
    this.#ranks = new Map(begun.map(({ assetId, rank }) => [assetId, rank]))
  }

  get outcome(): SearchOutcome {
    const found = [...this.#ranks].map(([assetId, rank]) => ({ assetId, rank }))
    const near = (at: number) => (this.#isNear ? (this.stored[at]?.near ?? []) : [])
    return {
      found,
      words: this.words.map((word, at) => ({ word, near: near(at) })),
      isWhole: this.#isWhole,
    }
  }

  get #room(): number {
    return this.request.count - this.#ranks.size
  }

  /** By words as they are: in the key, or in what is said of the asset. */
  async byWords(): Promise<void> {
    if (this.#room === 0 || this.words.length === 0) return
    if (this.stored.some(({ isWhole }) => !isWhole)) this.#isWhole = false
    const anywhere = this.#conditionOf((at) => this.#anywhere(at))
    if (anywhere === null) return
    const conditions: [SearchRank, Condition | null][] = [
      ['PARTS', this.#conditionOf((at) => this.#whole(at))],
      ['PART_BEGINNINGS', this.#conditionOf((at) => this.#inKey(at))],
      ['WITHIN_KEY', this.#conditionOf((at) => this.#withinKey(at))],
    ]
    const ranked = await this.#find(anywhere, conditions)
    if (!ranked.isSample) return this.#add(ranked.hits)
    let last: string | undefined
    for (const [rank, condition] of [...conditions, ['ANYWHERE', anywhere] as const]) {
      if (condition !== null && condition.any !== last && this.#room > 0) await this.#addRank(rank, condition)
      last = condition?.any
    }
  }

  /** By words that are near to those that were asked for. */
  async byNearWords(): Promise<void> {
    if (this.#room === 0 || this.stored.every(({ near }) => near.length === 0)) return
    const condition = this.#conditionOf((at) => [
      ...this.#anywhere(at),
      ...this.#instead(at, 'near', keyLexeme),
      ...this.#instead(at, 'near', otherLexeme),
    ])
    if (condition === null) return
    this.#isNear = true
    await this.#addRank('NEAR', condition)
  }

  #whole(at: number): string[] {
    const word = this.words[at] ?? ''
    return this.stored[at]?.beginnings?.includes(word) === false ? [] : [exactly(keyLexeme(word))]
  }

  /** Where a part of the key begins with a word: by the words that do, which are looked up faster than a beginning is. */
  #inKey(at: number): string[] {
    const word = this.words[at] ?? ''
    if (countCodePoints(word) <= SHORT_CHARACTERS) return [exactly(shortLexeme(word))]
    return this.stored[at]?.beginnings?.map(keyLexeme).map(exactly) ?? [beginning(keyLexeme(word))]
  }

  #withinKey(at: number): string[] {
    return [...this.#inKey(at), ...this.#instead(at, 'inner', keyLexeme)]
  }

  #anywhere(at: number): string[] {
    const word = this.words[at] ?? ''
    return [
      ...this.#withinKey(at),
      ...(this.stored[at]?.beginnings?.map(otherLexeme).map(exactly) ?? [beginning(otherLexeme(word))]),
      ...this.#instead(at, 'inner', otherLexeme),
    ]
  }

  #instead(at: number, which: 'inner' | 'near', lexemeOf: (word: string) => string): string[] {
    return (this.stored[at]?.[which] ?? []).map(lexemeOf).map(exactly)
  }

  /** That every word is there in one of its ways; null where one has none. */
  #conditionOf(waysOf: (at: number) => string[]): Condition | null {
    const ways = this.words.map((_, at) => waysOf(at))
    if (ways.some(({ length }) => length === 0)) return null
    const { namespace } = this.request
    const all = [...ways, ...(namespace === null ? [] : [[exactly(namespaceLexeme(namespace))]])]
    const joined = (weighted: (lexeme: string) => string) =>
      all.map((own) => `(${own.map(weighted).join('|')})`).join('&')
    return { any: joined((lexeme) => lexeme), own: joined(byOwnName) }
  }

  async #addRank(rank: SearchRank, condition: Condition): Promise<void> {
    const { hits, isSample } = await this.#find(condition, [])
    if (isSample) this.#isWhole = false
    this.#add(hits.map(({ assetId }) => ({ assetId, rank })))
  }

  #add(hits: readonly Hit[]): void {
    for (const { assetId, rank } of hits) this.#ranks.set(assetId, rank)
  }

  /** The best that fulfil a condition, by the first of the ranks whose condition they fulfil, and then by name. */
  async #find(
    condition: Condition,
    ranks: readonly [SearchRank, Condition | null][],
  ): Promise<{ hits: Hit[]; isSample: boolean }> {
    const most = Math.max(Math.floor(MOST_CANDIDATES / SAMPLES[0].oneIn), this.#room)
    const values = [
      condition.any,
      [...this.#ranks.keys()],
      this.request.kinds,
      this.#room,
      most,
      // Of ranks that would be found in a sample nothing is wanted but that they would.
      ranks.length > 0 ? most : Math.max(most, MOST_CANDIDATES),
      ...[0, 1, 2].map((at) => ranks[at]?.[1]?.any ?? null),
    ]
    const [words, all] =
      this.seen === null ? [BY_WORDS.ofAll, values] : [BY_WORDS.ofSeen, [...values, this.seen, condition.own]]
    const rows = await this.session.run<{ assetId: string | null; rank: number; sampled: number }>(words, all)
    return {
      hits: rows.flatMap(({ assetId, rank }) =>
        assetId === null ? [] : [{ assetId, rank: ranks[rank]?.[0] ?? 'ANYWHERE' }],
      ),
      isSample: (rows[0]?.sampled ?? 0) > most,
    }
  }
}

/** What a document has to hold, as tsquery reads it. */
interface Condition {
  any: string
  /** The same, but for what other names of the asset have brought. */
  own: string
}

interface Hit {
  assetId: string
  rank: SearchRank
}

const exactly = quotedLexeme
const beginning = (lexeme: string) => `${quotedLexeme(lexeme)}:*`
/** Other names have the weight B: see SearchRow. */
const byOwnName = (lexeme: string) => (lexeme.endsWith(':*') ? `${lexeme}ACD` : `${lexeme}:ACD`)

const IS_OF_KIND = `($3::text[] IS NULL OR EXISTS (
     SELECT FROM asset_state k WHERE k.asset_id = s.asset_id AND k.kind = ANY($3)))`

const byBeginning = (
  column: string,
  ifSeen: (assetId: string) => string,
) => `SELECT asset_id AS "assetId", folded_key AS "foldedKey"
   FROM (SELECT asset_id, folded_key, folded_name FROM asset_search s
         WHERE ${column} >= $1 AND ${column} < $2 AND ${IS_OF_KIND} ${ifSeen('s.asset_id')}
         ORDER BY ${column}, folded_name, asset_id LIMIT GREATEST(${MOST_BEGUN}, $4)) c
   ORDER BY ${column} <> $1, folded_name, asset_id LIMIT $4`

/** What is the key comes before what begins so. */
const BY_KEY = perSight('$5', (suffix, ifSeen) =>
  statement(`search by key${suffix}`, byBeginning('folded_key', ifSeen)),
)
const BY_NAME = perSight('$5', (suffix, ifSeen) =>
  statement(`search by key in a namespace${suffix}`, byBeginning('folded_name', ifSeen)),
)

/** The assets whose keys begin with the query. */
async function findByBeginning(
  session: Session,
  { query, namespace, kinds, count }: SearchRequest,
  seen: Seen,
): Promise<Hit[]> {
  const first = namespace === null ? foldedKeyOf(query) : foldedNameOf({ namespace, key: query })
  const by = namespace === null ? BY_KEY : BY_NAME
  const rows = await session.run<{ assetId: string; foldedKey: string }>(
    ...of(by, [first, first + LAST, kinds, count], seen),
  )
  const whole = fold(query)
  return rows.map(({ assetId, foldedKey }) => ({
    assetId,
    rank: foldedKey === whole ? 'KEY' : 'KEY_BEGINNING',
  }))
}

const candidates = (
  condition: string,
  ifSeen: string,
) => `SELECT asset_id, folded_name, document FROM asset_search s
     WHERE document @@ (SELECT ${condition}) AND NOT asset_id = ANY($2::uuid[]) AND ${IS_OF_KIND} ${ifSeen}`

/** What may be seen; of an asset that has a name that may not be seen, no other name finds it. */
const foundBySeen = (ifSeen: (assetId: string) => string) => {
  const isSeen = ifSeen('s.asset_id')
  return isSeen === ''
    ? ''
    : `${isSeen} AND (document @@ $11::tsquery OR NOT EXISTS (
         SELECT FROM asset_name o WHERE o.asset_id = s.asset_id AND NOT o.namespace = ANY($10::text[])))`
}

const inSample = (at: 0 | 1) => `$1::tsquery && '${SAMPLES[at].lexeme}'::tsquery`

/**
 * Looks in a sample first, up to $6 and one more: it costs little, and says about how many there are. Up to $5, everything
 * is looked up; up to $6 the sample is the answer, beyond it a smaller one. In a sub-select of its own the query is no
 * value to plan for: of a common one PostgreSQL would read the whole table.
 */
const BY_WORDS = perSight('$10', (suffix, ifSeen) =>
  statement(
    `search by words${suffix}`,
    `WITH larger AS MATERIALIZED (
     ${candidates(inSample(0), foundBySeen(ifSeen))} LIMIT $6 + 1
   ), size AS MATERIALIZED (SELECT count(*)::int AS sampled FROM larger)
   SELECT size.sampled, c.asset_id AS "assetId",
     CASE WHEN document @@ $7::tsquery THEN 0 WHEN document @@ $8::tsquery THEN 1 WHEN document @@ $9::tsquery THEN 2
       ELSE 3 END AS rank
   FROM size LEFT JOIN (
     ${candidates('$1::tsquery', foundBySeen(ifSeen))} AND (SELECT sampled FROM size) <= $5
     UNION ALL
     SELECT * FROM larger WHERE (SELECT sampled FROM size) BETWEEN $5 + 1 AND $6
     UNION ALL
     ${candidates(inSample(1), foundBySeen(ifSeen))} AND (SELECT sampled FROM size) > $6
   ) c ON true
   ORDER BY rank, folded_name, asset_id LIMIT $4`,
  ),
)
