import { ApolloServer } from '@apollo/server'
import { expect, test } from '@jest/globals'
import { buildSchema } from 'graphql'
import { compilingGateway } from '../../src/server/compiled-queries.js'

test('a query is compiled when it comes again', async () => {
  const gateway = compilingGateway(buildSchema('type Query { asset: String }'))
  const apollo = new ApolloServer({ gateway })
  const prototypes = []
  for (let time = 0; time < 3; time++) {
    const { body } = await apollo.executeOperation({ query: '{ asset }' })
    if (body.kind === 'single') prototypes.push(Object.getPrototypeOf(body.singleResult.data))
  }
  // graphql-js makes objects without a prototype.
  expect(prototypes).toEqual([null, Object.prototype, Object.prototype])
  await apollo.stop()
})
