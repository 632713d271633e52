import { atLeast, atMost } from '../measure/target.mjs'
import { events } from './events.mjs'
import { flatWalk } from './flat-walk.mjs'
import { growth, sideName } from './growth.mjs'
import { hello } from './hello.mjs'
import { live } from './live.mjs'
import { nestedWalk } from './nested-walk.mjs'
import { recording } from './recording.mjs'
import { LATENCY, RATE } from './scenario.mjs'
import { search } from './search.mjs'
import { stall } from './stall.mjs'
import { transitiveCount } from './transitive-count.mjs'

const ANSWER_SIZE = 'answer-size'
const GRAPH_SIZE = 'graph-size'

/** The number of assets among which is searched. */
const SEARCHED = 100_000

/** One client, in the chart of answer sizes. */
const alone = { connections: 1, figure: LATENCY, chart: ANSWER_SIZE }

/**
 * All that is measured, with the targets; recordings last, for they change what walks would find.
 *
 * @param {number[]} graphSizes
 * @returns {import('./scenario.mjs').Scenario[]}
 */
export function allScenarios(graphSizes) {
  return [
    hello([
      { connections: 1, figure: LATENCY },
      { connections: 10, figure: RATE, targets: { 'Apollo alone': atLeast(0.8) } },
    ]),
    flatWalk(10, { loads: [alone] }),
    flatWalk(100, {
      loads: [
        alone,
        { connections: 10, figure: RATE, targets: { naive: atLeast(40), PostGraphile: atLeast(3) } },
      ],
    }),
    flatWalk(1_000, {
      loads: [
        alone,
        { connections: 10, figure: RATE, targets: { naive: atLeast(60), PostGraphile: atLeast(5) } },
      ],
    }),
    flatWalk(10_000, {
      loads: [{ ...alone, targets: { 'row fetch': atMost(3) } }],
      isBesideRowFetch: true,
      isLong: true,
    }),
    stall(),
    search(SEARCHED),
    nestedWalk([
      { connections: 1, figure: LATENCY },
      { connections: 10, figure: RATE, targets: { naive: atLeast(5), PostGraphile: atLeast(2) } },
    ]),
    transitiveCount([
      { connections: 1, figure: LATENCY },
      { connections: 10, figure: RATE, targets: { 'recursive SQL': atLeast(50) } },
    ]),
    growth(graphSizes, [
      { connections: 1, figure: LATENCY, chart: GRAPH_SIZE, targets: growthTargets(graphSizes) },
    ]),
    live(100, 100),
    live(1_000, 500),
    events(),
    recording([
      { connections: 1, figure: RATE, targets: { naive: atLeast(3) } },
      { connections: 64, figure: RATE, targets: { naive: atLeast(12) } },
    ]),
  ]
}

/** Each graph is a side by itself: no smaller one may answer much sooner than the largest. */
function growthTargets(graphSizes) {
  return Object.fromEntries(graphSizes.map((size) => [sideName(size), atMost(1.5)]))
}
