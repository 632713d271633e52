import { firstCodePoints } from '../../util/code-points.js'

/** Longer words are told apart by so many characters alone: an index entry holds no more. */
const WORD_CHARACTERS = 64

const ACCENTS = /[\u0300-\u036f\ufe0f]/g

/** White space, what joins the parts of a name (/ . _ - :), and punctuation that stands around words. */
const BREAK = /(?:(?![%'\\&@#*])\p{P}|[\s\p{Z}\p{Cc}])+/u

/** The same among ASCII, where most is, several times as fast. */
const ASCII_BREAK = /[^\w%'\\&@#*$+<=>^`|~]+|_+/

/** camelCase and HTTPServer: between a small letter or a number and a capital, and before the last of several. */
const HUMP = /(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u

/** A text as it is compared: without case, accents and the differences of compatibility forms (NFKD). */
export function fold(text: string): string {
  return lowerCase(plain(text))
}

/** The words of what somebody looks for, each once: folded, in their order. */
export function wordsSought(query: string): string[] {
  return distinct(runsOf(query).flatMap(partsOf))
}

/**
 * The words by which a text is found, each once: folded, in their order. What is parted by capitals is a word as a whole
 * too.
 */
export function wordsIn(text: string): string[] {
  return distinct(
    runsOf(text).flatMap((run) => {
      const parts = partsOf(run)
      return parts.length === 1 ? parts : [...parts, run]
    }),
  )
}

function runsOf(text: string): string[] {
  const found = plain(text)
  return found.split(isAscii(found) ? ASCII_BREAK : BREAK)
}

function partsOf(run: string): string[] {
  return run === run.toLowerCase() ? [run] : run.split(HUMP)
}

function distinct(words: readonly string[]): string[] {
  const folded = words.map((word) => firstCodePoints(lowerCase(word), WORD_CHARACTERS))
  return [...new Set(folded)].filter((word) => word !== '')
}

function plain(text: string): string {
  // Nothing of ASCII changes, and most is.
  return isAscii(text) ? text : text.normalize('NFKD').replace(ACCENTS, '')
}

/** The two small sigmas are one letter. */
function lowerCase(text: string): string {
  return text.toLowerCase().replaceAll('ς', 'σ')
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x7f) return false
  return true
}
