import type { ColumnRef } from '../columns/column.js'
import type { EdgeScope, Materialization, MaterializationRef, Way } from '../entities.js'
import { NodeSet } from '../graph/node-set.js'
import type { ColumnGraph, ColumnLink, ColumnOfAsset } from '../walk/column-walk.js'
import type { Link, Nodes, WalkableGraph } from '../walk/graph-reader.js'
import type { InputLink, MaterializationGraph, ProvenancePosition } from '../walk/provenance.js'

/** Finds out which of some assets may be seen. */
export type FindVisible = (assetIds: readonly string[]) => Promise<ReadonlySet<string>>

const ID_CHARACTERS = 36

/** More than any ring holds: of a ring that was cut what may be seen would be missing. */
const WHOLE_RING = 2 ** 31 - 1

/** The part of a graph of what hangs on assets that hangs on those that may be seen: see VisibleGraph. */
abstract class VisibleParts<Position extends { assetId: string }, L extends Link>
  implements WalkableGraph<Position, L>
{
  readonly #met = new NodeSet()
  #withheld = 0

  constructor(
    protected readonly graph: WalkableGraph<Position, L>,
    protected readonly findVisible: FindVisible,
  ) {}

  get withheld(): number {
    return this.#withheld
  }

  idsOf(nodes: Nodes): string[] {
    return this.graph.idsOf(nodes)
  }

  async expand(frontier: Int32Array, visited: NodeSet, way: Way, scope: EdgeScope): Promise<Int32Array[]> {
    const [ring = NOTHING] = await this.graph.expand(frontier, visited, way, scope, 1, WHOLE_RING)
    const isVisible = await this.areVisible(ring)
    const shown = ring.filter((_, place) => isVisible[place])
    for (const [place, node] of ring.entries())
      if (isVisible[place] !== true && this.#met.add(node)) this.#withheld++
    return [shown]
  }

  /** Behind what may not be seen there is nothing, as behind what is not there: whoever asks may have made the place up. */
  async firstByName(nodes: Nodes, after: Position | null, count: number): Promise<number[]> {
    if (after !== null && !(await this.findVisible([after.assetId])).has(after.assetId)) return []
    return this.graph.firstByName(nodes, after, count)
  }

  links(nodes: readonly number[], others: readonly number[], scope: EdgeScope): Promise<L[]> {
    return this.graph.links(nodes, others, scope)
  }

  /** Of each node; the ids of all begin with those of their assets. */
  protected async areVisible(nodes: Nodes): Promise<boolean[]> {
    const assetIds = this.graph.idsOf(nodes).map((id) => id.slice(0, ID_CHARACTERS))
    const visible = await this.findVisible([...new Set(assetIds)])
    return assetIds.map((id) => visible.has(id))
  }
}

/** The materializations of assets that may be seen. */
export class VisibleMaterializationGraph
  extends VisibleParts<ProvenancePosition, InputLink>
  implements MaterializationGraph
{
  constructor(
    private readonly whole: MaterializationGraph,
    findVisible: FindVisible,
  ) {
    super(whole, findVisible)
  }

  nodeOf(ref: MaterializationRef): number {
    return this.whole.nodeOf(ref)
  }

  unresolvedInputs(nodes: readonly number[]): Promise<number[]> {
    return this.whole.unresolvedInputs(nodes)
  }

  async materializations(nodes: readonly number[]): Promise<(Materialization | null)[]> {
    const isVisible = await this.areVisible(nodes)
    const rows = await this.whole.materializations(nodes)
    return rows.map((row, place) => (isVisible[place] === true ? row : null))
  }
}

/** The columns of assets that may be seen. */
export class VisibleColumnGraph extends VisibleParts<ColumnRef, ColumnLink> implements ColumnGraph {
  constructor(
    private readonly whole: ColumnGraph,
    findVisible: FindVisible,
  ) {
    super(whole, findVisible)
  }

  nodeOf(ref: ColumnRef): number {
    return this.whole.nodeOf(ref)
  }

  async known(ref: ColumnRef): Promise<{ isAssetKnown: boolean; isKnown: boolean }> {
    const visible = await this.findVisible([ref.assetId])
    return visible.has(ref.assetId) ? this.whole.known(ref) : { isAssetKnown: false, isKnown: false }
  }

  async columns(nodes: readonly number[]): Promise<(ColumnOfAsset | null)[]> {
    const isVisible = await this.areVisible(nodes)
    const columns = await this.whole.columns(nodes)
    return columns.map((column, place) => (isVisible[place] === true ? column : null))
  }
}

const NOTHING = new Int32Array(0)
