import { assetIdOf, DEFAULT_NAMESPACE } from '../../dist/src/lineage/asset-ref.js'
import { closureOf } from '../ground/closures.mjs'
import { inProcess } from '../measure/in-process.mjs'
import * as headwater from '../questions/headwater.mjs'
import { dataOf, meaningOfData } from '../questions/meaning.mjs'
import { askOnce } from './agreed.mjs'

const FETCH = {
  name: 'row-fetch',
  text: `SELECT a.namespace, a.key, s.kind, s.kinds, s.description, a.owners, a.created_at AS "createdAt",
      s.updated_at AS "updatedAt"
    FROM asset a JOIN asset_state s ON s.asset_id = a.id WHERE a.id = ANY($1)`,
}

/**
 * The rows of the same walks' assets, fetched by their ids and nothing else: what is left when the walk itself, the
 * edges, GraphQL and HTTP are taken away.
 *
 * @param {import('../ground/ground.mjs').Ground} ground
 * @param {{ asset: number }[]} roots
 * @returns {Promise<import('../measure/side.mjs').Side>}
 */
export async function rowFetch(ground, roots) {
  const { graph } = ground
  const { url } = await ground.server('headwater')
  const tasks = []
  for (const { asset } of roots) {
    const ids = [...closureOf(graph.upstream, asset).keys()].map((other) =>
      assetIdOf({ namespace: DEFAULT_NAMESPACE, key: graph.keyOf(other) }),
    )
    const { lineage } = dataOf(await askOnce(url, headwater.flat(graph.keyOf(asset))))
    tasks.push({ ids, meaning: meaningOfData(lineage.nodes.map((node) => node.asset)) })
  }
  const pool = ground.pool()
  return inProcess({
    name: 'row fetch',
    call: (turn) => pool.query({ ...FETCH, values: [tasks[turn % tasks.length].ids] }),
    // As JSON has them, times are text in UTC.
    isRight: (turn, { rows }) =>
      meaningOfData(JSON.parse(JSON.stringify(rows))) === tasks[turn % tasks.length].meaning,
  })
}
