import { assetIdOf, DEFAULT_NAMESPACE } from '../../dist/src/lineage/asset-ref.js'
import { closureOf } from '../ground/closures.mjs'
import { downstreamOf } from '../ground/graph.mjs'
import { rangeOf } from '../ground/roots.mjs'
import { inProcess } from '../measure/in-process.mjs'
import * as headwater from '../questions/headwater.mjs'
import { meaningOf, meaningOfData } from '../questions/meaning.mjs'
import { agreed } from './agreed.mjs'

/** The number of nodes to reach; where the graph has no such closures, the ones nearest to it. */
const WANTED = 88_000

/** The greatest closures belong to the assets with the greatest fan-out: the first of the first layers. */
const LAYERS = 3
const PLACES = 20

const COUNT = {
  name: 'transitive-count',
  text: `WITH RECURSIVE reached (id) AS (
      SELECT $1::uuid
      UNION
      SELECT e.downstream_id FROM reached r JOIN lineage_edge e ON e.upstream_id = r.id
    )
    SELECT count(*)::int - 1 AS count FROM reached`,
}

/**
 * `Asset.impact`: how many assets were made from one, directly or over others, and at which distances. Beside it a
 * recursive statement, which answers with the number alone; the distances are checked against the graph.
 *
 * @param {import('./scenario.mjs').Load[]} loads
 * @returns {import('./scenario.mjs').Scenario}
 */
export function transitiveCount(loads) {
  return {
    name: 'transitive count',
    loads,
    prepare: async (bench) => {
      const ground = await bench.main()
      const roots = greatestRoots(ground.graph, Math.ceil(bench.effort.roots / 4))
      const keys = roots.map(({ asset }) => ground.graph.keyOf(asset))
      const { url } = await ground.server('headwater')
      const questions = keys.map(headwater.transitiveCount)
      const meanings = roots.map(({ distances }) => meaningOfData({ asset: { impact: impactOf(distances) } }))
      const [ours] = await agreed([{ name: 'Headwater', url, questions, meaningOf }], meanings)
      const theirs = recursiveSql(ground.pool(), roots, keys)
      return { what: `transitive count, ${rangeOf(roots)}`, sides: [ours, theirs] }
    },
  }
}

function greatestRoots(graph, count) {
  const downstream = downstreamOf(graph)
  const roots = []
  for (let layer = 0; layer < LAYERS; layer++) {
    for (let place = 0; place < PLACES; place++) {
      const asset = layer * graph.firstDerived + place
      const distances = closureOf(downstream, asset)
      // The root itself does not count.
      roots.push({ asset, distances, size: distances.size - 1 })
    }
  }
  return roots.sort((a, b) => Math.abs(a.size - WANTED) - Math.abs(b.size - WANTED)).slice(0, count)
}

function impactOf(distances) {
  const counts = []
  for (const distance of distances.values()) counts[distance] = (counts[distance] ?? 0) + 1
  const byDistance = counts.map((assetCount, distance) => ({ distance, assetCount })).slice(1)
  return { transitiveConsumers: distances.size - 1, byDistance }
}

function recursiveSql(pool, roots, keys) {
  const ids = keys.map((key) => assetIdOf({ namespace: DEFAULT_NAMESPACE, key }))
  return inProcess({
    name: 'recursive SQL',
    call: (turn) => pool.query({ ...COUNT, values: [ids[turn % ids.length]] }),
    isRight: (turn, { rows }) => rows[0].count === roots[turn % roots.length].size,
  })
}
