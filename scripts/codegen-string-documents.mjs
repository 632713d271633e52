// A plugin of graphql-codegen: each operation as a string that carries the types of its answer and its variables,
// so that who sends it needs no GraphQL at run time.
import { Kind, print, stripIgnoredCharacters, visit } from 'graphql'

/** The fragments that a part of a document spreads, and those that these spread, in the order of their first use. */
function fragmentsOf(definition, fragments, found = new Map()) {
  visit(definition, {
    FragmentSpread: ({ name: { value } }) => {
      if (found.has(value)) return
      found.set(value, fragments.get(value))
      fragmentsOf(fragments.get(value), fragments, found)
    },
  })
  return found
}

export function plugin(_schema, documents) {
  const definitions = documents.flatMap(({ document }) => document.definitions)
  const fragments = new Map(
    definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION).map((one) => [one.name.value, one]),
  )
  const operations = definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION)
  const constants = operations.map((operation) => {
    const name = operation.name.value
    const type = `${name}${operation.operation[0].toUpperCase()}${operation.operation.slice(1)}`
    const parts = [operation, ...fragmentsOf(operation, fragments).values()]
    const text = stripIgnoredCharacters(parts.map(print).join('\n'))
    return `/** The operation \`${name}\`. */\nexport const ${name}Document: TypedDocument<${type}, ${type}Variables> = ${JSON.stringify(text)}`
  })
  return {
    prepend: ["import type { TypedDocument } from './typed-document.js'"],
    content: `${constants.join('\n\n')}\n`,
  }
}
