import { createHash } from 'node:crypto'
import type { GraphReader } from '../walk/graph-reader.js'
import type { StopReason } from '../walk/walk.js'
import type { PathPosition, PathsRequest } from './paths.js'

/** What can be paged through: each page finds anew what comes before it, and all of that is kept meanwhile. */
export const MOST_PATHS = 10_000

/** How many assets the paths of an answer may have together, unless its first has more. */
const MOST_ASSETS = 100_000

/** The paths of an answer, by the graph's numbers of their nodes. */
export interface Page {
  paths: readonly Int32Array[]
  stoppedBy: StopReason[]
  next: PathPosition | null
}

/** Takes paths in their order: leaves out those of earlier answers, and ends where the answer is full. */
export class PathPage {
  readonly #paths: Int32Array[] = []
  readonly #digest = createHash('sha256')
  readonly #ids = new Map<number, string>()
  #assets = 0
  #count = 0
  #hasChanged = false

  constructor(
    private readonly graph: GraphReader,
    private readonly request: PathsRequest,
  ) {}

  /** Why the next path is not to be answered with; null where it is. */
  refusalOf({ length }: Int32Array): StopReason | null {
    const { maxLength, limit } = this.request
    if (maxLength !== null && length - 1 > maxLength) return 'DEPTH'
    const isFull =
      this.#paths.length === limit ||
      this.#count === MOST_PATHS ||
      (this.#paths.length > 0 && this.#assets + length > MOST_ASSETS)
    return isFull ? 'NODE_LIMIT' : null
  }

  add(path: Int32Array): void {
    const { after } = this.request
    this.#count++
    this.#digest.update(`${Array.from(path, (node) => this.#idOf(node)).join()};`)
    if (after !== null && this.#count <= after.count) {
      if (this.#count === after.count) this.#hasChanged = this.#answered() !== after.answered
      return
    }
    this.#paths.push(path)
    this.#assets += path.length
  }

  /** The answer, once nothing follows, or for that reason. */
  close(reason: StopReason | null): Page {
    const { after } = this.request
    const isShort = this.#count < (after?.count ?? 0)
    const hasChanged = this.#hasChanged || (isShort && reason !== 'TIME_LIMIT')
    const goesOn = reason === 'NODE_LIMIT' || (reason === 'TIME_LIMIT' && this.#paths.length > 0)
    return {
      paths: this.#paths,
      stoppedBy: [...(reason === null ? [] : [reason]), ...(hasChanged ? (['CHANGED'] as const) : [])],
      next:
        goesOn && this.#count < MOST_PATHS
          ? { count: this.#count, answered: hasChanged ? CHANGED : this.#answered() }
          : null,
    }
  }

  #answered(): string {
    return this.#digest.copy().digest('base64url').slice(0, 22)
  }

  #idOf(node: number): string {
    let id = this.#ids.get(node)
    if (id === undefined) {
      id = this.graph.idsOf([node])[0] ?? ''
      this.#ids.set(node, id)
    }
    return id
  }
}

/** No digest, so that an answer once found changed stays so to the last page. */
const CHANGED = ''
