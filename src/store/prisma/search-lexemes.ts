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

/** So many characters a short beginning has at the most. */
export const SHORT_CHARACTERS = 2

/**
 * Of how a word of the key begins, with a character or two. However many words begin so (numbers, say), this is one
 * lexeme to look up.
 */
export const shortLexeme = (beginning: string) => `p${beginning}`

/** Of all short beginnings of a word of the key. */
export function shortLexemes(word: string): string[] {
  return Array.from({ length: SHORT_CHARACTERS }, (_, at) => shortLexeme(firstCodePoints(word, at + 1)))
}

/** Of a namespace, of whatever length. */
export const namespaceLexeme = (namespace: string) =>
  `@${createHash('sha256').update(namespace).digest('base64url')}`

/** The assets that stand for all where too many are alike: by their ids, so that they are the same for good. */
export const SAMPLES = [
  { lexeme: '#1', oneIn: 16, idBeginsWith: '0' },
  { lexeme: '#2', oneIn: 256, idBeginsWith: '00' },
] as const

/** Of the samples that an asset is in. */
export function sampleLexemes(assetId: string): string[] {
  return SAMPLES.filter(({ idBeginsWith }) => assetId.startsWith(idBeginsWith)).map(({ lexeme }) => lexeme)
}

/** A lexeme as tsvector and tsquery read it. */
export function quotedLexeme(lexeme: string): string {
  return `'${lexeme.replace(/['\\]/g, '$&$&')}'`
}
