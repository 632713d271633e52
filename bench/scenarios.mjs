import { compareAnswers, meaningOf } from './answers.mjs'
import { closureSize, nestedSize, rootsOfSize } from './graph.mjs'
import { flat, NESTED_DEPTH, nestedWalk } from './questions.mjs'
import { ASSETS_A_CALL, Recordings, UPSTREAMS_AN_ASSET } from './recordings.mjs'

const ROOTS = 16
const NESTED_SIZE = 160

/** Median time to an answer, in ms. */
const LATENCY = { name: 'p50, ms', isLessBetter: true, of: ({ p50 }) => p50 }

/** Answers a second. */
const RATE = { name: 'per second', isLessBetter: false, of: ({ perSecond }) => perSecond }

/**
 * @typedef {object} Load
 * @property {number} connections the number of requests under way at once
 * @property {typeof LATENCY} figure
 * @property {number | null} target the least ratio that will do
 */

/**
 * One thing that is measured.
 *
 * @typedef {object} Scenario
 * @property {string} name
 * @property {Load[]} loads
 * @property {(urls: string[]) => Promise<(body: string) => boolean>} prepare compares the servers' answers, throws
 *   where they differ, and gives the test for answers under load
 * @property {(server: string) => string} nextBody
 * @property {(server: string, count: number) => void} [onAnswers]
 */

/**
 * @param {import('./random.mjs').Random} random
 * @param {ReturnType<import('./graph.mjs').randomGraph>} graph
 * @returns {Scenario[]}
 */
export function readingScenarios(random, graph) {
  return [flatWalk(random, graph, 100), flatWalk(random, graph, 1_000), nestedScenario(random, graph)]
}

function flatWalk(random, graph, wanted) {
  const roots = rootsOfSize(random, graph, wanted, ROOTS, (asset) => closureSize(graph, asset, 2 * wanted))
  return reading(
    `flat walk, ${rangeOf(roots)} nodes`,
    10,
    roots.map(({ asset }) => flat(graph.keyOf(asset))),
  )
}

function nestedScenario(random, graph) {
  const roots = rootsOfSize(random, graph, NESTED_SIZE, ROOTS, (asset) =>
    nestedSize(graph, asset, NESTED_DEPTH),
  )
  return reading(
    `nested walk, ${NESTED_DEPTH} levels, ${rangeOf(roots)} nodes`,
    2.5,
    roots.map(({ asset }) => nestedWalk(graph.keyOf(asset))),
  )
}

function rangeOf(roots) {
  const sizes = roots.map(({ size }) => size)
  return `${Math.min(...sizes)} to ${Math.max(...sizes)}`
}

function reading(name, target, questions) {
  let asked = 0
  return {
    name,
    loads: [
      { connections: 1, figure: LATENCY, target: null },
      { connections: 10, figure: RATE, target },
    ],
    prepare: (urls) => compareAnswers(questions, urls),
    nextBody: () => questions[asked++ % questions.length],
  }
}

/** `written` counts the answers of each server. */
export function recordingScenario(random, graph, written) {
  const recordings = new Recordings(random, graph)
  return {
    name: `recording, ${ASSETS_A_CALL} × ${UPSTREAMS_AN_ASSET}`,
    loads: [
      { connections: 1, figure: RATE, target: null },
      { connections: 64, figure: RATE, target: 4 },
    ],
    prepare: async () => isRecorded,
    nextBody: (server) => recordings.next(server),
    onAnswers: (server, count) => written.set(server, (written.get(server) ?? 0) + count),
  }
}

function isRecorded(body) {
  const { materializations, duplicate } = JSON.parse(meaningOf(body)).recordMaterializations
  return materializations.length === ASSETS_A_CALL && !duplicate
}
