import { GraphQLError, GraphQLScalarType, Kind } from 'graphql'
import { shown, shownLiteral } from './shown.js'

const LEAST = -(2n ** 63n)
const GREATEST = 2n ** 63n - 1n
const DECIMAL = /^-?\d{1,30}$/

/** Whole numbers of 64 bits, which JSON numbers cannot carry from 2^53 on. */
export const BigIntScalar = new GraphQLScalarType<bigint, number | string>({
  name: 'BigInt',
  description:
    'A whole number of up to 64 bits (-2^63 to 2^63-1): a JSON number while that is exact (|n| < 2^53), otherwise a decimal string. Both are accepted.',
  serialize: (value) => {
    const whole = typeof value === 'bigint' ? value : BigInt(String(value))
    return Number.isSafeInteger(Number(whole)) ? Number(whole) : whole.toString()
  },
  parseValue: (value) => {
    if (typeof value === 'bigint') return inRange(value, String(value))
    if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value)
    if (typeof value === 'string' && DECIMAL.test(value)) return inRange(BigInt(value), value)
    throw refused(shown(value))
  },
  parseLiteral: (node) => {
    if ((node.kind === Kind.INT || node.kind === Kind.STRING) && DECIMAL.test(node.value)) {
      return inRange(BigInt(node.value), node.value)
    }
    throw refused(shownLiteral(node))
  },
})

function inRange(value: bigint, came: string): bigint {
  if (value < LEAST || value > GREATEST) throw refused(came)
  return value
}

function refused(came: string): GraphQLError {
  return new GraphQLError(
    `BigInt: expected a whole number from -2^63 to 2^63-1 (from 2^53 on as a string), got ${came}`,
    { extensions: { code: 'BAD_USER_INPUT' } },
  )
}
