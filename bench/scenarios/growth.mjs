import { DEFAULT_NAMESPACE } from '../../dist/src/lineage/asset-ref.js'
import { closureOf } from '../ground/closures.mjs'
import { rangeOf, rootsOfSize } from '../ground/roots.mjs'
import { below } from '../measure/target.mjs'
import * as headwater from '../questions/headwater.mjs'
import { dataOf, meaningOfData } from '../questions/meaning.mjs'
import { memoryOf } from '../servers/memory.mjs'
import { agreed } from './agreed.mjs'

const WANTED = 100

/** Of the server on the largest graph, in MB. */
const MEMORY_TARGET = below(600, 'MB')

/**
 * The same answer from graphs of several sizes. The largest comes first: it is held against the others. Answers are
 * checked against the graph.
 *
 * @param {number[]} sizes
 * @param {import('./scenario.mjs').Load[]} loads
 * @returns {import('./scenario.mjs').Scenario}
 */
export function growth(sizes, loads) {
  const [largest, ...smaller] = sizes.toSorted((a, b) => b - a)
  return {
    name: 'growth',
    loads,
    prepare: async (bench) => {
      const sides = []
      const roots = []
      for (const assets of [largest, ...smaller]) {
        const ground = await bench.ground(assets)
        const found = rootsOfSize(
          ground.graph,
          { seed: bench.seed, wanted: WANTED, count: bench.effort.roots },
          (asset) => closureOf(ground.graph.upstream, asset, 2 * WANTED).size,
        )
        roots.push(...found)
        sides.push(await sideOn(ground, found))
      }
      const what = `flat walk, ${rangeOf(roots)}, in a graph of ${largest.toLocaleString('en-US')} assets`
      const { pid } = await (await bench.ground(largest)).server('headwater')
      const finish = async () => {
        const findings = memoryFindings(largest, pid)
        await bench.leaveMainAlone()
        return findings
      }
      return { what, sides, finish }
    },
  }
}

/** What the server on a graph of this size is called. */
export const sideName = (assets) => `${assets.toLocaleString('en-US')} assets`

async function sideOn(ground, roots) {
  const { graph } = ground
  const questions = roots.map(({ asset }) => headwater.flat(graph.keyOf(asset)))
  const { url } = await ground.server('headwater')
  const name = sideName(graph.size)
  const point = { series: 'Headwater', x: graph.size }
  const meanings = roots.map(({ asset }) => expected(graph, asset))
  const [side] = await agreed([{ name, url, questions, meaningOf: shapeOf, point }], meanings)
  return side
}

/** What an answer says of the graph; the assets' columns left out. */
function shapeOf(body) {
  const { nodes, edges } = dataOf(body).lineage
  return meaningOfData({ nodes: nodes.map(({ distance, asset: { key } }) => ({ distance, key })), edges })
}

function expected(graph, root) {
  const distances = closureOf(graph.upstream, root)
  const nameOf = (asset) => ({ namespace: DEFAULT_NAMESPACE, key: graph.keyOf(asset) })
  const nodes = [...distances].map(([asset, distance]) => ({ distance, key: graph.keyOf(asset) }))
  const edges = [...distances.keys()].flatMap((downstream) =>
    graph.upstream[downstream].map((upstream) => ({
      upstream: nameOf(upstream),
      downstream: nameOf(downstream),
    })),
  )
  return meaningOfData({ nodes, edges })
}

function memoryFindings(assets, pid) {
  const memory = memoryOf(pid)
  if (memory === null) return []
  const what = `memory of the server, a graph of ${assets.toLocaleString('en-US')} assets`
  return Object.entries(memory).map(([kind, megabytes]) => ({
    what,
    connections: null,
    figure: `${kind}, MB`,
    ours: megabytes,
    peer: null,
    value: megabytes,
    target: MEMORY_TARGET,
  }))
}
