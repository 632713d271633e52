/**
 * One that does a scenario's work.
 *
 * @typedef {object} Side
 * @property {string} name
 * @property {(work: { connections: number, amount: number }) => Promise<Result>} drive does it so many times, so many
 *   at once; throws for an error and for an answer that is not right
 * @property {{ series: string, x: number }} [point] where its medians stand in a chart
 */

/**
 * @typedef {object} Result
 * @property {number} answers
 * @property {number} p50 in ms
 * @property {number} perSecond
 */

/**
 * @param {number[]} times of each answer, in ms
 * @param {number} took all of them together, in ms
 * @returns {Result}
 */
export function resultOf(times, took) {
  return { answers: times.length, p50: median(times), perSecond: (times.length / took) * 1_000 }
}

/** @param {number[]} numbers */
export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
