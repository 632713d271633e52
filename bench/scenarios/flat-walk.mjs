import { closureOf } from '../ground/closures.mjs'
import { rangeOf, rootsOfSize } from '../ground/roots.mjs'
import * as headwater from '../questions/headwater.mjs'
import { meaningOf } from '../questions/meaning.mjs'
import * as postgraphile from '../questions/postgraphile.mjs'
import { agreed } from './agreed.mjs'
import { rowFetch } from './row-fetch.mjs'

/** The most nodes that one answer may hold. */
const MOST_NODES = 10_000

/**
 * `lineage`, upstream, of about so many nodes.
 *
 * @param {number} wanted
 * @param {object} how
 * @param {import('./scenario.mjs').Load[]} how.loads
 * @param {boolean} [how.isBesideRowFetch] whether the bare fetch of the same rows takes part
 * @param {boolean} [how.isLong] whether an answer takes some peer seconds, so that fewer roots have to do
 * @returns {import('./scenario.mjs').Scenario}
 */
export function flatWalk(wanted, { loads, isBesideRowFetch = false, isLong = false }) {
  return {
    name: `flat walk, about ${wanted.toLocaleString('en-US')} nodes`,
    loads,
    prepare: async (bench) => {
      const ground = await bench.main()
      const count = isLong ? Math.ceil(bench.effort.roots / 4) : bench.effort.roots
      const roots = rootsOfSize(
        ground.graph,
        { seed: bench.seed, wanted, count, most: MOST_NODES },
        (asset) => closureOf(ground.graph.upstream, asset, Math.min(2 * wanted, MOST_NODES)).size,
      )
      const keys = roots.map(({ asset }) => ground.graph.keyOf(asset))
      const size = roots.reduce((sum, root) => sum + root.size, 0) / roots.length
      const sides = await agreed([
        await respondent('Headwater', 'headwater', headwater.flat, meaningOf),
        await respondent('naive', 'naive', headwater.flat, meaningOf),
        await respondent('PostGraphile', 'postgraphile', postgraphile.flat, postgraphile.meaningOfFlat),
      ])
      if (isBesideRowFetch) sides.push(await rowFetch(ground, roots))
      return { what: `flat walk, ${rangeOf(roots)}`, sides }

      async function respondent(name, server, question, meaning) {
        const { url } = await ground.server(server)
        return {
          name,
          url,
          questions: keys.map(question),
          meaningOf: meaning,
          point: { series: name, x: size },
        }
      }
    },
  }
}
