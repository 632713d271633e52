import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import {
  buildSchema,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isListType,
  isNonNullType,
  isNullableType,
  isObjectType,
  isSpecifiedScalarType,
} from 'graphql'
import { MOST_PATHS } from '../../src/lineage/paths/path-page.js'
import { BOUNDS } from '../../src/lineage/recording/bounds.js'
import { createSchema, printedSchema } from '../../src/server/schema.js'
import { DEFAULT_PATHS, LARGEST_PATHS } from '../../src/use-cases/find-paths.js'
import { DEFAULT_PAGE_SIZE, LARGEST_PAGE } from '../../src/use-cases/pages.js'
import { DEFAULT_WALK_LIMIT, LARGEST_WALK } from '../../src/use-cases/walk-lineage.js'

const ROOT = dirname(dirname(import.meta.dirname))

let schema: GraphQLSchema

beforeAll(async () => {
  schema = await createSchema()
})

test('schema/schema.graphql is what the resolvers print', async () => {
  expect(await readFile(join(ROOT, 'schema/schema.graphql'), 'utf8')).toBe(await printedSchema())
})

type Described = GraphQLNamedType | GraphQLField<unknown, unknown> | GraphQLArgument | GraphQLInputField

/** Everything of our own that can have a description: `Type`, `Type.field`, `Type.field(argument)`, `Enum.VALUE`. */
function* everything(of: GraphQLSchema): Generator<[string, Pick<Described, 'description'>]> {
  for (const type of ownTypes(of)) {
    yield [type.name, type]
    if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) {
        yield [`${type.name}.${field.name}`, field]
        for (const argument of field.args) yield [`${type.name}.${field.name}(${argument.name})`, argument]
      }
    } else if (isInputObjectType(type)) {
      for (const field of Object.values(type.getFields())) yield [`${type.name}.${field.name}`, field]
    } else if (isEnumType(type)) {
      for (const value of type.getValues()) yield [`${type.name}.${value.name}`, value]
    }
  }
}

function ownTypes(of: GraphQLSchema): GraphQLNamedType[] {
  return Object.values(of.getTypeMap()).filter(
    (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
  )
}

/** What Relay's specification of connections says for us, and the roots, which GraphQL explains. */
const EXPLAINED_ELSEWHERE =
  /^(Query|Mutation|Subscription|\w+Connection\.(edges|nodes|pageInfo)|\w+ConnectionEdge(\.(cursor|node))?)$/

const undescribed = (of: GraphQLSchema) =>
  [...everything(of)]
    .filter(([name, { description }]) => !description?.trim() && !EXPLAINED_ELSEWHERE.test(name))
    .map(([name]) => name)

test('every type, field, argument and value says what it is', () => {
  expect(undescribed(schema)).toEqual([])
})

test('a description that is missing is noticed', () => {
  const bare = buildSchema(`
    "D" type A { "d" a("d" x: Int, y: Int): Int b: Int }
    type B { "d" a: Int }
    "D" input C { a: Int }
    "D" enum D { "d" X Y }
    "D" type AConnection { edges: Int nodes: Int totalCount: Int }
    type Query { "d" a: A }`)
  expect(undescribed(bare)).toEqual(['A.a(y)', 'A.b', 'B', 'C.a', 'D.Y', 'AConnection.totalCount'])
})

describe('the bounds that descriptions state are those that are checked', () => {
  const number = (value: number) => value.toLocaleString('en')
  const characters = (most: number) => `1 to ${number(most)} characters`
  const page = `1 to ${number(LARGEST_PAGE)}, ${DEFAULT_PAGE_SIZE} by default`

  test.each([
    ['Asset.upstream(first)', page],
    ['Asset.materializations(first)', page],
    ['Materialization.consumers(first)', page],
    ['Query.assets(first)', page],
    ['Query.materializations(first)', page],
    ['Query.lineage(limit)', `1 to ${number(LARGEST_WALK)}, ${DEFAULT_WALK_LIMIT} by default`],
    ['Materialization.lineage(limit)', `1 to ${number(LARGEST_WALK)}, ${DEFAULT_WALK_LIMIT} by default`],
    ['Query.lineagePaths(limit)', `1 to ${number(LARGEST_PATHS)}, ${DEFAULT_PATHS} by default`],
    ['LineagePaths.completeness', `the first ${number(MOST_PATHS)}`],
    ['Mutation.recordMaterializationBatch', `at most ${BOUNDS.recordingsPerBatch}`],
    ['RecordMaterializationsInput.assets', `1 to ${number(BOUNDS.assetsPerRecording)}`],
    ['RecordMaterializationsInput.jobId', characters(BOUNDS.idCharacters)],
    ['RecordMaterializationsInput.dagId', characters(BOUNDS.idCharacters)],
    ['RecordMaterializationsInput.nodeTaskId', characters(BOUNDS.idCharacters)],
    ['RecordMaterializationsInput.idempotencyKey', characters(BOUNDS.idCharacters)],
    ['RecordMaterializationsInput.partitionKey', characters(BOUNDS.partitionKeyCharacters)],
    ['MaterializedAssetInput.key', characters(BOUNDS.keyCharacters)],
    ['MaterializedAssetInput.namespace', characters(BOUNDS.namespaceCharacters)],
    ['MaterializedAssetInput.version', characters(BOUNDS.versionCharacters)],
    ['MaterializedAssetInput.partitionKey', characters(BOUNDS.partitionKeyCharacters)],
    ['MaterializedAssetInput.kind', characters(BOUNDS.kindCharacters)],
    [
      'MaterializedAssetInput.kinds',
      `at most ${BOUNDS.kindsPerAsset} of ${characters(BOUNDS.kindCharacters)}`,
    ],
    ['MaterializedAssetInput.checksum', characters(BOUNDS.checksumCharacters)],
    ['MaterializedAssetInput.codeVersion', characters(BOUNDS.codeVersionCharacters)],
    ['MaterializedAssetInput.uri', characters(BOUNDS.uriCharacters)],
    ['MaterializedAssetInput.description', `most ${number(BOUNDS.descriptionCharacters)} characters`],
    ['MaterializedAssetInput.metadata', `${BOUNDS.metadataBytes / 1024} KiB`],
    ['MaterializedAssetInput.metadata', `${BOUNDS.metadataLevels} levels`],
    ['MaterializedAssetInput.upstream', `at most ${number(BOUNDS.upstreamsPerAsset)}`],
    ['UpstreamRefInput.key', characters(BOUNDS.keyCharacters)],
    ['UpstreamRefInput.namespace', characters(BOUNDS.namespaceCharacters)],
    ['UpstreamRefInput.version', characters(BOUNDS.versionCharacters)],
    ['UpstreamRefInput.partitionKey', characters(BOUNDS.partitionKeyCharacters)],
    ['AssetRef.key', characters(BOUNDS.keyCharacters)],
    ['AssetRef.namespace', characters(BOUNDS.namespaceCharacters)],
  ])('%s: %s', (name, bound) => {
    expect(new Map(everything(schema)).get(name)?.description).toContain(bound)
  })
})

describe('nullability tells the truth', () => {
  test('lists hold no nulls', () => {
    const holed = [...fields(schema)].filter(([, type]) => {
      const list = isNonNullType(type) ? type.ofType : type
      return isListType(list) && isNullableType(list.ofType)
    })
    expect(holed.map(([name]) => name)).toEqual([])
  })

  test('a list, a page, a number of items or an id is never null', () => {
    const nullable = [...fields(schema)].filter(
      ([name, type]) =>
        isNullableType(type) &&
        (isListType(type) || /Connection$|^ID$/.test(String(type)) || /Count$/.test(name)),
    )
    expect(nullable.map(([name]) => name)).toEqual([])
  })

  // Where a value can be missing. A field that is added here needs a description that says when it is null.
  test('only what can be missing is nullable', () => {
    const nullable = [...fields(schema)].filter(([, type]) => isNullableType(type)).map(([name]) => name)
    expect(nullable.sort()).toEqual([
      'Asset.description',
      'Asset.latestMaterialization',
      'Asset.retiredAt',
      'CheckResult.details',
      'Column.description',
      'Column.type',
      'ColumnTransformation.description',
      'ColumnTransformation.subtype',
      'Completeness.nextCursor',
      'DistanceCount.distance',
      'Freshness.ageSeconds',
      'Freshness.latestAt',
      'KindCount.kind',
      'LineageCycles.total',
      'Materialization.checksum',
      'Materialization.codeVersion',
      'Materialization.dagId',
      'Materialization.nodeTaskId',
      'Materialization.partitionKey',
      'Materialization.run',
      'Materialization.sizeBytes',
      'Materialization.storageEventId',
      'Materialization.uri',
      'Materialization.version',
      'MaterializationInput.materialization',
      'MaterializationInput.partitionKey',
      'MaterializationInput.version',
      'NamedRun.run',
      'NamespaceCount.namespace',
      'NodeMaterializationStatus.dagName',
      'NodeMaterializationStatus.lastMaterializedAt',
      'PageInfo.endCursor',
      'PageInfo.startCursor',
      'Query.asset',
      'Query.materialization',
      'Query.materializationByVersion',
      'Query.node',
      'Query.nodeStatus',
      'Query.run',
      'Query.webhook',
      'Query.webhookDelivery',
      'Run.dagId',
      'Run.endedAt',
      'Run.errorMessage',
      'Run.nominalEndAt',
      'Run.nominalStartAt',
      'Run.parent',
      'Run.root',
      'Run.startedAt',
      'StaleCause.latestVersion',
      'StaleCause.usedVersion',
      'StalenessEvent.previousStatus',
      'UpstreamAsset.materialization',
      'UpstreamAsset.partitionKey',
      'UpstreamAsset.version',
      'Webhook.failingSince',
      'WebhookDelivery.deliveredAt',
      'WebhookDelivery.lastError',
      'WebhookDelivery.lastResponse',
      'WebhookDelivery.lastStatus',
      'WebhookDelivery.nextAttemptAt',
    ])
  })
})

/** The fields of our own objects and interfaces, with their types. */
function* fields(of: GraphQLSchema): Generator<[string, GraphQLOutputType]> {
  for (const type of ownTypes(of)) {
    if (!isObjectType(type) && !isInterfaceType(type)) continue
    for (const { name, type: fieldType } of Object.values(type.getFields())) {
      yield [`${type.name}.${name}`, fieldType]
    }
  }
}
