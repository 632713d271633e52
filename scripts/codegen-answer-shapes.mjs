// A plugin of graphql-codegen: what the answer to each operation has to have, so that a client can tell an answer of
// another server from one of ours without a GraphQL library.
import { getNamedType, isListType, isNonNullType, Kind } from 'graphql'

/** `!` must not be null, `[…]` is a list: the type as the schema writes it, without its name. */
function wrappingOf(type) {
  if (isNonNullType(type)) return `${wrappingOf(type.ofType)}!`
  return isListType(type) ? `[${wrappingOf(type.ofType)}]` : ''
}

function shapeOf(selectionSet, parent, fragments, shape = {}) {
  for (const selection of selectionSet.selections) {
    if (selection.kind === Kind.FIELD) {
      const name = (selection.alias ?? selection.name).value
      if (selection.name.value === '__typename') {
        shape[name] = '!'
        continue
      }
      const { type } = parent.getFields()[selection.name.value]
      const [, members] = Array.isArray(shape[name]) ? shape[name] : []
      shape[name] =
        selection.selectionSet === undefined
          ? wrappingOf(type)
          : [wrappingOf(type), shapeOf(selection.selectionSet, getNamedType(type), fragments, members)]
      continue
    }
    const part = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection
    // What another type of an interface has need not be there.
    if ((part.typeCondition?.name.value ?? parent.name) !== parent.name) continue
    shapeOf(part.selectionSet, parent, fragments, shape)
  }
  return shape
}

export function plugin(schema, documents) {
  const definitions = documents.flatMap(({ document }) => document.definitions)
  const fragments = new Map(
    definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION).map((one) => [one.name.value, one]),
  )
  const entries = definitions
    .filter(({ kind }) => kind === Kind.OPERATION_DEFINITION)
    .map(({ name, operation, selectionSet }) => {
      const shape = shapeOf(selectionSet, schema.getRootType(operation), fragments)
      return `  [${name.value}Document, ${JSON.stringify(shape)}],`
    })
  return {
    prepend: ["import type { AnswerShape } from './answer-shape.js'"],
    content: `/** What the answer to each operation has to have, by the text of the operation. */
export const answerShapes: ReadonlyMap<string, AnswerShape> = new Map<string, AnswerShape>([
${entries.join('\n')}
])
`,
  }
}
