/**
 * Places values along a length.
 *
 * @typedef {object} Axis
 * @property {(value: number) => number} at from 0 at the beginning to 1 at the end
 * @property {number[]} ticks
 */

/**
 * Whole powers of ten, from the one at or below the least to the one at or above the greatest.
 *
 * @param {number[]} values
 * @returns {Axis}
 */
export function logarithmic(values) {
  const first = Math.floor(Math.log10(Math.min(...values)))
  const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(...values))))
  return {
    at: (value) => (Math.log10(value) - first) / (last - first),
    ticks: Array.from({ length: last - first + 1 }, (_, step) => 10 ** (first + step)),
  }
}

/**
 * From 0 on, with four to eight ticks.
 *
 * @param {number[]} values
 * @returns {Axis}
 */
export function fromZero(values) {
  const greatest = Math.max(...values)
  const decade = 10 ** Math.floor(Math.log10(greatest))
  const step = [0.2, 0.25, 0.5, 1].map((part) => part * decade).find((size) => greatest / size <= 7)
  const count = Math.ceil((greatest * 1.05) / step)
  return {
    at: (value) => value / (count * step),
    ticks: Array.from({ length: count + 1 }, (_, at) => at * step),
  }
}
