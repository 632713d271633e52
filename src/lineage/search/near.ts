import { countCodePoints } from '../../util/code-points.js'

/** Shorter words are near to too many others. */
const LEAST_CHARACTERS = 4
/** From so many characters on two typos are forgiven. */
const CHARACTERS_OF_TWO = 8

const NUMBER = /\p{N}/u

/** How many typos are forgiven in a word: none in short ones, nor in those with digits, where another digit is another thing. */
export function typosForgiven(word: string): 0 | 1 | 2 {
  const length = countCodePoints(word)
  if (length < LEAST_CHARACTERS || NUMBER.test(word)) return 0
  return length < CHARACTERS_OF_TWO ? 1 : 2
}

/**
 * What a single typo leaves of a word: its first `front` characters or its last `back`. It touches two neighbours at the
 * most, when it swaps them, so of n characters i in front of it and n - 2 - i behind it are left, for some i.
 */
export function leftByTypo(word: string): { front: string; back: string } {
  const characters = [...word]
  const front = (characters.length - 1) >> 1
  return { front: characters.slice(0, front).join(''), back: characters.slice(front + 1).join('') }
}

/**
 * The least number of typos that turn one word into the other: a character too many, too few, wrong, or two neighbours
 * swapped. Optimal string alignment (Damerau 1964; Boytsov, "Indexing methods for approximate dictionary searching", 2011).
 */
export function typosBetween(left: string, right: string): number {
  const [a, b] = [[...left], [...right]]
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const isSame = a[row - 1] === b[column - 1]
      let least = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (isSame ? 0 : 1),
      )
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        least = Math.min(least, (beforeLast[column - 2] ?? 0) + 1)
      }
      current.push(least)
    }
    ;[beforeLast, last] = [last, current]
  }
  return last[b.length] ?? 0
}
