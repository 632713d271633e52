import { DEFAULT_NAMESPACE } from '../dist/src/lineage/asset-ref.js'

export const NESTED_DEPTH = 5

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

const RECORD = `mutation Record($input: RecordMaterializationsInput!) {
  recordMaterializations(input: $input) { materializations { id } duplicate }
}`

export const flat = (key) => ask(FLAT, { root: { namespace: DEFAULT_NAMESPACE, key } })

export const nestedWalk = (key) => ask(NESTED, { key })

export const record = (input) => ask(RECORD, { input })

/** The body of a request. */
function ask(query, variables) {
  return JSON.stringify({ query, variables })
}
