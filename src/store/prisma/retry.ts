import { setTimeout as sleep } from 'node:timers/promises'
import { isWorthRetrying } from './faults.js'

const MOST_ATTEMPTS = 8

/**
 * Runs a transaction again where PostgreSQL asks for it: after a serialization failure, or a deadlock; and where
 * `isMended` has done away with what it failed of.
 */
export async function retried<T>(
  work: () => Promise<T>,
  isMended: (error: unknown) => Promise<boolean> = async () => false,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (attempt === MOST_ATTEMPTS || !(isWorthRetrying(error) || (await isMended(error)))) throw error
      await sleep(Math.random() * 2 ** attempt)
    }
  }
}
