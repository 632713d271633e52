import { setTimeout as sleep } from 'node:timers/promises'
import type { Store } from '../store/store.js'

/** How long the database may take to answer before the server counts as not ready, in ms. */
const PATIENCE_MS = 1_000

/** Whether the server can take work. */
export class Health {
  #isDraining = false

  constructor(private readonly store: Pick<Store, 'ping'>) {}

  get isDraining(): boolean {
    return this.#isDraining
  }

  /** From now on no new work is taken. */
  drain(): void {
    this.#isDraining = true
  }

  /** Why the server cannot take work; null where it can. */
  async unreadiness(): Promise<string | null> {
    if (this.#isDraining) return 'draining'
    const patience = new AbortController()
    try {
      const answered = this.store.ping().then(() => null)
      const late = sleep(PATIENCE_MS, `the database has not answered within ${PATIENCE_MS} ms`, {
        signal: patience.signal,
      })
      return await Promise.race([answered, late])
    } catch {
      return 'the database does not answer'
    } finally {
      patience.abort()
    }
  }
}
