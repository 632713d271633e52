import { createHash } from 'node:crypto'
import { firstCodePoints } from '../../util/code-points.js'

/*
 * What the index of search documents is made of: lexemes, each with a mark in front that says what it is. So one look-up
 * in one index finds all of several words, wherever they stand.
 */

/** Of a word of the key. */
export const keyLexeme = (word: string) => `k${word}`

/** Of a word that is said elsewhere: in the namespace, the description, tags or owners. */
export const otherLexeme = (word: string) => `x${word}`

/**
 * Of how a word of the key begins. There are few of them, however many numbers keys hold, so that a first or second
 * character looks up few.
 */
export const beginningLexeme = (word: string) => `p${firstCodePoints(word, BEGINNING_CHARACTERS)}`

/** So many characters a beginning has. */
export const BEGINNING_CHARACTERS = 2

/** Of a namespace, of whatever length. */
export const namespaceLexeme = (namespace: string) =>
  `@${createHash('sha256').update(namespace).digest('base64url')}`

/** Of the one asset in 16, and in 256, that stands for all where too many are alike: by their ids, so for good. */
export const SAMPLE_LEXEMES = ['#1', '#2'] as const

/** The samples that an asset is in. */
export function samplesOf(assetId: string): string[] {
  return SAMPLE_LEXEMES.filter((_, at) => assetId.startsWith('0'.repeat(at + 1)))
}

/** A lexeme as tsvector and tsquery read it. */
export function quotedLexeme(lexeme: string): string {
  return `'${lexeme.replace(/['\\]/g, '$&$&')}'`
}
