import fc from 'fast-check'
import {
  type GraphQLArgument,
  type GraphQLField,
  GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLNamedOutputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInterfaceType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
} from 'graphql'

/** Values of arguments as GraphQL writes them, good and bad, by `Input.field`, else `field`, else type. */
export type ArgumentPool = Readonly<Record<string, readonly string[]>>

/** What decides @include and @skip of a random query. */
export interface Switches {
  yes: boolean
  no: boolean
}

export interface RandomQuery {
  text: string
  variables: Switches
}

const MOST_FIELDS = 4

/** What to ask for. */
export interface QueryBounds {
  /** Fields of these names are never asked for. */
  omitted: readonly string[]
  levels: number
  /** The only root fields; all where there are none. */
  roots?: readonly string[]
  /** One field in so many is under a condition: 2 by default. */
  oneConditionIn?: number
  /** `query` by default. */
  operation?: 'query' | 'mutation'
}

/**
 * Valid queries over a schema, with aliases, fragments, fields that stand twice, directives and variables, up to so
 * many levels deep.
 */
export function randomQueries(
  schema: GraphQLSchema,
  pool: ArgumentPool,
  { omitted, levels, roots, oneConditionIn = 2, operation = 'query' }: QueryBounds,
): fc.Arbitrary<RandomQuery> {
  const root = operation === 'query' ? schema.getQueryType() : schema.getMutationType()
  const selectionsOf = (type: GraphQLNamedOutputType, left: number): fc.Arbitrary<string> => {
    const own = isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : []
    const fields = own.filter(
      (field) =>
        !omitted.includes(field.name) &&
        (left > 0 || !isCompositeType(getNamedType(field.type))) &&
        (type !== root || (roots?.includes(field.name) ?? true)),
    )
    if (fields.length === 0) return fc.constant('__typename')
    const chosen = fc
      .subarray(fields, { minLength: 1, maxLength: Math.min(fields.length, MOST_FIELDS) })
      .chain((some) => fc.tuple(...some.map((field) => fieldOf(type, field, left))))
      .map((parts) => parts.join(' '))
    if (!isAbstractType(type)) return chosen
    const narrowed = schema
      .getPossibleTypes(type)
      .map((possible) => selectionsOf(possible, left).map((inner) => `... on ${possible.name} { ${inner} }`))
    return fc.tuple(chosen, fc.oneof(...narrowed)).map(([plain, narrow]) => `__typename ${plain} ${narrow}`)
  }

  const fieldOf = (
    parent: GraphQLNamedOutputType,
    field: GraphQLField<unknown, unknown>,
    left: number,
  ): fc.Arbitrary<string> => {
    const type = getNamedType(field.type)
    const below = isCompositeType(type)
      ? selectionsOf(type, left - 1).map((inner) => ` { ${inner} }`)
      : fc.constant('')
    const prefix = fc.constantFrom('', '', `${parent.name.toLowerCase()}_`)
    const directive = fc.oneof(
      { weight: oneConditionIn - 1, arbitrary: fc.constant('') },
      {
        weight: 1,
        arbitrary: fc.constantFrom(' @include(if: $yes)', ' @skip(if: $no)', ' @include(if: $no)'),
      },
    )
    const fragment = fc.constantFrom('', '', '', '', ...conditionsFor(parent, field.name))
    // Twice alike: where conditions differ, compiled queries and graphql-js put members in different orders.
    const times = fc.constantFrom(1, 1, 1, 1, 1, 1, 1, 1, 1, 2)
    return fc
      .record({ prefix, directive, fragment, times, below, given: argumentsOf(field.args, pool) })
      .map((one) => {
        const alias = one.prefix === '' ? '' : `${one.prefix}${field.name}: `
        const text = `${alias}${field.name}${one.given}${one.directive}${one.below}`
        const whole = one.fragment === '' ? text : `... ${one.fragment} { ${text} }`
        return Array(one.times).fill(whole).join(' ')
      })
  }

  if (root == null) throw new Error(`the schema has no ${operation}`)
  return fc.record({
    // Both variables are used, as a valid query must.
    text: selectionsOf(root, levels).map(
      (inner) =>
        `${operation} ($yes: Boolean!, $no: Boolean!) { t: __typename @include(if: $yes) n: __typename @skip(if: $no) ${inner} }`,
    ),
    variables: fc.record({ yes: fc.boolean(), no: fc.boolean() }),
  })
}

/** What a fragment on an object with this field may say that it is about: nothing, the type, an interface. */
function conditionsFor(type: GraphQLNamedOutputType, field: string): string[] {
  const interfaces = isObjectType(type) ? type.getInterfaces() : []
  const having = interfaces.filter((one) => field in one.getFields())
  return ['', ...[type, ...having].map(({ name }) => `on ${name}`)]
}

/** Arguments in brackets: all that are required, and some of those that the pool has values for. */
function argumentsOf(args: readonly GraphQLArgument[], pool: ArgumentPool): fc.Arbitrary<string> {
  const given = args.flatMap((argument) => {
    const isKnown = pool[argument.name] !== undefined
    if (!isRequiredArgument(argument) && !isKnown) return []
    const text = writtenValue(argument.name, argument.type, pool).map((value) => `${argument.name}: ${value}`)
    return isRequiredArgument(argument) ? text : fc.option(text, { nil: '' })
  })
  return fc
    .tuple(...given)
    .map((texts) => texts.filter((text) => text !== ''))
    .map((texts) => (texts.length === 0 ? '' : `(${texts.join(', ')})`))
}

function writtenValue(name: string, type: GraphQLInputType, pool: ArgumentPool): fc.Arbitrary<string> {
  // One value stands for a list of it.
  const inner = getNamedType(type)
  const values =
    pool[name] ?? pool[inner.name] ?? (isEnumType(inner) ? inner.getValues().map((one) => one.name) : [])
  if (values.length > 0) return fc.constantFrom(...values)
  if (inner instanceof GraphQLInputObjectType) return writtenObject(inner, pool)
  throw new Error(`the pool has no value for the argument ${name}: ${String(type)}`)
}

/** An input object: all fields that are required, and some of the others. */
function writtenObject(type: GraphQLInputObjectType, pool: ArgumentPool): fc.Arbitrary<string> {
  const fields = Object.values(type.getFields()).map((field) => {
    const text = writtenValue(field.name, field.type, pool).map((value) => `${field.name}: ${value}`)
    return isRequiredInputField(field) ? text : fc.option(text, { nil: '', freq: 2 })
  })
  return fc.tuple(...fields).map((texts) => `{ ${texts.filter((text) => text !== '').join(', ')} }`)
}
