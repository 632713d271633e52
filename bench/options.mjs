import { randomInt } from 'node:crypto'
import { Command, InvalidArgumentError } from 'commander'

const FULL = { assets: 100_000, effort: { rounds: 5, seconds: 1.5 } }
const QUICK = { assets: 20_000, effort: { rounds: 2, seconds: 0.5 } }

/** What this run is to measure; `effort`: how long. */
export function readOptions(argv) {
  const { assets, quick, seed } = new Command('npm run bench --')
    .description('Measures Headwater against a plain GraphQL server on one database, and checks the answers.')
    .option('--assets <number>', 'how many, with 2.5 times as many edges', wholeNumber(2_000, 10_000_000))
    .option('--seed <number>', 'makes the same graph again; by default chance', wholeNumber(0, 2 ** 32 - 1))
    .option('--quick', 'fewer assets, shorter rounds, and docs/benchmarks.md stays as it is')
    .parse(argv)
    .opts()
  const defaults = quick ? QUICK : FULL
  return {
    assets: assets ?? defaults.assets,
    seed: seed ?? randomInt(2 ** 32),
    isQuick: quick === true,
    effort: defaults.effort,
  }
}

function wholeNumber(least, most) {
  return (text) => {
    const number = Number(text)
    if (Number.isInteger(number) && number >= least && number <= most) return number
    throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}`)
  }
}
