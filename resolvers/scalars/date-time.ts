import { GraphQLError, GraphQLScalarType, Kind } from 'graphql'
import { GraphQLDateTime } from 'graphql-scalars'
import { shown, shownLiteral } from './shown.js'

/** Kept to the millisecond. */
export const DateTime = new GraphQLScalarType<Date, Date>({
  ...GraphQLDateTime.toConfig(),
  name: 'DateTime',
  description:
    'An instant: ISO 8601 with an offset (`2026-03-01T12:00:00Z`, `2026-03-01T13:00:00.5+01:00`). Answers are in UTC. Kept to the millisecond; finer digits are cut off.',
  parseValue: (value) => {
    if (typeof value !== 'string') throw refused(shown(value))
    return parse(value)
  },
  parseLiteral: (node) => {
    if (node.kind !== Kind.STRING) throw refused(shownLiteral(node))
    return parse(node.value)
  },
})

function parse(text: string): Date {
  try {
    return GraphQLDateTime.parseValue(text)
  } catch {
    throw refused(shown(text))
  }
}

function refused(came: string): GraphQLError {
  return new GraphQLError(`DateTime: expected an ISO 8601 instant with an offset, got ${came}`, {
    extensions: { code: 'BAD_USER_INPUT' },
  })
}
