import { nestedSize } from '../ground/closures.mjs'
import { rangeOf, rootsOfSize } from '../ground/roots.mjs'
import * as headwater from '../questions/headwater.mjs'
import { meaningOf } from '../questions/meaning.mjs'
import { NESTED_DEPTH } from '../questions/nested-depth.mjs'
import * as postgraphile from '../questions/postgraphile.mjs'
import { agreed } from './agreed.mjs'

const WANTED = 160

/**
 * `asset { upstream { nodes { … } } }`, level in level.
 *
 * @param {import('./scenario.mjs').Load[]} loads
 * @returns {import('./scenario.mjs').Scenario}
 */
export function nestedWalk(loads) {
  const name = `nested walk, ${NESTED_DEPTH} levels`
  return {
    name,
    loads,
    prepare: async (bench) => {
      const ground = await bench.main()
      const roots = rootsOfSize(
        ground.graph,
        { seed: bench.seed, wanted: WANTED, count: bench.effort.roots },
        (asset) => nestedSize(ground.graph.upstream, asset, NESTED_DEPTH),
      )
      const keys = roots.map(({ asset }) => ground.graph.keyOf(asset))
      const questions = keys.map(headwater.nestedWalk)
      const sides = await agreed([
        { name: 'Headwater', url: (await ground.server('headwater')).url, questions, meaningOf },
        { name: 'naive', url: (await ground.server('naive')).url, questions, meaningOf },
        {
          name: 'PostGraphile',
          url: (await ground.server('postgraphile')).url,
          questions: keys.map(postgraphile.nestedWalk),
          meaningOf: postgraphile.meaningOfNested,
        },
      ])
      return { what: `${name}, ${rangeOf(roots)}`, sides }
    },
  }
}
