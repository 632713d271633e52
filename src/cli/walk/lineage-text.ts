import type { LineageQuery } from '../../../schema/operations.generated.js'
import { compareCodePoints } from '../../util/code-points.js'
import { style } from '../output.js'
import { stoppedText } from './stopped-text.js'
import { treeLines } from './tree.js'

type Lineage = LineageQuery['lineage']
type Node = Lineage['nodes'][number]
type Direction = 'UPSTREAM' | 'DOWNSTREAM'

/** Neither part of the name can hold this character. */
const idOf = ({ namespace, key }: { namespace: string; key: string }) => `${namespace}\u0001${key}`

/** The lines that show a walk in a terminal. */
export function* lineageText(lineage: Lineage, direction: Direction | 'BOTH'): Generator<string> {
  const nodes = new Map(lineage.nodes.map((node) => [idOf(node.asset), node]))
  const root = idOf(lineage.root)
  const ways = direction === 'BOTH' ? (['UPSTREAM', 'DOWNSTREAM'] as const) : [direction]
  const rootName = style('bold', nameOf(lineage, nodes.get(root), root))
  yield direction === 'BOTH' ? rootName : `${rootName}${hiddenText(nodes.get(root), direction)}`
  for (const way of ways) {
    const neighbours = neighboursOf(lineage, way)
    if (direction === 'BOTH') {
      const hidden = hiddenText(nodes.get(root), way)
      yield `\n${way.toLowerCase()}${hidden === '' && !neighbours.has(root) ? ': none' : hidden}`
    }
    yield* treeLines({
      root,
      childrenOf: (id) => neighbours.get(id) ?? [],
      label: (id) => `${nameOf(lineage, nodes.get(id), id)}${hiddenText(nodes.get(id), way)}`,
    })
  }
  yield ''
  yield stoppedText(lineage)
}

function nameOf({ root }: Lineage, node: Node | undefined, id: string): string {
  if (node === undefined) return id
  const { namespace, key, kind } = node.asset
  return `${key} ${style('dim', namespace === root.namespace ? `[${kind}]` : `[${kind}, namespace ${namespace}]`)}`
}

/** The number of direct neighbours that the walk did not reach on one side. */
function hiddenText(node: Node | undefined, direction: Direction): string {
  const hidden = (direction === 'UPSTREAM' ? node?.hiddenUpstream : node?.hiddenDownstream) ?? 0
  return hidden === 0 ? '' : ` +${hidden}`
}

/** The neighbours of each node on one side, in the order (namespace, key). */
function neighboursOf({ edges }: Lineage, direction: Direction): Map<string, string[]> {
  const neighbours = new Map<string, string[]>()
  for (const { upstream, downstream } of edges) {
    const [from, to] = direction === 'UPSTREAM' ? [downstream, upstream] : [upstream, downstream]
    const known = neighbours.get(idOf(from))
    if (known === undefined) neighbours.set(idOf(from), [idOf(to)])
    else known.push(idOf(to))
  }
  for (const ids of neighbours.values()) ids.sort(compareCodePoints)
  return neighbours
}
