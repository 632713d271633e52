import { LEAST_INNER_CHARACTERS } from '../../lineage/search/matches.js'
import { leftByTypo, typosBetween, typosForgiven } from '../../lineage/search/near.js'
import { countCodePoints } from '../../util/code-points.js'
import type { Session } from './database.js'
import { statement } from './statement.js'

/** So many words are looked for in place of the one that was asked for. */
const MOST_BEGINNINGS = 50
const MOST_INNER = 50
const MOST_NEAR = 20
/** Of so many it is worked out how near they are. */
const MOST_NEAR_CANDIDATES = 200

const BEGINNINGS = statement(
  'words by beginning',
  `SELECT ARRAY(SELECT s.word FROM search_word s WHERE s.word >= r.word AND s.word < r.behind
           ORDER BY s.word LIMIT ${MOST_BEGINNINGS + 1}) AS words
   FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS r(word, behind, place) ORDER BY r.place`,
)

/** Of each word the stored words that begin with it; null where they are too many to be told. */
export async function findBeginnings(
  session: Session,
  words: readonly string[],
): Promise<(string[] | null)[]> {
  const rows = await session.run<{ words: string[] }>(BEGINNINGS, [
    words,
    words.map((word) => `${word}\u{10ffff}\u{10ffff}`),
  ])
  return rows.map((row) => (row.words.length > MOST_BEGINNINGS ? null : row.words))
}

/** Shorter ones first; which also keeps PostgreSQL from reading all words in their order. */
const LIKE_WORDS = statement(
  'words like words',
  `SELECT
     ARRAY(SELECT s.word FROM search_word s WHERE s.word LIKE r.inner_pattern AND NOT starts_with(s.word, r.word)
           ORDER BY char_length(s.word), s.word LIMIT ${MOST_INNER + 1}) AS inner,
     ARRAY(SELECT s.word FROM search_word s
           WHERE (s.word LIKE r.front_pattern OR s.word LIKE r.back_pattern OR s.word % r.like_word)
             AND char_length(s.word) BETWEEN char_length(r.word) - 2 AND char_length(r.word) + 2
           ORDER BY similarity(s.word, r.word) DESC, s.word LIMIT ${MOST_NEAR_CANDIDATES + 1}) AS near
   FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) WITH ORDINALITY
     AS r(word, inner_pattern, front_pattern, back_pattern, like_word, place)
   ORDER BY r.place`,
)

/** The stored words that are like one that was asked for. */
export interface LikeWords {
  /** Those that hold it, but not at their beginning. */
  inner: string[]
  /** Those that a typo could have made it of. */
  near: string[]
  /** Whether these are all there are. */
  isWhole: boolean
}

/** For each word. */
export async function findLikeWords(session: Session, words: readonly string[]): Promise<LikeWords[]> {
  const left = words.map((word) => (typosForgiven(word) === 0 ? null : leftByTypo(word)))
  const rows = await session.run<{ inner: string[]; near: string[] }>(LIKE_WORDS, [
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
