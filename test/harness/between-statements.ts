import { types } from 'node:util'
import { jest } from '@jest/globals'
import type pg from 'pg'
import { program } from './program.js'

const OF_TRANSACTIONS = /^(BEGIN|COMMIT|ROLLBACK)\b/

/** What has become of it. */
export interface Between {
  /** False where `work` sends fewer statements. */
  hasBegun: boolean
  /** The SQLSTATEs of the statements that have failed meanwhile, whoever sent them. */
  failures: string[]
}

/**
 * Runs `work`, and `meanwhile` once, behind the statement of this place (from 1 on) among those that `work` makes the
 * server send: before the server hears what it has found.
 */
export async function betweenStatements(
  place: number,
  work: () => Promise<unknown>,
  meanwhile: () => Promise<unknown>,
): Promise<Between> {
  const { Client, DatabaseError } = program.pg
  const { query } = Client.prototype
  const failures: string[] = []
  let count = 0
  const spy = jest.spyOn(Client.prototype, 'query').mockImplementation(function (
    this: pg.Client,
    ...args: unknown[]
  ) {
    const [sent] = args as [string | { text?: string }]
    const text = typeof sent === 'string' ? sent : (sent.text ?? '')
    const answer: unknown = Reflect.apply(query, this, args)
    // What is answered by calling back (Prisma's), or as a stream, is not waited for here.
    if (!types.isPromise(answer)) return answer
    const result = answer.catch((error: unknown) => {
      failures.push(error instanceof DatabaseError ? (error.code ?? '') : String(error))
      throw error
    })
    // What `meanwhile` sends is none of it.
    if (count >= place || OF_TRANSACTIONS.test(text) || ++count < place) return result
    return result.then(async (found) => {
      await meanwhile()
      return found
    })
  } as never)
  try {
    await work()
    return { hasBegun: count >= place, failures }
  } finally {
    spy.mockRestore()
  }
}
