import type { AssetName, GraphReader } from '../walk/graph-reader.js'
import type { Pace } from '../walk/pace.js'

/** How many nodes are put in order at once. */
const PIECE = 20_000

/** Nodes about a place in the order of names. */
export interface AroundName {
  /** Up to there, in no order. */
  before: number[]
  /** The first behind it, in order. */
  behind: number[]
}

/** Of some nodes the first `count` behind a name, in the order of names, and all up to it. Throws TimeIsOver. */
export async function aroundName(
  graph: GraphReader,
  nodes: Int32Array,
  after: AssetName | null,
  count: number,
  pace: Pace,
): Promise<AroundName> {
  const before: number[] = []
  let behind: number[] = []
  for (let at = 0; at < nodes.length; at += PIECE) {
    await pace.step()
    const piece = nodes.subarray(at, at + PIECE)
    const named = await graph.firstByName(piece, after, after === null ? count : piece.length)
    if (after !== null) {
      const isBehind = new Set(named)
      for (const node of piece) if (!isBehind.has(node)) before.push(node)
    }
    const first = named.slice(0, count)
    behind = behind.length === 0 ? first : await graph.firstByName([...behind, ...first], null, count)
  }
  return { before, behind }
}
