import { NodeSet } from '../graph/node-set.js'

/**
 * A set of nodes: those that are listed, or all but those. What is said of all assets but a few need not list them so,
 * until somebody asks for them.
 */
export class NodeSelection {
  #set: NodeSet | null = null

  constructor(
    /** No node twice. */
    readonly nodes: Int32Array,
    readonly isComplement = false,
  ) {}

  get inverse(): NodeSelection {
    const inverse = new NodeSelection(this.nodes, !this.isComplement)
    inverse.#set = this.#set
    return inverse
  }

  has(node: number): boolean {
    return this.#isListed(node) !== this.isComplement
  }

  and(other: NodeSelection): NodeSelection {
    if (this.isComplement && other.isComplement) return this.inverse.or(other.inverse).inverse
    if (this.isComplement) return other.and(this)
    // Looking up is dearer than going over a list.
    if (!other.isComplement && other.nodes.length > this.nodes.length) return other.and(this)
    return new NodeSelection(this.nodes.filter((node) => other.has(node)))
  }

  or(other: NodeSelection): NodeSelection {
    if (this.isComplement || other.isComplement) return this.inverse.and(other.inverse).inverse
    const [small, large] = this.nodes.length < other.nodes.length ? [this, other] : [other, this]
    const fresh = small.nodes.filter((node) => !large.has(node))
    const all = new Int32Array(large.nodes.length + fresh.length)
    all.set(large.nodes)
    all.set(fresh, large.nodes.length)
    return new NodeSelection(all)
  }

  #isListed(node: number): boolean {
    if (this.#set === null) {
      this.#set = new NodeSet()
      this.#set.addAll(this.nodes.slice(), this.nodes.length)
    }
    return this.#set.has(node)
  }
}

/** Nothing. */
export const NO_NODES = new NodeSelection(new Int32Array(0))
/** Everything. */
export const ALL_NODES = new NodeSelection(new Int32Array(0), true)
