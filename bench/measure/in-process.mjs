import { resultOf } from './side.mjs'

/**
 * Work that this process does itself, such as a statement sent through pg. Answers are checked outside the time that
 * is taken.
 *
 * @template T
 * @param {object} parts
 * @param {string} parts.name
 * @param {(turn: number) => Promise<T>} parts.call
 * @param {(turn: number, answer: T) => boolean} parts.isRight
 * @param {import('./side.mjs').Side['point']} [parts.point]
 * @returns {import('./side.mjs').Side}
 */
export function inProcess({ name, call, isRight, point }) {
  let turns = 0
  const drive = async ({ connections, amount }) => {
    const times = []
    let left = Math.max(amount, connections)
    let checking = 0
    const work = async () => {
      while (left-- > 0) {
        const turn = turns++
        const startedAt = performance.now()
        const answer = await call(turn)
        const endedAt = performance.now()
        times.push(endedAt - startedAt)
        if (!isRight(turn, answer)) throw new Error(`${name}: not the answer that was agreed on`)
        checking += performance.now() - endedAt
      }
    }
    const startedAt = performance.now()
    await Promise.all(Array.from({ length: connections }, work))
    return resultOf(times, performance.now() - startedAt - checking)
  }
  return { name, point, drive }
}
