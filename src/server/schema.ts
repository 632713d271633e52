import 'reflect-metadata'
import { type GraphQLSchema, lexicographicSortSchema, printSchema } from 'graphql'
import { buildSchema } from 'type-graphql'
import { resolvers } from '../../resolvers/index.js'
import { BigIntScalar } from '../../resolvers/scalars/big-int.js'
import { DateTime } from '../../resolvers/scalars/date-time.js'

/** The schema that the server serves. Bounds are checked by the use cases, not by class-validator. */
export function createSchema(): Promise<GraphQLSchema> {
  return buildSchema({
    resolvers: [...resolvers],
    validate: false,
    scalarsMap: [
      { type: Date, scalar: DateTime },
      { type: BigInt, scalar: BigIntScalar },
    ],
  })
}

/** The schema as schema/schema.graphql holds it. */
export async function printedSchema(): Promise<string> {
  return `# Printed from resolvers/ by \`npm run generate\`. Not to be edited.\n\n${printSchema(lexicographicSortSchema(await createSchema()))}\n`
}
