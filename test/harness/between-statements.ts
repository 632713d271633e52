import { jest } from '@jest/globals'
import pg from 'pg'

const OF_TRANSACTIONS = /^(BEGIN|COMMIT|ROLLBACK)\b/

/**
 * Runs `work`, and `meanwhile` once, behind the statement of this place (from 1 on) among those that `work` makes the
 * server send: before the server hears what it has found. False where `work` sends fewer.
 */
export async function betweenStatements(
  place: number,
  work: () => Promise<unknown>,
  meanwhile: () => Promise<unknown>,
): Promise<boolean> {
  const { query } = pg.Client.prototype
  let count = 0
  const spy = jest.spyOn(pg.Client.prototype, 'query').mockImplementation(function (
    this: pg.Client,
    ...args: unknown[]
  ) {
    const [sent] = args as [string | { text?: string }]
    const text = typeof sent === 'string' ? sent : (sent.text ?? '')
    const result = Reflect.apply(query, this, args) as Promise<unknown>
    // What is answered by calling back (Prisma's) is not waited for here; what `meanwhile` sends is none of it.
    if (typeof args.at(-1) === 'function' || count >= place || OF_TRANSACTIONS.test(text) || ++count < place)
      return result
    return result.then(async (found) => {
      await meanwhile()
      return found
    })
  } as never)
  try {
    await work()
    return count >= place
  } finally {
    spy.mockRestore()
  }
}
