import { BigIntResolver, DateTimeResolver, JSONObjectResolver } from 'graphql-scalars'
import { assetIdOf, DEFAULT_NAMESPACE } from '../../../dist/src/lineage/asset-ref.js'
import { recordMaterializations } from './record.mjs'
import { walk } from './walk.mjs'

const withState = { include: { state: true } }

const idOf = ({ namespace, key }) => assetIdOf({ namespace: namespace ?? DEFAULT_NAMESPACE, key })

const findAsset = (prisma, id) => prisma.asset.findUnique({ where: { id }, ...withState })

/** The neighbours of one asset: its edges, then each asset at their far ends. */
function neighbours(near, far) {
  return async ({ id }, { first }, { prisma }) => {
    const edges = await prisma.lineageEdge.findMany({ where: { [near]: id }, take: first ?? 50 })
    return { nodes: edges.map((edge) => findAsset(prisma, edge[far])) }
  }
}

export const resolvers = {
  BigInt: BigIntResolver,
  DateTime: DateTimeResolver,
  JSONObject: JSONObjectResolver,
  Query: {
    asset: (_, name, { prisma }) => findAsset(prisma, idOf(name)),
    lineage: (_, { root, direction, limit }, { prisma }) => walk(prisma, idOf(root), direction, limit ?? 500),
  },
  Mutation: {
    recordMaterializations: (_, { input }, { prisma }) => recordMaterializations(prisma, input),
  },
  Asset: {
    kind: ({ state }) => state.kind,
    kinds: ({ state }) => state.kinds,
    description: ({ state }) => state.description,
    updatedAt: ({ state }) => state.updatedAt,
    upstream: neighbours('downstreamId', 'upstreamId'),
    downstream: neighbours('upstreamId', 'downstreamId'),
  },
}
