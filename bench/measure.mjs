import { drive, median } from './load.mjs'

/**
 * What came of one load.
 *
 * @typedef {object} Figure
 * @property {string} name
 * @property {import('./scenarios.mjs').Load} load
 * @property {number[]} medians of each server's rounds
 * @property {number} ratio how many times better the first server is than the second: the median of the rounds' ratios
 */

/** How often `onStep` is called for each load: for both servers, a warm-up and the rounds. */
export const stepsOf = ({ rounds }) => 2 * (rounds + 1)

/**
 * Loads two servers in turn, round by round, so that whatever else the machine does meets both alike.
 *
 * @param {import('./scenarios.mjs').Scenario} scenario
 * @param {{ name: string, url: string }[]} servers
 * @param {{ rounds: number, seconds: number }} effort `seconds`: about how long a server is loaded in a round
 * @param {(what: string) => void} onStep
 * @returns {Promise<Figure[]>}
 */
export async function measure(scenario, servers, { rounds, seconds }, onStep) {
  const isRight = await scenario.prepare(servers.map(({ url }) => url))
  const figures = []
  for (const load of scenario.loads) {
    const drivers = []
    for (const server of servers) {
      onStep(`${scenario.name}: ${server.name}, ${load.connections} clients`)
      drivers.push(await warmUp(scenario, server, load.connections, isRight, seconds))
    }
    const results = drivers.map(() => [])
    for (let round = 0; round < rounds; round++) {
      for (const [at, driveOnce] of drivers.entries()) {
        onStep(`${scenario.name}: ${servers[at].name}, ${load.connections} clients`)
        results[at].push(load.figure.of(await driveOnce()))
      }
    }
    const [ours, theirs] = results
    const ratios = ours.map((value, round) =>
      load.figure.isLessBetter ? theirs[round] / value : value / theirs[round],
    )
    figures.push({ name: scenario.name, load, medians: results.map(median), ratio: median(ratios) })
  }
  return figures
}

/** Loads a server until it is warm; answers with a function that loads it for about `seconds`. */
async function warmUp(scenario, { name, url }, connections, isRight, seconds) {
  const driveSome = async (amount) => {
    const result = await drive({ url, connections, amount, nextBody: () => scenario.nextBody(name), isRight })
    scenario.onAnswers?.(name, result.answers)
    return result
  }
  const startedAt = performance.now()
  let { perSecond } = await driveSome(connections)
  for (;;) {
    const left = seconds - (performance.now() - startedAt) / 1_000
    if (left <= 0) break
    perSecond = (await driveSome(Math.ceil((perSecond * left) / 2))).perSecond
  }
  return () => driveSome(Math.round(perSecond * seconds))
}
