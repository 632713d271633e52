// The peer that does nothing: Apollo Server on express as its documentation starts it, without CORS, which Headwater
// does not have either. What Headwater's own stack costs shows beside it.
import { createServer } from 'node:http'
import { ApolloServer } from '@apollo/server'
import { ApolloServerPluginDrainHttpServer } from '@apollo/server/plugin/drainHttpServer'
import { expressMiddleware } from '@as-integrations/express5'
import express from 'express'

const app = express()
const httpServer = createServer(app)
const server = new ApolloServer({
  typeDefs: 'type Query { hello: String }',
  resolvers: { Query: { hello: () => 'world' } },
  plugins: [ApolloServerPluginDrainHttpServer({ httpServer })],
})
await server.start()
app.use('/graphql', express.json(), expressMiddleware(server))
httpServer.listen(0, '127.0.0.1', () => {
  process.stdout.write(`answers on http://127.0.0.1:${httpServer.address().port}/\n`)
})
