/** As much of Headwater's schema as the benchmark asks for. */
export const typeDefs = `#graphql
  scalar BigInt
  scalar DateTime
  scalar JSONObject

  enum LineageDirection { UPSTREAM DOWNSTREAM }

  type Query {
    asset(namespace: String, key: String!): Asset
    lineage(root: AssetRef!, direction: LineageDirection!, limit: Int): LineageGraph!
  }

  type Mutation {
    recordMaterializations(input: RecordMaterializationsInput!): RecordMaterializationsPayload!
  }

  type Asset {
    namespace: String!
    key: String!
    kind: String!
    kinds: [String!]!
    description: String
    owners: [String!]!
    createdAt: DateTime!
    updatedAt: DateTime!
    upstream(first: Int): LineageEdgeConnection!
    downstream(first: Int): LineageEdgeConnection!
  }

  type LineageEdgeConnection { nodes: [Asset!]! }

  type LineageGraph { nodes: [LineageNode!]! edges: [LineageEdge!]! }
  type LineageNode { asset: Asset! distance: Int! }
  type LineageEdge { upstream: Asset! downstream: Asset! }

  input AssetRef { namespace: String key: String! }

  input RecordMaterializationsInput {
    jobId: String!
    dagId: String
    nodeTaskId: String
    idempotencyKey: String!
    assets: [MaterializedAssetInput!]!
  }

  input MaterializedAssetInput {
    namespace: String
    key: String!
    version: String
    sizeBytes: BigInt
    metadata: JSONObject
    upstream: [UpstreamRefInput!]!
  }

  input UpstreamRefInput { namespace: String key: String! version: String }

  type RecordMaterializationsPayload { materializations: [Materialization!]! duplicate: Boolean! }
  type Materialization { id: ID! }
`
