import type { Asset, EdgeScope, Sightings, Way } from '../entities.js'
import { NodeSet } from '../graph/node-set.js'
import type { OtherNames } from '../names/asset-names.js'
import type { AssetName, Degree, GraphReader, Link, LinkPiece, Nodes, Tally } from '../walk/graph-reader.js'

/**
 * The part of a graph that lies in some namespaces. What lies in others is not come to, and not gone through: it is
 * counted, where it is met (`withheld`) and beside what is shown (`degrees`). Made for one reading of the graph.
 */
export class VisibleGraph implements GraphReader {
  readonly #namespaces: readonly string[]
  readonly #visible = new NodeSet()
  readonly #known = new NodeSet()
  readonly #met = new NodeSet()
  #withheld = 0

  constructor(
    private readonly graph: GraphReader,
    namespaces: ReadonlySet<string>,
  ) {
    this.#namespaces = [...namespaces]
  }

  get withheld(): number {
    return this.#withheld
  }

  watermark(): Promise<string> {
    return this.graph.watermark()
  }

  /** Under a name that may not be seen nothing is found, though it be another name of what may be. */
  async nodeOf(assetId: string): Promise<number | undefined> {
    const node = await this.graph.nodeOf(assetId)
    if (node === undefined || !(await this.#areVisible([node]))(node)) return undefined
    if (this.graph.idsOf([node])[0] === assetId) return node
    const name = await this.graph.nameOf(assetId)
    return name !== null && this.#namespaces.includes(name.namespace) ? node : undefined
  }

  async nodesAt(ids: Uint8Array): Promise<Int32Array> {
    const nodes = await this.graph.nodesAt(ids)
    return nodes.filter(await this.#areVisible(nodes))
  }

  allNodes(most: number): Promise<Int32Array> {
    return this.graph.allNodes(most, this.#namespaces)
  }

  idsOf(nodes: Nodes): string[] {
    return this.graph.idsOf(nodes)
  }

  /** One ring: several would lead through what may not be seen. */
  async expand(
    frontier: Int32Array,
    visited: NodeSet,
    way: Way,
    scope: EdgeScope,
    _hops: number,
    enough: number,
  ): Promise<Int32Array[]> {
    const [ring = NOTHING] = await this.graph.expand(frontier, visited, way, scope, 1, enough)
    return [await this.#shown(ring)]
  }

  firstByName(nodes: Nodes, after: AssetName | null, count: number): Promise<number[]> {
    return this.graph.firstByName(nodes, after, count)
  }

  /** Of the whole graph: what may not be seen is among what an answer does not contain. */
  degrees(nodes: readonly number[], scope: EdgeScope): Promise<Degree[]> {
    return this.graph.degrees(nodes, scope)
  }

  async neighboursOf(nodes: readonly number[], way: Way, scope: EdgeScope): Promise<Int32Array[]> {
    const lists = await this.graph.neighboursOf(nodes, way, scope)
    const all = new Set(lists.flatMap((list) => [...list]))
    const shown = new Set(await this.#shown(Int32Array.from(all)))
    return lists.map((list) => list.filter((node) => shown.has(node)))
  }

  links(nodes: readonly number[], others: readonly number[], scope: EdgeScope): Promise<Link[]> {
    return this.graph.links(nodes, others, scope)
  }

  async *allLinks(): AsyncGenerator<LinkPiece> {
    for await (const { upstreams, downstreams } of this.graph.allLinks()) {
      const ends = Int32Array.from(new Set([...upstreams, ...downstreams]))
      const shown = new Set(await this.#shown(ends))
      const isShown = (_: number, at: number) =>
        shown.has(upstreams[at] ?? -1) && shown.has(downstreams[at] ?? -1)
      yield { upstreams: upstreams.filter(isShown), downstreams: downstreams.filter(isShown) }
    }
  }

  ofNamespaces(nodes: Nodes, namespaces: readonly string[]): Promise<number[]> {
    return this.graph.ofNamespaces(nodes, namespaces)
  }

  async nameOf(assetId: string): Promise<AssetName | null> {
    const name = await this.graph.nameOf(assetId)
    return name !== null && this.#namespaces.includes(name.namespace) ? name : null
  }

  async assets(nodes: readonly number[]): Promise<(Asset | null)[]> {
    const assets = await this.graph.assets(nodes)
    // What has come to be of another asset since it was walked to may be one that may not be seen.
    return assets.map((asset) =>
      asset !== null && this.#namespaces.includes(asset.namespace) ? asset : null,
    )
  }

  otherNames(nodes: readonly number[]): Promise<OtherNames[]> {
    return this.graph.otherNames(nodes, this.#namespaces)
  }

  tally(nodes: Nodes): Promise<Tally[]> {
    return this.graph.tally(nodes)
  }

  sightings(links: readonly Link[]): Promise<(Sightings | null)[]> {
    return this.graph.sightings(links)
  }

  /** Of nodes that have been come to those that may be seen; the others are counted, each once. */
  async #shown(nodes: Int32Array): Promise<Int32Array> {
    const isVisible = await this.#areVisible(nodes)
    const shown = nodes.filter(isVisible)
    if (shown.length < nodes.length)
      for (const node of nodes) if (!isVisible(node) && this.#met.add(node)) this.#withheld++
    return shown
  }

  async #areVisible(nodes: Nodes): Promise<(node: number) => boolean> {
    const open = Array.from(nodes).filter((node) => !this.#known.has(node))
    if (open.length > 0)
      for (const node of await this.graph.ofNamespaces(open, this.#namespaces)) this.#visible.add(node)
    for (const node of open) this.#known.add(node)
    return (node) => this.#visible.has(node)
  }
}

const NOTHING = new Int32Array(0)
