import { randomInt } from 'node:crypto'
import { Command, InvalidArgumentError } from 'commander'

const FULL = {
  assets: 100_000,
  graphSizes: [10_000, 100_000, 1_000_000],
  effort: { rounds: 5, seconds: 1.5, roots: 16 },
}
const QUICK = {
  assets: 20_000,
  graphSizes: [2_000, 20_000],
  effort: { rounds: 1, seconds: 0.5, roots: 4 },
}

/** What this run is to measure. */
export function readOptions(argv) {
  const { assets, quick, seed, only } = new Command('npm run bench --')
    .description('Measures Headwater beside its peers on one machine, and checks the answers.')
    .option('--assets <number>', 'how many, with 2.5 times as many edges', wholeNumber(2_000, 10_000_000))
    .option('--seed <number>', 'makes the same graphs again; by default chance', wholeNumber(0, 2 ** 32 - 1))
    .option('--only <pattern>', 'the scenarios whose names it is found in; docs/benchmarks.md stays as it is')
    .option('--quick', 'fewer assets, shorter rounds, and docs/benchmarks.md stays as it is')
    .parse(argv)
    .opts()
  const defaults = quick ? QUICK : FULL
  return {
    assets: assets ?? defaults.assets,
    graphSizes: defaults.graphSizes,
    seed: seed ?? randomInt(2 ** 32),
    only: only ?? '',
    isForThePage: quick !== true && only === undefined,
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
