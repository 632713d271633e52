import 'reflect-metadata'
import { type GraphQLSchema, isInterfaceType, lexicographicSortSchema, printSchema } from 'graphql'
import { buildSchema, type PubSub } from 'type-graphql'
import { resolvers } from '../../resolvers/index.js'
import { nodeTypeOf } from '../../resolvers/node/node.type.js'
import { BigIntScalar } from '../../resolvers/scalars/big-int.js'
import { DateTime } from '../../resolvers/scalars/date-time.js'

/** Events come from the database, in its order; type-graphql asks for one all the same. */
const NO_PUB_SUB: PubSub = {
  publish: () => {
    throw new Error('nothing is published')
  },
  subscribe: () => {
    throw new Error('nothing is published')
  },
}

/** The schema that the server serves. Bounds are checked by the use cases, not by class-validator. */
export async function createSchema(): Promise<GraphQLSchema> {
  const schema = await buildSchema({
    resolvers: [...resolvers],
    validate: false,
    pubSub: NO_PUB_SUB,
    scalarsMap: [
      { type: Date, scalar: DateTime },
      { type: BigInt, scalar: BigIntScalar },
    ],
  })
  // type-graphql wraps it in a promise, for which a compiled query does not wait.
  const node = schema.getType('Node')
  if (isInterfaceType(node)) node.resolveType = nodeTypeOf
  return schema
}

/** The schema as schema/schema.graphql holds it. */
export async function printedSchema(): Promise<string> {
  return `# Printed from resolvers/ by \`npm run generate\`. Not to be edited.\n\n${printSchema(lexicographicSortSchema(await createSchema()))}\n`
}
