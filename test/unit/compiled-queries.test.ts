import { ApolloServer } from '@apollo/server'
import { expect, test } from '@jest/globals'
import { buildSchema } from 'graphql'
import { compilingGateway } from '../../src/server/compiled-queries.js'

const SCHEMA = buildSchema('type Query { asset: Asset } type Asset { key: String upstream: Asset }')

/** Whether the first, the second and the third answer to a query came of compiled code. */
async function areCompiled(query: string): Promise<boolean[]> {
  const apollo = new ApolloServer({ gateway: compilingGateway(SCHEMA) })
  const answers = []
  for (let time = 0; time < 3; time++) {
    const { body } = await apollo.executeOperation({ query })
    if (body.kind !== 'single' || body.singleResult.errors !== undefined)
      throw new Error(JSON.stringify(body))
    // graphql-js makes objects without a prototype.
    answers.push(Object.getPrototypeOf(body.singleResult.data) === Object.prototype)
  }
  await apollo.stop()
  return answers
}

test('a query is compiled when it comes again', async () => {
  expect(await areCompiled('{ asset { key ...Up } } fragment Up on Asset { upstream { key } }')).toEqual([
    false,
    true,
    true,
  ])
})

const below = (levels: number): string => (levels === 0 ? 'key' : `upstream { ${below(levels - 1)} }`)

const doubling = Array.from(
  { length: 30 },
  (_, at) => `fragment F${at} on Asset { l: upstream { ...F${at + 1} } r: upstream { ...F${at + 1} } }`,
)

const empty = Array.from(
  { length: 30 },
  (_, at) => `fragment F${at} on Asset { ...F${at + 1} ...F${at + 1} }`,
)

test.each([
  ['many fields', `{ ${Array.from({ length: 1_001 }, (_, at) => `f${at}: asset { key }`).join(' ')} }`],
  ['many levels', `{ asset { ${below(100)} } }`],
  [
    'fragments that double at each level',
    `{ asset { ...F0 } } ${doubling.join(' ')} fragment F30 on Asset { key }`,
  ],
  ['fragments of fragments', `{ asset { ...F0 } } ${empty.join(' ')} fragment F30 on Asset { key }`],
  ['an alias that plain objects take for their prototype', '{ __proto__: asset { key } }'],
])('a query with %s is never compiled', async (_what, query) => {
  expect(await areCompiled(query)).toEqual([false, false, false])
})
