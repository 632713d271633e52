// The peer: a GraphQL lineage server as many are. Apollo Server as its documentation starts it, a resolver a field,
// plain Prisma calls, one for each parent. It reads and writes the same tables and must give the same answers.
import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'
import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient } from '../../../dist/prisma/generated/client.js'
import { resolvers } from './resolvers.mjs'
import { typeDefs } from './schema.mjs'

const prisma = new PrismaClient({
  adapter: new PrismaPg({ connectionString: process.env.DATABASE_URL, max: 10 }),
})
const server = new ApolloServer({ typeDefs, resolvers })
const { url } = await startStandaloneServer(server, {
  listen: { port: 0, host: '127.0.0.1' },
  context: async () => ({ prisma }),
})
process.stdout.write(`answers on ${url}\n`)
