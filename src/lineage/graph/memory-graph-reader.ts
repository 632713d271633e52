import type { Asset, EdgeScope, Sightings, Way } from '../entities.js'
import type { OtherNames } from '../names/asset-names.js'
import type { AssetName, Degree, GraphReader, Link, LinkPiece, Nodes, Tally } from '../walk/graph-reader.js'
import type { MemoryGraph } from './memory-graph.js'
import { NodeSet } from './node-set.js'
import { UUID_BYTES } from './uuid-bytes.js'

/** What a graph in the process has to ask storage for. */
export interface GraphRows {
  /** The rows of these nodes of the graph, in this order; null where there is none. */
  assets(nodes: readonly number[]): Promise<(Asset | null)[]>
  /** What else each of these assets is called, in this order; where `namespaces` is not null, in these alone. */
  otherNames(assetIds: readonly string[], namespaces: readonly string[] | null): Promise<OtherNames[]>
  /** The name that an id follows from, of an asset that has several; null for others. */
  nameOf(assetId: string): Promise<AssetName | null>
  /** How many there are of each kind in each namespace, of assets whose ids come one after another, 16 bytes each. */
  tally(ids: Uint8Array): Promise<Tally[]>
  /** When, and how often, the edges between these pairs of assets were seen; in this order. */
  sightings(upstreamIds: readonly string[], downstreamIds: readonly string[]): Promise<(Sightings | null)[]>
  /** Finds out, for the graph, which edges into these assets are current; brings it up to date with that. */
  settle(assetIds: readonly string[]): Promise<void>
  /** The id of the asset that a name, by the id that follows from it, stands for. */
  canonicalId(assetId: string): Promise<string>
  /** Brings the graph up to date. */
  catchUp(): Promise<void>
}

/** A graph has changed while it was read. Nothing is wrong; the reading has to begin again. */
export class GraphMoved extends Error {
  override readonly name = 'GraphMoved'
}

/** How many assets further on are settled together with those that have to be. */
const SETTLED_AHEAD = 1_000

/** How many edges are handed over at once. */
const PIECE = 50_000

/**
 * Reads a graph in the process. All that it says of the graph is of one state: where that has changed between two
 * questions, `check` throws GraphMoved. What is asked of rows meanwhile does not count.
 */
export class MemoryGraphReader implements GraphReader {
  readonly withheld = 0
  readonly #version: number
  #hasMoved = false

  constructor(
    private readonly graph: MemoryGraph,
    private readonly rows: GraphRows,
    private readonly watermarkNow: string,
  ) {
    this.#version = graph.version
  }

  /** Throws GraphMoved where answers were of different states. */
  check(): void {
    if (this.#hasMoved) throw new GraphMoved()
  }

  /** The graph, to be asked at once. */
  get #now(): MemoryGraph {
    if (this.graph.version !== this.#version) this.#hasMoved = true
    return this.graph
  }

  async watermark(): Promise<string> {
    return this.watermarkNow
  }

  async nodeOf(assetId: string): Promise<number | undefined> {
    const [node] = await this.nodesOf([assetId])
    if (node !== undefined) return node
    const canonicalId = await this.rows.canonicalId(assetId)
    return canonicalId === assetId ? undefined : (await this.nodesOf([canonicalId]))[0]
  }

  /** The number of each asset, in the order given; undefined where the graph lacks it. */
  async nodesOf(assetIds: readonly string[]): Promise<(number | undefined)[]> {
    const { assets } = this.graph
    // Others may have recorded it a moment ago.
    if (assetIds.some((id) => assets.numberOf(id) < 0)) await this.rows.catchUp()
    return assetIds.map((id) => {
      const node = assets.numberOf(id)
      return node < 0 ? undefined : node
    })
  }

  async nodesAt(ids: Uint8Array): Promise<Int32Array> {
    const { assets } = this.graph
    const nodes = assets.numbersOf(ids)
    if (!nodes.includes(-1)) return nodes
    // Others may have recorded them a moment ago.
    await this.rows.catchUp()
    return assets.numbersOf(ids).filter((node) => node >= 0)
  }

  async allNodes(most: number, namespaces: readonly string[] | null): Promise<Int32Array> {
    const { assets } = this.#now
    const first = (count: number) => Int32Array.from({ length: count }, (_, node) => node)
    if (namespaces === null) return first(Math.min(most, assets.count))
    return Int32Array.from(assets.ofNamespaces(first(assets.count), namespaces).slice(0, most))
  }

  idsOf(nodes: Nodes): string[] {
    return Array.from(nodes, (node) => this.graph.assets.idOf(node))
  }

  async expand(frontier: Int32Array, visited: NodeSet, way: Way, scope: EdgeScope): Promise<Int32Array[]> {
    if (scope === 'CURRENT') await this.#settleAround(frontier, way)
    return [this.#now.edges.expand(frontier, visited, way, scope)]
  }

  /** The direct neighbours of each node, in the order given. */
  async neighboursOf(nodes: readonly number[], way: Way, scope: EdgeScope): Promise<Int32Array[]> {
    // All at once, so that what has to be found out first is asked for once.
    if (scope === 'CURRENT') await this.#settleAround(nodes, way)
    return nodes.map((node) => this.#neighbours([node], way, scope))
  }

  async firstByName(nodes: Nodes, after: AssetName | null, count: number): Promise<number[]> {
    // Names never change.
    return this.graph.assets.firstByName(nodes, after, count)
  }

  async degrees(nodes: readonly number[], scope: EdgeScope): Promise<Degree[]> {
    const { edges } = this.#now
    if (scope === 'ALL')
      return nodes.map((node) => ({
        upstream: edges.degree(node, 'UPSTREAM'),
        downstream: edges.degree(node, 'DOWNSTREAM'),
      }))
    await this.#settle([...nodes, ...this.#neighbours(nodes, 'DOWNSTREAM', 'ALL')])
    return nodes.map((node) => ({
      upstream: this.#neighbours([node], 'UPSTREAM', scope).length,
      downstream: this.#neighbours([node], 'DOWNSTREAM', scope).length,
    }))
  }

  async links(nodes: readonly number[], others: readonly number[], scope: EdgeScope): Promise<Link[]> {
    if (scope === 'CURRENT') await this.#settle([...nodes, ...others])
    const isNode = new NodeSet()
    for (const node of nodes) isNode.add(node)
    const isOther = new NodeSet()
    for (const other of others) isOther.add(other)
    const links: Link[] = []
    const collect = (downstream: number, isEnd: (upstream: number) => boolean) => {
      for (const upstream of this.#neighbours([downstream], 'UPSTREAM', scope))
        if (isEnd(upstream)) links.push({ upstream, downstream })
    }
    for (const node of nodes) collect(node, (upstream) => isNode.has(upstream) || isOther.has(upstream))
    for (const other of others) collect(other, (upstream) => isNode.has(upstream))
    return links
  }

  /** Who takes them in goes on at leisure: what the graph has at first stays as it is, and is not looked at again. */
  async *allLinks(): AsyncGenerator<LinkPiece> {
    const { upstreams, downstreams } = this.#now.edges.all
    for (let start = 0; start < upstreams.length; start += PIECE)
      yield {
        upstreams: upstreams.subarray(start, start + PIECE),
        downstreams: downstreams.subarray(start, start + PIECE),
      }
  }

  async ofNamespaces(nodes: Nodes, namespaces: readonly string[]): Promise<number[]> {
    return this.graph.assets.ofNamespaces(nodes, namespaces)
  }

  nameOf(assetId: string): Promise<AssetName | null> {
    return this.rows.nameOf(assetId)
  }

  async assets(nodes: readonly number[]): Promise<(Asset | null)[]> {
    return this.rows.assets(nodes)
  }

  async otherNames(nodes: readonly number[], namespaces: readonly string[] | null): Promise<OtherNames[]> {
    return this.rows.otherNames(this.idsOf(nodes), namespaces)
  }

  async tally(nodes: Nodes): Promise<Tally[]> {
    const ids = new Uint8Array(UUID_BYTES * nodes.length)
    for (let at = 0; at < nodes.length; at++) this.graph.assets.writeId(nodes[at] ?? 0, ids, UUID_BYTES * at)
    return this.rows.tally(ids)
  }

  async sightings(links: readonly Link[]): Promise<(Sightings | null)[]> {
    // They cost a statement each time, and would be in vain.
    this.check()
    const upstreamIds = this.idsOf(links.map(({ upstream }) => upstream))
    const downstreamIds = this.idsOf(links.map(({ downstream }) => downstream))
    return this.rows.sightings(upstreamIds, downstreamIds)
  }

  #neighbours(nodes: Nodes, way: Way, scope: EdgeScope): Int32Array {
    return this.#now.edges.neighbours(nodes, way, scope)
  }

  /** What lies ahead is settled at once, so that a long chain does not cost a statement a hop. */
  async #settleAround(frontier: Nodes, way: Way): Promise<void> {
    const { edges } = this.graph
    const first = [...(way === 'UPSTREAM' ? frontier : this.#neighbours(frontier, way, 'ALL'))]
    if (first.every((node) => edges.isSettled(node))) return
    const ahead = new Set(first)
    for (const node of ahead) {
      if (ahead.size > first.length + SETTLED_AHEAD) break
      for (const next of this.#neighbours([node], way, 'ALL')) ahead.add(next)
    }
    await this.#settle([...ahead])
  }

  async #settle(nodes: readonly number[]): Promise<void> {
    const unsettled = nodes.filter((node) => !this.graph.edges.isSettled(node))
    if (unsettled.length > 0) await this.rows.settle(this.idsOf([...new Set(unsettled)]))
  }
}
