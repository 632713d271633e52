import { forgetForeignTransactions } from '../store/prisma/foreign-transactions.js'
import type { Logger } from './logger.js'

/**
 * Has rows of a restored dump name no transactions, once, beside everything else: long before those that they name have
 * come, however long it takes.
 */
export class ForeignTransactions {
  readonly #stopping = new AbortController()
  /** Settles when it is done, or nobody knows. */
  readonly settled: Promise<void>

  constructor(url: string, connectTimeoutMs: number, logger: Logger) {
    const { signal } = this.#stopping
    this.settled = forgetForeignTransactions({ url, connectTimeoutMs }, signal).then(
      (rows) => {
        if (rows > 0) logger.info({ rows }, 'rows of another database are not taken for news')
      },
      (err: unknown) => {
        if (!signal.aborted)
          logger.warn({ err }, 'rows of another database may be taken for news until the next start')
      },
    )
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.settled
  }
}
