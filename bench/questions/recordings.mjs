import { record } from './headwater.mjs'

export const ASSETS_A_CALL = 3
export const UPSTREAMS_AN_ASSET = 3

/** One asset in so many is new, and one upstream in so many. */
const NEW_ASSET = 5
const NEW_UPSTREAM = 10

/** Recordings of runs over a graph: each asset of it in its turn, so that no two calls under way share one. */
export class Recordings {
  #graph
  #turns
  #calls = 0
  #assets = 0
  #upstreams = 0

  /**
   * @param {import('../ground/random.mjs').Random} random
   * @param {ReturnType<import('../ground/graph.mjs').randomGraph>} graph
   */
  constructor(random, graph) {
    this.#graph = graph
    this.#turns = random.permutation(graph.size - graph.firstDerived)
  }

  /** The body of the next call. `jobId` tells afterwards who recorded it. */
  next(jobId) {
    const call = this.#calls++
    return record({
      jobId,
      dagId: `bench-run-${call >> 3}`,
      nodeTaskId: `task-${call & 7}`,
      idempotencyKey: `bench/${jobId}/${call}`,
      assets: Array.from({ length: ASSETS_A_CALL }, () => this.#asset(call)),
    })
  }

  #asset(call) {
    const at = this.#assets++
    const place = this.#graph.firstDerived + this.#turns[at % this.#turns.length]
    return {
      key: at % NEW_ASSET === 0 ? `recorded/dataset-${at}` : this.#graph.keyOf(place),
      version: `v-${call}`,
      sizeBytes: 1_000 + at,
      metadata: { rows: at, source: 'bench' },
      upstream: [...this.#upstreamOf(place)].map((key) => ({ key, version: 'v1' })),
    }
  }

  #upstreamOf(place) {
    const keys = new Set()
    while (keys.size < UPSTREAMS_AN_ASSET) {
      const at = this.#upstreams++
      keys.add(
        at % NEW_UPSTREAM === 0 ? `found/dataset-${at}` : this.#graph.keyOf(this.#graph.drawUpstream(place)),
      )
    }
    return keys
  }
}
