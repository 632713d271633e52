import { median } from './side.mjs'

/**
 * How thorough a run is.
 *
 * @typedef {object} Effort
 * @property {number} rounds
 * @property {number} seconds about how long a side is loaded in a round
 * @property {number} roots how many a walk is asked of in turn
 */

/**
 * What came of one load.
 *
 * @typedef {object} Figure
 * @property {import('../scenarios/scenario.mjs').Load} load
 * @property {import('./side.mjs').Side[]} sides
 * @property {number[]} medians of each side's rounds
 * @property {number[]} ratios how many times as good as each side the first is: the median of the rounds' ratios
 */

/**
 * Loads the sides in turn, round by round, so that whatever else the machine does meets all alike.
 *
 * @param {import('./side.mjs').Side[]} sides
 * @param {import('../scenarios/scenario.mjs').Load} load
 * @param {Effort} effort
 * @param {(side: string) => void} onStep
 * @returns {Promise<Figure>}
 */
export async function measure(sides, load, { rounds, seconds }, onStep) {
  const drivers = []
  for (const side of sides) {
    onStep(side.name)
    drivers.push(await warmUp(side, load.connections, seconds))
  }
  const results = sides.map(() => [])
  for (let round = 0; round < rounds; round++) {
    for (const [at, driveOnce] of drivers.entries()) {
      onStep(sides[at].name)
      results[at].push(load.figure.of(await driveOnce()))
    }
  }
  const [ours] = results
  return {
    load,
    sides,
    medians: results.map(median),
    ratios: results.map((theirs) => ratioOf(load, ours, theirs)),
  }
}

function ratioOf({ figure }, ours, theirs) {
  return median(
    ours.map((value, round) => (figure.isLessBetter ? theirs[round] / value : value / theirs[round])),
  )
}

/** Loads a side until it is warm; answers with a function that loads it for about `seconds`. */
async function warmUp({ drive }, connections, seconds) {
  const startedAt = performance.now()
  let { perSecond } = await drive({ connections, amount: connections })
  for (;;) {
    const left = seconds - (performance.now() - startedAt) / 1_000
    if (left <= 0) break
    const result = await drive({ connections, amount: Math.ceil((perSecond * left) / 2) })
    // The best so far: a short load says too little, for it takes its time to connect.
    perSecond = Math.max(perSecond, result.perSecond)
  }
  return () => drive({ connections, amount: Math.round(perSecond * seconds) })
}

/**
 * The lines of the table that a figure makes: one for each side that Headwater is held against.
 *
 * @param {string} what
 * @param {Figure} figure
 * @returns {import('./finding.mjs').Finding[]}
 */
export function findingsOf(what, { load, sides, medians, ratios }) {
  return sides.slice(1).map(({ name }, at) => ({
    what,
    connections: load.connections,
    figure: load.figure.name,
    ours: medians[0],
    peer: { name, theirs: medians[at + 1] },
    value: ratios[at + 1],
    target: load.targets?.[name] ?? null,
  }))
}
