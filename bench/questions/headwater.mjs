import { DEFAULT_NAMESPACE } from '../../dist/src/lineage/asset-ref.js'
import { NESTED_DEPTH } from './nested-depth.mjs'

// The questions as Headwater and the naive peer understand them. Each function gives the body of a request.

/** The columns of each node of a flat walk. */
const ASSET = 'namespace key kind kinds description owners createdAt updatedAt'

const FLAT = `query Flat($root: AssetRef!) {
  lineage(root: $root, direction: UPSTREAM, limit: 10000) {
    nodes { distance asset { ${ASSET} } }
    edges { upstream { namespace key } downstream { namespace key } }
  }
}`

const NESTED = `query Nested($key: String!) { asset(key: $key) { ${nested(NESTED_DEPTH)} } }`

function nested(depth) {
  return depth === 0 ? 'namespace key kind' : `namespace key kind upstream { nodes { ${nested(depth - 1)} } }`
}

const COUNT = `query Count($key: String!) {
  asset(key: $key) { impact { transitiveConsumers byDistance { distance assetCount } } }
}`

const RECORD = `mutation Record($input: RecordMaterializationsInput!) {
  recordMaterializations(input: $input) { materializations { id } duplicate }
}`

export const flat = (key) => ask(FLAT, { root: { namespace: DEFAULT_NAMESPACE, key } })

export const nestedWalk = (key) => ask(NESTED, { key })

export const transitiveCount = (key) => ask(COUNT, { key })

export const record = (input) => ask(RECORD, { input })

export const hello = () => ask('{ __typename }')

/** The body of a request. */
export function ask(query, variables) {
  return JSON.stringify({ query, variables })
}
