import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  buildSchema,
  GraphQLError,
  type GraphQLInputObjectType,
  GraphQLScalarType,
  isInputObjectType,
} from 'graphql'
import { GraphQLDateTime } from 'graphql-scalars'
import { PACKAGE_ROOT } from '../../util/package-root.js'

/** How the server reads the scalars of its own; the printed schema has no more than their names. */
const PARSERS: Record<string, (value: unknown) => unknown> = {
  BigInt: (value) => {
    if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value)
    if (typeof value === 'string' && /^-?\d{1,30}$/.test(value) && isLong(BigInt(value))) return BigInt(value)
    throw new GraphQLError(
      `BigInt: expected a whole number from -2^63 to 2^63-1 (from 2^53 on as a string), got ${shown(value)}`,
    )
  },
  DateTime: (value) => GraphQLDateTime.parseValue(value),
  JSONObject: (value) => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
    throw new GraphQLError(`JSONObject: expected a JSON object, got ${shown(value)}`)
  },
}

/** Short, whatever it is: it may be of any size and depth. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}

function isLong(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value
}

/** The input type of a recording, as the server declares it. */
export function recordingInputType(): GraphQLInputObjectType {
  const schema = buildSchema(readFileSync(join(PACKAGE_ROOT, 'schema', 'schema.graphql'), 'utf8'))
  for (const type of Object.values(schema.getTypeMap())) {
    const parse = type instanceof GraphQLScalarType ? PARSERS[type.name] : undefined
    if (type instanceof GraphQLScalarType && parse !== undefined) type.parseValue = parse
  }
  const type = schema.getType('RecordMaterializationsInput')
  if (!isInputObjectType(type)) throw new Error('the schema has no RecordMaterializationsInput')
  return type
}
