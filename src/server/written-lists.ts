import {
  type DocumentNode,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLScalarType,
  GraphQLSchema,
  getNamedType,
  getNullableType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  OperationTypeNode,
} from 'graphql'
import { writtenList } from './json-in-pieces.js'
import { itemWriter, type JsonWriter } from './json-writer.js'
import { KeptTexts } from './kept-texts.js'
import { type Fragments, type SelectedField, selectedFields, selectionsOf } from './selected-fields.js'

/** The type whose lists hold thousands of items; all other lists are pages. Root fields alone answer with it. */
const LONG = 'LineageGraph'

/** Where an answer has a list that is to be written, and how its items are. */
interface ListPlace {
  rootName: string
  name: string
  write: JsonWriter
}

/** How to run a query: on a schema in which the lists at these places come as they are. */
export interface WritingPlan {
  schema: GraphQLSchema
  places: readonly ListPlace[]
}

/** What is in an answer in a list's place, as it has come from the resolver. */
const Unwritten = new GraphQLScalarType({ name: 'UnwrittenList', serialize: (list) => list })

/**
 * Writes long lists of plain data straight to JSON: what a compiled query would make of each item is garbage as soon
 * as it is written, and it makes all of them in one turn.
 */
export class ListWriting {
  readonly #texts = new KeptTexts()
  readonly #schemas = new Map<string, GraphQLSchema>()

  constructor(private readonly schema: GraphQLSchema) {}

  /** Which lists of a valid query's answer can be written. */
  plan(document: DocumentNode, operationName: string | null): WritingPlan {
    const found = this.#listsOf(document, operationName)
    // The type of a field is one for the whole query.
    const refused = new Set(found.flatMap(({ field, write }) => (write === null ? field : [])))
    const fields = new Set<string>()
    const places: ListPlace[] = []
    for (const { rootName, name, field, write } of found) {
      if (write === null || refused.has(field)) continue
      fields.add(field)
      places.push({ rootName, name, write })
    }
    return { schema: this.#schemaWithout([...fields].sort()), places }
  }

  #listsOf(document: DocumentNode, operationName: string | null) {
    const { schema } = this
    const query = schema.getQueryType()
    const long = schema.getType(LONG)
    const operation = document.definitions
      .filter((one) => one.kind === Kind.OPERATION_DEFINITION)
      .find(({ name }) => operationName === null || name?.value === operationName)
    // What cannot be written is run a second time, which only queries may be.
    if (operation?.operation !== OperationTypeNode.QUERY || query == null || !isObjectType(long)) return []
    const fragments = fragmentsOf(document)
    const parts = { schema, fragments, texts: this.#texts }
    const roots = selectedFields(schema, fragments, query, [
      { set: operation.selectionSet, isConditional: false },
    ])
    return [...roots].flatMap(([rootName, root]) => {
      if (getNamedType(fieldOf(query, root)?.type) !== long) return []
      const lists = selectedFields(schema, fragments, long, selectionsOf(alone(root)))
      return [...lists].flatMap(([name, selected]) => {
        const field = fieldOf(long, selected)
        const type = field && getNullableType(field.type)
        if (field === undefined || !isListType(type)) return []
        return { rootName, name, field: field.name, write: itemWriter(parts, type.ofType, alone(selected)) }
      })
    })
  }

  /** The schema, with these lists as they come. */
  #schemaWithout(lists: readonly string[]): GraphQLSchema {
    if (lists.length === 0) return this.schema
    const name = lists.join()
    const made = this.#schemas.get(name) ?? schemaWithout(this.schema, lists)
    this.#schemas.set(name, made)
    return made
  }
}

/** Writes the lists of an answer, in turns. Throws where one cannot be: see JsonWriter. */
export async function writeLists(data: object, places: readonly ListPlace[]): Promise<void> {
  for (const { rootName, name, write } of places) {
    const parent: unknown = Reflect.get(data, rootName)
    if (typeof parent !== 'object' || parent === null) continue
    const list: unknown = Reflect.get(parent, name)
    if (list == null) continue
    if (!Array.isArray(list)) throw new Error('not an array')
    const written = await writtenList(list, (items) => items.map((item) => write(item)).join())
    Reflect.set(parent, name, written)
  }
}

function fragmentsOf(document: DocumentNode): Fragments {
  const fragments = document.definitions.filter((one) => one.kind === Kind.FRAGMENT_DEFINITION)
  return new Map(fragments.map((one) => [one.name.value, one]))
}

function fieldOf(type: GraphQLObjectType, selected: readonly SelectedField[]) {
  return type.getFields()[selected[0]?.node.name.value ?? '']
}

/** Where one place alone asks for a field, a condition decides whether it is there, not what is in it. */
function alone(selected: readonly SelectedField[]): readonly SelectedField[] {
  return selected.length > 1 ? selected : selected.map(({ node }) => ({ node, isConditional: false }))
}

/** What queries need of the schema, but that these lists come as they are. */
function schemaWithout(schema: GraphQLSchema, lists: readonly string[]): GraphQLSchema {
  const query = schema.getQueryType()
  const long = schema.getType(LONG)
  if (query == null || !isObjectType(long)) return schema
  const unwritten = retyped(long, (type, name) => (lists.includes(name) ? likewise(type, Unwritten) : type))
  const left: readonly unknown[] = [query, schema.getMutationType(), schema.getSubscriptionType(), long]
  return new GraphQLSchema({
    query: retyped(query, (type) => (getNamedType(type) === long ? likewise(type, unwritten) : type)),
    types: Object.values(schema.getTypeMap()).filter((type) => !left.includes(type)),
    directives: schema.getDirectives(),
    assumeValid: true,
  })
}

function retyped(
  type: GraphQLObjectType,
  change: (type: GraphQLOutputType, name: string) => GraphQLOutputType,
): GraphQLObjectType {
  const config = type.toConfig()
  const fields = Object.entries(config.fields).map(([name, field]) => [
    name,
    { ...field, type: change(field.type, name) },
  ])
  return new GraphQLObjectType({ ...config, fields: Object.fromEntries(fields) })
}

/** A type, null where the other may be null. */
function likewise(type: GraphQLOutputType, other: GraphQLObjectType | GraphQLScalarType): GraphQLOutputType {
  return isNonNullType(type) ? new GraphQLNonNull(other) : other
}
