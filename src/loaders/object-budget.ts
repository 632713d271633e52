import { HeadwaterError } from '../errors/headwater-error.js'

/** The most objects that the lists of one request may answer with, all levels together. */
export const MOST_OBJECTS = 50_000

/**
 * Counts what a request's nested lists answer with. The statements of a level are few whatever its width, but the
 * answer is a tree, and in a dense graph it grows by a factor with each level.
 */
export class ObjectBudget {
  #left = MOST_OBJECTS
  #spent: HeadwaterError | undefined

  /** Throws QUERY_TOO_COMPLEX where the request has had its share. */
  spend(objects: number): void {
    this.#left -= objects
    if (this.#left >= 0) return
    // Thrown for each list that is left, which may be thousands: one says it for all.
    this.#spent ??= new HeadwaterError(
      'QUERY_TOO_COMPLEX',
      `expected lists of at most ${MOST_OBJECTS} objects in one answer, got more: ask for fewer levels, for a smaller first, or use lineage`,
    )
    throw this.#spent
  }
}
