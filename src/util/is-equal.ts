import { isDeepStrictEqual } from 'node:util'

/** Whether two values hold the same, whatever the order of members. */
export const isEqual = (one: unknown, other: unknown): boolean => isDeepStrictEqual(one, other)
