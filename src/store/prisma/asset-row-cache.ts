import { LRUCache } from 'lru-cache'
import type { Asset } from '../../lineage/entities.js'
import type { MemoryGraph } from '../../lineage/graph/memory-graph.js'
import { UUID_BYTES } from '../../lineage/graph/uuid-bytes.js'
import type { Session } from './database.js'
import { findAssetsInOrder } from './walk-rows.js'

/** About how much memory the rows may take, in bytes. */
const MOST_BYTES = 64 * 2 ** 20

/** What an asset takes beside its texts, in bytes: measured, roughly. */
const ROW_BYTES = 600

/**
 * The rows of assets that walks have come by of late, by their nodes in a graph. None is older than the graph: what
 * tells the graph of a change tells this of it (`forget`), and a row that was being read meanwhile is not kept.
 */
export class AssetRowCache {
  readonly #rows = new LRUCache<number, Asset>({ maxSize: MOST_BYTES, sizeCalculation: sizeOf })
  /** Of each reading under way, the nodes whose rows have changed since it began. */
  readonly #readings = new Set<Set<number>>()

  constructor(private readonly graph: MemoryGraph) {}

  /** The rows of nodes, in the order given; null where there is none. One statement at most. */
  async find(nodes: readonly number[], session: Session): Promise<(Asset | null)[]> {
    const found = nodes.map((node) => this.#rows.get(node) ?? null)
    const missing = nodes.flatMap((node, place) => (found[place] === null ? { node, place } : []))
    if (missing.length === 0) return found

    const changed = new Set<number>()
    this.#readings.add(changed)
    try {
      const ids = new Uint8Array(UUID_BYTES * missing.length)
      for (const [at, { node }] of missing.entries()) this.graph.assets.writeId(node, ids, UUID_BYTES * at)
      const rows = await findAssetsInOrder(session, ids)
      for (const [at, { node, place }] of missing.entries()) {
        const row = rows[at] ?? null
        found[place] = row
        if (row !== null && !changed.has(node)) this.#rows.set(node, row)
      }
    } finally {
      this.#readings.delete(changed)
    }
    return found
  }

  /** The rows of these assets have changed. */
  forget(assetIds: Iterable<string>): void {
    for (const id of assetIds) {
      const node = this.graph.assets.numberOf(id)
      if (node < 0) continue
      this.#rows.delete(node)
      for (const changed of this.#readings) changed.add(node)
    }
  }
}

function sizeOf({ key, description, tags, owners, kinds }: Asset): number {
  const texts = [key, description ?? '', ...owners, ...kinds]
  return texts.reduce((sum, { length }) => sum + 2 * length, ROW_BYTES + 4 * JSON.stringify(tags).length)
}
