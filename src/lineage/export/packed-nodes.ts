import { grown } from '../graph/growing.js'
import { readUuid, UUID_BYTES, writeUuid } from '../graph/uuid-bytes.js'

/** Assets in the order in which they are exported, with their distances: 20 bytes each. */
export class PackedNodes {
  #count = 0
  #ids = new Uint8Array(0)
  #distances = new Int32Array(0)

  get count(): number {
    return this.#count
  }

  /** Appends assets that all lie at this distance. */
  append(assetIds: readonly string[], distance: number): void {
    const count = this.#count + assetIds.length
    this.#ids = grown(this.#ids, UUID_BYTES * count)
    this.#distances = grown(this.#distances, count)
    for (const [at, id] of assetIds.entries()) writeUuid(id, this.#ids, UUID_BYTES * (this.#count + at))
    this.#distances.fill(distance, this.#count, count)
    this.#count = count
  }

  /** The id of the asset at a place. */
  idAt(place: number): string {
    return readUuid(this.#ids, UUID_BYTES * place)
  }

  /** How many hops from the root the asset at a place lies. */
  distanceAt(place: number): number {
    return this.#distances[place] ?? 0
  }
}
