import { grown } from './growing.js'

const FIRST_CAPACITY = 4_096

/** Edges between numbered nodes, each by the number of its place here. */
export class EdgeList {
  #count = 0
  upstreamOf = new Int32Array(FIRST_CAPACITY)
  downstreamOf = new Int32Array(FIRST_CAPACITY)

  get count(): number {
    return this.#count
  }

  get bytes(): number {
    return this.upstreamOf.byteLength + this.downstreamOf.byteLength
  }

  /** Adds an edge; answers with its number. */
  push(upstream: number, downstream: number): number {
    const edge = this.#count++
    this.upstreamOf = grown(this.upstreamOf, this.#count)
    this.downstreamOf = grown(this.downstreamOf, this.#count)
    this.upstreamOf[edge] = upstream
    this.downstreamOf[edge] = downstream
    return edge
  }

  /** Adds edges; those with an end below 0 are nobody's, and left out. */
  pushAll(upstreams: Int32Array, downstreams: Int32Array): void {
    const most = this.#count + upstreams.length
    const upstreamOf = grown(this.upstreamOf, most)
    const downstreamOf = grown(this.downstreamOf, most)
    let count = this.#count
    for (let place = 0; place < upstreams.length; place++) {
      const upstream = upstreams[place] ?? -1
      const downstream = downstreams[place] ?? -1
      if (upstream < 0 || downstream < 0) continue
      upstreamOf[count] = upstream
      downstreamOf[count++] = downstream
    }
    this.upstreamOf = upstreamOf
    this.downstreamOf = downstreamOf
    this.#count = count
  }

  /** Takes these as its edges, all of them. */
  static of(upstreamOf: Int32Array<ArrayBuffer>, downstreamOf: Int32Array<ArrayBuffer>): EdgeList {
    const list = new EdgeList()
    list.#count = upstreamOf.length
    list.upstreamOf = upstreamOf
    list.downstreamOf = downstreamOf
    return list
  }
}
