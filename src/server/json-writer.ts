import {
  defaultFieldResolver,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql'
import { isPure } from '../../resolvers/pure.js'
import type { KeptTexts } from './kept-texts.js'
import { type Fragments, type SelectedField, selectedFields, selectionsOf } from './selected-fields.js'

/**
 * Writes a value as the JSON of what GraphQL answers for it. Throws where that is not all there is to it: null where
 * there has to be a value, a value that cannot be serialized, a promise.
 */
export type JsonWriter = (value: unknown) => string

/** What a query is, and what is kept of its texts. */
export interface WriterParts {
  schema: GraphQLSchema
  fragments: Fragments
  texts: KeptTexts
}

/** A writer, with what makes two of them write the same. */
interface NamedWriter {
  write: JsonWriter
  selection: string
}

/**
 * A writer of the items of a list, for what is selected of them; null where that is more than plain data: a field
 * with a resolver or arguments, a directive, an abstract type. What the items point to is taken to outlive them: its
 * texts are kept.
 */
export function itemWriter(
  parts: WriterParts,
  type: GraphQLOutputType,
  selected: readonly SelectedField[],
): JsonWriter | null {
  return writerOf({ ...parts, depth: 0 }, type, selected)?.write ?? null
}

interface Place extends WriterParts {
  /** How many objects there are around this one, in an item. */
  depth: number
}

function writerOf(
  place: Place,
  type: GraphQLOutputType,
  selected: readonly SelectedField[],
): NamedWriter | null {
  if (isNonNullType(type)) return writerOfNullable(place, type.ofType, selected)
  const inner = writerOfNullable(place, type, selected)
  return (
    inner && { selection: inner.selection, write: (value) => (value == null ? 'null' : inner.write(value)) }
  )
}

/** Of what is not null: writers for a type throw for null. */
function writerOfNullable(
  place: Place,
  type: GraphQLOutputType,
  selected: readonly SelectedField[],
): NamedWriter | null {
  if (isLeafType(type))
    return { selection: '', write: (value) => leafText(type.serialize(checkedLeaf(value))) }
  if (isObjectType(type)) return objectWriter(place, type, selected)
  const item = isListType(type) ? writerOf(place, type.ofType, selected) : null
  return item && { selection: item.selection, write: (value) => listText(value, item.write) }
}

function objectWriter(
  place: Place,
  type: GraphQLObjectType,
  selected: readonly SelectedField[],
): NamedWriter | null {
  if (type.isTypeOf != null) return null
  const asked = selectedFields(place.schema, place.fragments, type, selectionsOf(selected))
  const members: { start: string; selection: string; write: (object: DataObject) => string }[] = []
  for (const [name, fields] of asked) {
    const value = memberWriter({ ...place, depth: place.depth + 1 }, type, fields)
    if (value === null) return null
    const start = `${members.length === 0 ? '' : ','}${JSON.stringify(name)}:`
    members.push({ start, selection: `${name}:${value.selection}`, write: value.write })
  }
  const selection = `${type.name}{${members.map((member) => member.selection).join()}}`
  const membersText = (object: DataObject) => {
    let text = ''
    for (const { start, write } of members) text += start + write(object)
    return text
  }
  if (place.depth === 0) return { selection, write: (value) => `{${membersText(checkedObject(value))}}` }
  // Joined it is one text; added up it would be kept as all its parts, four times as large.
  const keptText = (object: DataObject) => ['{', membersText(object), '}'].join('')
  return { selection, write: (value) => place.texts.of(selection, checkedObject(value), keptText) }
}

/** Of an object, the text of one of its fields. */
function memberWriter(place: Place, type: GraphQLObjectType, selected: readonly SelectedField[]) {
  const name = selected[0]?.node.name.value ?? ''
  if (selected.some(({ isConditional }) => isConditional)) return null
  if (name === '__typename') return { selection: name, write: () => JSON.stringify(type.name) }
  const field = type.getFields()[name]
  if (field === undefined || field.args.length > 0) return null
  const read = readerOf(field)
  const value = read && writerOf(place, field.type, selected)
  return (
    value && {
      selection: `${name}${value.selection}`,
      write: (object: DataObject) => value.write(read(object)),
    }
  )
}

/** How the value of a plain field is come by; null for a field that is not plain. */
function readerOf(field: GraphQLField<unknown, unknown>): ((object: DataObject) => unknown) | null {
  const { name, resolve } = field
  if (resolve === undefined || resolve === defaultFieldResolver) return (object) => object[name]
  return isPure(field) ? (object) => Reflect.apply(resolve, undefined, [object, {}]) : null
}

type DataObject = Readonly<Record<string, unknown>>

/** What is neither an error nor a promise. */
function isData(value: unknown): value is DataObject {
  return (
    typeof value === 'object' &&
    value !== null &&
    !(value instanceof Error) &&
    !('then' in value && typeof value.then === 'function')
  )
}

function checkedObject(value: unknown): DataObject {
  if (isData(value)) return value
  throw new Error('not an object')
}

function checkedLeaf(value: unknown): unknown {
  if (value == null) throw new Error('not a value')
  return typeof value === 'object' ? checkedObject(value) : value
}

function leafText(serialized: unknown): string {
  if (typeof serialized === 'number' && Number.isFinite(serialized)) return String(serialized)
  const text = serialized == null ? undefined : JSON.stringify(serialized)
  if (text === undefined) throw new Error('not serialized')
  return text
}

function listText(value: unknown, write: JsonWriter): string {
  if (!Array.isArray(value)) throw new Error('not an array')
  return `[${value.map((item) => write(item)).join()}]`
}
