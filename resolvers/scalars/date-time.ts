import { GraphQLScalarType } from 'graphql'
import { GraphQLDateTime } from 'graphql-scalars'

/** Kept to the millisecond. */
export const DateTime = new GraphQLScalarType<Date, Date>({
  ...GraphQLDateTime.toConfig(),
  name: 'DateTime',
  description:
    'An instant: ISO 8601 with an offset (`2026-03-01T12:00:00Z`, `2026-03-01T13:00:00.5+01:00`). Answers are in UTC. Kept to the millisecond; finer digits are cut off.',
})
