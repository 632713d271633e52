import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLNamedOutputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isEnumType,
  isInterfaceType,
  isListType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
} from 'graphql'

/** Values as GraphQL writes them: by `field.argument`, else `argument`, else by type. */
export type Values = Readonly<Record<string, readonly string[]>>

/** A query of one field of the root, and what else is to be known of it. */
export interface SchemaQuery {
  field: string
  text: string
  /** The fields that it asks for, as `Type.field`. */
  asked: ReadonlySet<string>
}

/** Arguments that are given though they need not be: `field.argument`. */
const ALWAYS = ['asset.namespace']

/** Arguments that say where a list goes on: what answers give out is put in their place. */
export const CURSOR = 'after'

/**
 * Every field of the root with every choice that its arguments leave, one after the other, and below it everything that
 * can be reached in so many levels: each field with each of its own choices at the first. Throws where an argument cannot
 * be filled.
 */
export function everyQuery(
  schema: GraphQLSchema,
  values: Values,
  levelsOf: (field: string) => number,
  root = schema.getQueryType(),
): SchemaQuery[] {
  if (root == null) throw new Error('the schema has no such type')
  return Object.values(root.getFields()).flatMap((field) => {
    const [first = '', ...others] = choicesOf(field, values)
    const levels = levelsOf(field.name)
    // The choices of the root are looked at as far as names go; what lies behind is the same as of the first.
    return [
      queryOf(schema, values, field, first, levels),
      ...others.map((given) => queryOf(schema, values, field, given, Math.min(levels, 1))),
    ]
  })
}

/** All fields that can be reached from the root, as `Type.field`. */
export function reachableFields(schema: GraphQLSchema): Set<string> {
  const fields = new Set<string>()
  const seen = new Set<string>()
  const look = (type: GraphQLNamedOutputType) => {
    if (seen.has(type.name)) return
    seen.add(type.name)
    for (const possible of isInterfaceType(type) ? schema.getPossibleTypes(type) : []) look(possible)
    if (!isObjectType(type) && !isInterfaceType(type)) return
    for (const field of Object.values(type.getFields())) {
      fields.add(`${type.name}.${field.name}`)
      look(getNamedType(field.type))
    }
  }
  const root = schema.getQueryType()
  if (root != null) look(root)
  return fields
}

function queryOf(
  schema: GraphQLSchema,
  values: Values,
  field: GraphQLField<unknown, unknown>,
  given: string,
  levels: number,
): SchemaQuery {
  const asked = new Set([`Query.${field.name}`])
  const below = selectionOf(schema, values, getNamedType(field.type), levels, asked)
  return { field: field.name, text: `{ ${field.name}${given} ${below} }`, asked }
}

function selectionOf(
  schema: GraphQLSchema,
  values: Values,
  type: GraphQLNamedOutputType,
  left: number,
  asked: Set<string>,
  prefix = '',
): string {
  if (!isCompositeType(type)) return ''
  if (isInterfaceType(type)) {
    for (const name of Object.keys(type.getFields())) asked.add(`${type.name}.${name}`)
    // Under names of their own: of the same name they may be of different types.
    const parts = schema.getPossibleTypes(type).map((possible) => {
      const whole = selectionOf(schema, values, possible, left, asked, `${possible.name}_`)
      return `... on ${possible.name} ${whole}`
    })
    return `{ __typename ${Object.keys(type.getFields()).join(' ')} ${parts.join(' ')} }`
  }
  if (!isObjectType(type)) throw new Error(`no selection is known of ${type.name}`)
  const parts = Object.values(type.getFields()).flatMap((field) => {
    const named = getNamedType(field.type)
    if (isCompositeType(named) && left === 0) return []
    asked.add(`${type.name}.${field.name}`)
    const below = selectionOf(schema, values, named, left - 1, asked)
    const [first = '', ...others] = choicesOf(field, values)
    const leaves = isCompositeType(named)
      ? selectionOf(schema, values, named, Math.min(left - 1, 1), asked)
      : ''
    return [
      `${prefix === '' ? '' : `${prefix}${field.name}: `}${field.name}${first} ${below}`,
      ...others
        .filter(() => left >= 3)
        .map((given, at) => `${prefix}${field.name}_${at}: ${field.name}${given} ${leaves}`),
    ]
  })
  return `{ __typename ${parts.join(' ')} }`
}

/** What a field may be given, in brackets: the least first, then each argument in each of its ways, one at a time. */
function choicesOf(field: GraphQLField<unknown, unknown>, values: Values): string[] {
  const ways = new Map(field.args.map((arg) => [arg.name, waysOf(field.name, arg, values)]))
  const required = field.args.filter(
    (arg) => isRequiredArgument(arg) || ALWAYS.includes(`${field.name}.${arg.name}`),
  )
  const base = new Map(required.map(({ name }) => [name, ways.get(name)?.[0] ?? '']))
  const written = (given: ReadonlyMap<string, string>) =>
    given.size === 0 ? '' : `(${[...given].map(([name, value]) => `${name}: ${value}`).join(', ')})`
  const others = field.args
    .filter(({ name }) => name !== CURSOR)
    .flatMap((arg) =>
      (ways.get(arg.name) ?? []).map((value) => written(new Map([...base, [arg.name, value]]))),
    )
  return [...new Set([written(base), ...others])]
}

function waysOf(field: string, { name, type }: GraphQLArgument, values: Values): string[] {
  if (name === CURSOR) return []
  return valuesOf([`${field}.${name}`, name], type, values)
}

function valuesOf(names: readonly string[], type: GraphQLInputType, values: Values): string[] {
  const named = getNamedType(type)
  for (const name of [...names, named.name]) {
    const known = values[name]
    if (known !== undefined) return [...known]
  }
  if (isEnumType(named))
    return inList(
      type,
      named.getValues().map((one) => one.name),
    )
  if (named.name === 'Boolean') return ['true', 'false']
  if (named instanceof GraphQLInputObjectType) return inList(type, objectsOf(named, values))
  throw new Error(`no value is known for ${names.join(' or ')}: ${String(type)}`)
}

/** Each field of an input in each of its ways, one at a time, beside those that it must have. */
function objectsOf(type: GraphQLInputObjectType, values: Values): string[] {
  const fields = Object.values(type.getFields())
  const ways = (field: GraphQLInputField) =>
    valuesOf([`${type.name}.${field.name}`, field.name], field.type, values)
  const required = fields
    .filter(isRequiredInputField)
    .map((field): [string, string] => [field.name, ways(field)[0] ?? ''])
  const written = (given: Iterable<[string, string]>) =>
    `{ ${[...new Map(given)].map(([name, value]) => `${name}: ${value}`).join(', ')} }`
  return fields.flatMap((field) => ways(field).map((value) => written([...required, [field.name, value]])))
}

function inList(type: GraphQLInputType, texts: string[]): string[] {
  return isListType(getNullableType(type)) ? texts.map((text) => `[${text}]`) : texts
}
