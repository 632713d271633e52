import { HeadwaterError } from '../../errors/headwater-error.js'

/** The walks that are under way, of all requests. */
export class Walks {
  #underWay = 0

  constructor(private readonly most: number) {}

  /**
   * So many more begin, until what this answers with is called. Throws SERVICE_UNAVAILABLE where that is too many; a
   * request that alone has more may have them while there are no others.
   */
  begin(count: number): () => void {
    if (count === 0) return () => undefined
    if (this.#underWay > 0 && this.#underWay + count > this.most) {
      throw new HeadwaterError(
        'SERVICE_UNAVAILABLE',
        `${count} more beside the ${this.#underWay} under way: expected at most ${this.most} at once (HEADWATER_WALKS); try again shortly`,
      )
    }
    this.#underWay += count
    return () => {
      this.#underWay -= count
    }
  }
}
