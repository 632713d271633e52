import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql'
import { shown, shownLiteral } from './shown.js'

/** A JSON object. It comes out with the members that went in, `__proto__` included; their order is not kept. */
export const JsonObject = new GraphQLScalarType<Record<string, unknown>, unknown>({
  name: 'JSONObject',
  description: 'A JSON object.',
  serialize: (value) => value,
  parseValue: (value) => {
    if (isObject(value)) return value
    throw refused(shown(value))
  },
  parseLiteral: (node, variables) => {
    const value = literalValue(node, variables ?? {})
    if (isObject(value)) return value
    throw refused(shownLiteral(node))
  },
})

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function literalValue(node: ValueNode, variables: Record<string, unknown>): unknown {
  switch (node.kind) {
    case Kind.OBJECT:
      // fromEntries defines members, where assignment would lose one named __proto__.
      return Object.fromEntries(
        node.fields.map(({ name, value }) => [name.value, literalValue(value, variables)]),
      )
    case Kind.LIST:
      return node.values.map((value) => literalValue(value, variables))
    case Kind.INT:
    case Kind.FLOAT:
      return Number(node.value)
    case Kind.NULL:
      return null
    case Kind.VARIABLE:
      return variables[node.name.value]
    default:
      return node.value
  }
}

function refused(came: string): GraphQLError {
  return new GraphQLError(`JSONObject: expected a JSON object, got ${came}`, {
    extensions: { code: 'BAD_USER_INPUT' },
  })
}
