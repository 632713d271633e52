import { ApolloServer } from '@apollo/server'
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled'
import { expect, test } from '@jest/globals'
import { buildSchema, isObjectType, isScalarType } from 'graphql'
import { BigIntScalar } from '../../resolvers/scalars/big-int.js'
import { DateTime } from '../../resolvers/scalars/date-time.js'
import { JsonObject } from '../../resolvers/scalars/json-object.js'
import { compilingGateway } from '../../src/server/compiled-queries.js'
import { jsonInPieces, WrittenList } from '../../src/server/json-in-pieces.js'

const SDL = `
  scalar DateTime scalar BigInt scalar JSONObject
  enum Shade { LIGHT DARK }
  interface Node { id: ID! }
  interface Lonely { key: String! }
  type Asset implements Node {
    id: ID! key: String! note: String size: BigInt at: DateTime tags: JSONObject shade: Shade share: Float
    owners: [String!] next: Asset page(first: Int): Asset slow: String
  }
  type LineageNode { asset: Asset! distance: Int! perhaps: Asset }
  type Completeness { complete: Boolean! }
  type LineageGraph {
    nodes: [LineageNode!]! perhaps: [LineageNode] root: Asset! completeness: Completeness!
  }
  type Query { lineage: LineageGraph! other: LineageGraph asset: Asset }
  type Mutation { lineage: LineageGraph! }
`

interface Asked {
  query: string
  variables?: Record<string, unknown>
}

const plainAsset = { id: 7, key: 'a', note: null, slow: 'no' }
const richAsset = {
  id: 'x"\\\u2028\ud800',
  key: 'é✓\n',
  note: 'n',
  size: 2n ** 60n,
  at: new Date(Date.UTC(2026, 2, 1)),
  tags: { Then: 1, deep: [null, { a: 'b' }] },
  shade: 'DARK',
  share: -0,
  owners: ['o', 'p'],
  next: plainAsset,
}
const NODES: readonly unknown[] = [
  { asset: richAsset, distance: 0, perhaps: plainAsset },
  { asset: plainAsset, distance: 1, perhaps: null },
  { asset: richAsset, distance: 2 },
]

/** The text of the first answer, which graphql-js gives, that of the third, and which of its lists were written. */
async function answers({ query, variables = {} }: Asked, nodes: unknown = NODES) {
  const apollo = new ApolloServer({
    gateway: compilingGateway(schemaOver(nodes)),
    plugins: [ApolloServerPluginCacheControlDisabled()],
  })
  const given = []
  for (let time = 0; time < 3; time++) {
    const { body } = await apollo.executeOperation({ query, variables })
    if (body.kind !== 'single') throw new Error('answered in parts')
    const { data, errors } = body.singleResult
    const lists = Object.entries(data ?? {}).flatMap(([root, graph]) =>
      Object.entries(graph ?? {}).flatMap(([name, list]) =>
        list instanceof WrittenList ? `${root}.${name}` : [],
      ),
    )
    given.push({ text: await jsonInPieces({ data, errors }), lists })
  }
  await apollo.stop()
  const [first, , third] = given
  return { first: first?.text, third: third?.text, written: third?.lists }
}

function schemaOver(nodes: unknown) {
  const schema = buildSchema(SDL)
  for (const scalar of [DateTime, BigIntScalar, JsonObject]) {
    const type = schema.getType(scalar.name)
    if (isScalarType(type)) type.serialize = scalar.serialize
  }
  const graph = { nodes, perhaps: nodes, root: plainAsset, completeness: { complete: true } }
  for (const root of [schema.getQueryType(), schema.getMutationType()])
    for (const field of Object.values(root?.getFields() ?? {})) field.resolve = async () => graph
  const asset = schema.getType('Asset')
  const slow = isObjectType(asset) ? asset.getFields()['slow'] : undefined
  if (slow !== undefined) slow.resolve = async () => 'yes'
  return schema
}

const ALL = 'id key note size at tags shade share owners next { key }'

test.each([
  ['every kind of value', `{ lineage { nodes { distance asset { ${ALL} } } } }`],
  ['objects that may be null', `{ lineage { nodes { perhaps { ${ALL} } } } }`],
  ['aliases', '{ l: lineage { n: nodes { d: distance a: asset { key: note note: key } } } }'],
  ['__typename', '{ lineage { __typename nodes { __typename asset { t: __typename } } } }'],
  [
    'fragments on the type, on an interface, on nothing, in fragments',
    `{ lineage { ...G } } fragment G on LineageGraph { nodes { ...N distance } }
     fragment N on LineageNode { asset { ... on Node { id ...A } ... { note } ...A } } fragment A on Asset { key }`,
  ],
  [
    'fields asked for twice, each with some of what is below',
    `{ lineage { nodes { asset { key } } } lineage { nodes { distance asset { note key next { id } next { key } } } } }`,
  ],
  [
    'several lists',
    '{ lineage { nodes { distance } perhaps { distance } completeness { complete } } other { perhaps { distance } } }',
  ],
])('lists with %s are written, as graphql-js answers', async (_what, query) => {
  const { first, third, written } = await answers({ query })
  expect(third).toBe(first)
  expect(written).toHaveLength(first?.match(/:\[\{/g)?.length ?? 0)
  expect(written).not.toHaveLength(0)
})

test.each([true, false])('a list is written where it is asked for on a condition that is %s', async (yes) => {
  const query = `query ($yes: Boolean!) { lineage { root { key }
    nodes @include(if: $yes) { distance } ... @skip(if: $yes) { perhaps { distance } } } }`
  const { first, third, written } = await answers({ query, variables: { yes } })
  expect(third).toBe(first)
  expect(written).toEqual([yes ? 'lineage.nodes' : 'lineage.perhaps'])
})

test.each([
  ['a resolver', '{ lineage { nodes { asset { slow } } } }'],
  ['arguments', '{ lineage { nodes { asset { page { key } } } } }'],
  [
    'conditions',
    'query ($yes: Boolean!) { lineage { nodes { distance @include(if: $yes) asset { key @skip(if: $yes) } } } }',
  ],
  [
    'one of two parts on a condition',
    'query ($yes: Boolean!) { lineage { nodes { distance } nodes @skip(if: $yes) { asset { key } } } }',
  ],
  ['a mutation around it', 'mutation { lineage { nodes { distance } } }'],
  ['another use that is not plain', '{ lineage { nodes { distance } } other { nodes { asset { slow } } } }'],
])('a list with %s is not written, and answered alike', async (_what, query) => {
  for (const yes of [true, false]) {
    const { first, third, written } = await answers({ query, variables: { yes } })
    expect(third).toBe(first)
    expect(written).toEqual([])
  }
})

test('beside a list that cannot be written others are', async () => {
  const { written } = await answers({
    query: '{ lineage { nodes { asset { slow } } perhaps { distance } } }',
  })
  expect(written).toEqual(['lineage.perhaps'])
})

const bad = (asset: object): unknown[] => [...NODES, { asset: { ...plainAsset, ...asset }, distance: 3 }]

test.each<[string, unknown]>([
  ['null where there has to be a value', bad({ key: null })],
  ['a missing member', bad({ key: undefined })],
  ['an error in a value', bad({ note: new Error('lost') })],
  ['a value that its scalar refuses', bad({ note: { no: 'text' } })],
  ['an unknown enum value', bad({ shade: 'GREY' })],
  ['a date that is none', bad({ at: 'yesterday' })],
  ['null in a list of values', bad({ owners: [null] })],
  ['a value that is a promise', bad({ note: Promise.resolve('later') })],
  ['a value that is a function', bad({ note: () => 'called' })],
  ['an error for an object of JSON', bad({ tags: new Error('lost') })],
  ['a promise of an object of JSON', bad({ tags: Promise.resolve({}) })],
  ['an object that is a promise', bad({ next: Promise.resolve(plainAsset) })],
  ['an item that is null', [...NODES, null]],
  ['an item that is an error', [...NODES, new Error('lost')]],
  ['an item that is a promise', [...NODES, Promise.resolve(NODES[0])]],
  ['a list of values that is none', bad({ owners: 7 })],
  ['a list that is a set', new Set(NODES)],
  ['no list', null],
  ['a list that is an error', new Error('lost')],
])('%s is answered as graphql-js does', async (_what, nodes) => {
  const { first, third, written } = await answers(
    { query: `{ other { nodes { asset { ${ALL} } } } }` },
    nodes,
  )
  expect(third).toBe(first)
  expect(written).toEqual([])
})
