import type { LineageQuery, LineageQueryVariables } from '../operations.generated.js'

/** One answer of a walk. */
export type LineageGraph = LineageQuery['lineage']
/** An asset that a walk has reached. */
export type LineageNode = LineageGraph['nodes'][number]

/** What to walk: see the client's `lineage`. */
export type WalkVariables = Omit<LineageQueryVariables, 'after'>

/** As many nodes as the server answers with at once. */
export const LARGEST_WALK = 10_000

/** The answers of one walk, continued by cursor until nothing is left of it. Each shows at least the state of those before. */
export async function* walkPages(
  answerTo: (variables: LineageQueryVariables) => Promise<LineageGraph>,
  variables: WalkVariables,
): AsyncGenerator<LineageGraph, void, undefined> {
  let graph = await answerTo(variables)
  yield graph
  while (graph.completeness.nextCursor !== null) {
    const { watermark, completeness } = graph
    graph = await answerTo({ ...variables, after: completeness.nextCursor, atLeast: watermark })
    yield graph
  }
}

/**
 * One graph of all answers of a walk. The last answer says whether it is complete. What an answer counts as hidden
 * and a later one shows is hidden no more.
 */
export async function joinPages(pages: AsyncIterable<LineageGraph>): Promise<LineageGraph> {
  let last: LineageGraph | undefined
  const nodes = new Map<string, LineageNode>()
  const edges: LineageGraph['edges'] = []
  const backEdges: LineageGraph['backEdges'] = []
  for await (const page of pages) {
    for (const edge of page.edges) {
      // Nodes of this very page have not been put in yet: they count what it shows already.
      const upstream = nodes.get(nameOf(edge.upstream))
      const downstream = nodes.get(nameOf(edge.downstream))
      if (upstream !== undefined) upstream.hiddenDownstream--
      if (downstream !== undefined) downstream.hiddenUpstream--
      edges.push(edge)
    }
    for (const node of page.nodes) nodes.set(nameOf(node.asset), { ...node })
    for (const edge of page.backEdges) backEdges.push(edge)
    last = page
  }
  if (last === undefined) throw new TypeError('expected at least one answer of a walk')
  return { ...last, nodes: [...nodes.values()], edges, backEdges }
}

function nameOf({ namespace, key }: { namespace: string; key: string }): string {
  return JSON.stringify([namespace, key])
}
