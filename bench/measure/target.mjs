/**
 * What a value of a finding has to be.
 *
 * @typedef {object} Target
 * @property {string} text
 * @property {(value: number) => boolean} isMet
 * @property {(value: number) => string} say a value, in the words of the target
 */

/** @returns {Target} so many times as good as the other side */
export const atLeast = (times) => ({
  text: `≥ ${times}×`,
  isMet: (ratio) => ratio >= times,
  say: sayTimes,
})

/** @returns {Target} so many times as long as the other side takes */
export const atMost = (times) => ({
  text: `≤ ${times}× its time`,
  isMet: (ratio) => 1 / ratio <= times,
  say: (ratio) => `${digits(1 / ratio)}× its time`,
})

/** @returns {Target} of an amount, in a unit */
export const below = (bound, unit) => ({
  text: `< ${bound} ${unit}`,
  isMet: (amount) => amount < bound,
  say: (amount) => `${digits(amount)} ${unit}`,
})

/** @returns {Target} of an amount, in a unit */
export const above = (bound, unit) => ({
  text: `≥ ${digits(bound)} ${unit}`,
  isMet: (amount) => amount >= bound,
  say: (amount) => `${digits(amount)} ${unit}`,
})

/** A ratio that has no target. */
export const sayTimes = (ratio) => `${digits(ratio)}×`

/** Three significant digits, and no more than are there. */
export function digits(number) {
  return number >= 100 ? Math.round(number).toLocaleString('en-US') : String(Number(number.toPrecision(3)))
}
