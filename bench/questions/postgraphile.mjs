import { assetIdOf, DEFAULT_NAMESPACE } from '../../dist/src/lineage/asset-ref.js'
import { dataOf, meaningOfData } from './meaning.mjs'
import { NESTED_DEPTH } from './nested-depth.mjs'

// The same questions as PostGraphile understands them, and what its answers mean in the words of the others.

const FLAT = `query Flat($root: UUID!) {
  lineageUpstreamList(root: $root) {
    assetId namespace key kind kinds description owners createdAt updatedAt upstreamIds
  }
}`

const NESTED = `query Nested($id: UUID!) { assetByRowId(rowId: $id) { ${nested(NESTED_DEPTH)} } }`

function nested(depth) {
  const asset = 'namespace key assetStateByAssetId { kind }'
  return depth === 0 ? asset : `${asset} upstreamEdgesList { upstream { ${nested(depth - 1)} } }`
}

export const flat = (key) => JSON.stringify({ query: FLAT, variables: { root: idOf(key) } })

export const nestedWalk = (key) => JSON.stringify({ query: NESTED, variables: { id: idOf(key) } })

function idOf(key) {
  return assetIdOf({ namespace: DEFAULT_NAMESPACE, key })
}

/** The meaning of an answer to `flat`. Distances, which a recursion over ids does not know, follow from the edges. */
export function meaningOfFlat(body) {
  const rows = dataOf(body).lineageUpstreamList
  const rowOf = new Map(rows.map((row) => [row.assetId, row]))
  const distances = distancesIn(rowOf)
  const nodes = rows.map(({ assetId, upstreamIds, createdAt, updatedAt, ...columns }) => ({
    distance: distances.get(assetId),
    asset: { ...columns, createdAt: inUtc(createdAt), updatedAt: inUtc(updatedAt) },
  }))
  const edges = rows.flatMap((downstream) =>
    downstream.upstreamIds.map((id) => ({ upstream: nameOf(rowOf.get(id)), downstream: nameOf(downstream) })),
  )
  return meaningOfData({ lineage: { nodes, edges } })
}

/** Breadth-first from the root, the one node that no other was made from. */
function distancesIn(rowOf) {
  const used = new Set([...rowOf.values()].flatMap(({ upstreamIds }) => upstreamIds))
  const distances = new Map([...rowOf.keys()].filter((id) => !used.has(id)).map((id) => [id, 0]))
  for (const [id, distance] of distances) {
    for (const next of rowOf.get(id).upstreamIds) {
      if (!distances.has(next)) distances.set(next, distance + 1)
    }
  }
  return distances
}

const nameOf = ({ namespace, key }) => ({ namespace, key })

const inUtc = (time) => new Date(time).toISOString()

/** The meaning of an answer to `nestedWalk`. */
export function meaningOfNested(body) {
  return meaningOfData({ asset: inTheirWords(dataOf(body).assetByRowId) })
}

function inTheirWords({ namespace, key, assetStateByAssetId: { kind }, upstreamEdgesList: edges }) {
  const asset = { namespace, key, kind }
  return edges === undefined
    ? asset
    : { ...asset, upstream: { nodes: edges.map(({ upstream }) => inTheirWords(upstream)) } }
}
