import type { EdgeScope, Materialization, MaterializationRef, Way } from '../../lineage/entities.js'
import type { NodeSet } from '../../lineage/graph/node-set.js'
import type { Nodes } from '../../lineage/walk/graph-reader.js'
import type { InputLink, MaterializationGraph, ProvenancePosition } from '../../lineage/walk/provenance.js'
import type { Session } from './database.js'
import { findMadeFrom, type ResolvedInput, resolveInputs, TARGET } from './input-queries.js'
import { findMaterializations } from './materialization-queries.js'
import { placeInOrder } from './rows.js'
import { statement } from './statement.js'

const FIRST_IN_ORDER = statement(
  'first materializations by name',
  `WITH ${TARGET}
   SELECT m.place FROM target m JOIN asset a ON a.id = m.asset_id
   WHERE $3::uuid IS NULL OR (a.sort_key, a.namespace, a.key, m.materialized_at, m.id) >
     ${placeInOrder('$3', '$4::timestamptz, $5::uuid')}
   ORDER BY a.sort_key, a.namespace, a.key, m.materialized_at, m.id LIMIT $6`,
)

/** What a node was made from. */
interface Inputs {
  /** One for each materialization used. */
  links: InputLink[]
  unresolved: number
}

/**
 * Reads the graph of materializations by SQL, in one transaction: a statement a ring, however wide it is. Numbers
 * materializations as it comes to them, and reads the inputs of each once.
 */
export class SqlMaterializationGraph implements MaterializationGraph {
  readonly withheld = 0
  readonly #refs: MaterializationRef[] = []
  readonly #numbers = new Map<string, number>()
  readonly #inputs = new Map<number, Inputs>()

  constructor(private readonly session: Session) {}

  nodeOf({ assetId, materializationId }: MaterializationRef): number {
    const id = assetId + materializationId
    const known = this.#numbers.get(id)
    if (known !== undefined) return known
    const number = this.#refs.push({ assetId, materializationId }) - 1
    this.#numbers.set(id, number)
    return number
  }

  idsOf(nodes: Nodes): string[] {
    return this.#refsOf(nodes).map(({ assetId, materializationId }) => assetId + materializationId)
  }

  async expand(
    frontier: Int32Array,
    visited: NodeSet,
    way: Way,
    _scope: EdgeScope,
    _hops: number,
    enough: number,
  ): Promise<Int32Array[]> {
    const ring = await (way === 'UPSTREAM' ? this.#usedBy(frontier) : this.#madeFrom(frontier, enough))
    return [Int32Array.from(ring.filter((node) => visited.add(node)))]
  }

  async firstByName(nodes: Nodes, after: ProvenancePosition | null, count: number): Promise<number[]> {
    if (nodes.length === 0) return []
    const refs = this.#refsOf(nodes)
    const rows = await this.session.run<{ place: number }>(FIRST_IN_ORDER, [
      refs.map(({ assetId }) => assetId),
      refs.map(({ materializationId }) => materializationId),
      after?.assetId ?? null,
      after?.materializedAt ?? null,
      after?.materializationId ?? null,
      count,
    ])
    return rows.flatMap(({ place }) => nodes[place - 1] ?? [])
  }

  async links(nodes: readonly number[], others: readonly number[]): Promise<InputLink[]> {
    const own = new Set(nodes)
    const known = new Set([...nodes, ...others])
    const inputs = await this.#inputsOf([...known])
    return inputs
      .flatMap(({ links }) => links)
      .filter(({ upstream, downstream }) => known.has(upstream) && (own.has(downstream) || own.has(upstream)))
  }

  async unresolvedInputs(nodes: readonly number[]): Promise<number[]> {
    return (await this.#inputsOf(nodes)).map(({ unresolved }) => unresolved)
  }

  materializations(nodes: readonly number[]): Promise<(Materialization | null)[]> {
    return findMaterializations(this.session, this.#refsOf(nodes))
  }

  #refsOf(nodes: Nodes): MaterializationRef[] {
    return Array.from(nodes).flatMap((node) => this.#refs[node] ?? [])
  }

  async #usedBy(nodes: Nodes): Promise<number[]> {
    const inputs = await this.#inputsOf([...nodes])
    return inputs.flatMap(({ links }) => links.map(({ upstream }) => upstream))
  }

  async #madeFrom(nodes: Nodes, count: number): Promise<number[]> {
    const consumers = await findMadeFrom(this.session, this.#refsOf(nodes), count)
    return consumers.map((ref) => this.nodeOf(ref))
  }

  async #inputsOf(nodes: readonly number[]): Promise<Inputs[]> {
    const unread = nodes.filter((node) => !this.#inputs.has(node))
    const read = await resolveInputs(this.session, this.#refsOf(unread))
    for (const [at, node] of unread.entries()) this.#inputs.set(node, this.#toInputs(node, read[at] ?? []))
    return nodes.map((node) => this.#inputs.get(node) ?? NONE)
  }

  #toInputs(downstream: number, inputs: readonly ResolvedInput[]): Inputs {
    const links = new Map<number, InputLink>()
    let unresolved = 0
    for (const { upstreamId, resolvedId, namedVersion } of inputs) {
      if (resolvedId === null) {
        unresolved++
        continue
      }
      const upstream = this.nodeOf({ assetId: upstreamId, materializationId: resolvedId })
      const isNamed = namedVersion !== null || links.get(upstream)?.isNamed === true
      links.set(upstream, { upstream, downstream, isNamed })
    }
    return { links: [...links.values()], unresolved }
  }
}

const NONE: Inputs = { links: [], unresolved: 0 }
