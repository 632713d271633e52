import {
  LineageDocument,
  type LineageQuery,
  type LineageQueryVariables,
} from '../../schema/operations.generated.js'
import type { TestServer } from './server.js'

export type LineageAnswer = LineageQuery['lineage']

/** One answer of `lineage`. */
export async function walk(
  server: TestServer,
  root: string | LineageQueryVariables['root'],
  args: Omit<LineageQueryVariables, 'root'>,
): Promise<LineageAnswer> {
  const { lineage } = await server.query(LineageDocument, {
    root: typeof root === 'string' ? { key: root } : root,
    ...args,
  })
  return lineage
}

/** A walk continued until it says that it has come to its end. */
export async function walkOn(
  server: TestServer,
  root: string,
  args: Omit<LineageQueryVariables, 'root' | 'after'>,
): Promise<LineageAnswer[]> {
  const pages = [await walk(server, root, args)]
  for (;;) {
    const after = pages.at(-1)?.completeness.nextCursor
    if (after == null) return pages
    pages.push(await walk(server, root, { ...args, after }))
  }
}

/** `a>b` for each edge from upstream a to downstream b, in the order given. */
export function edgeNames(edges: LineageAnswer['edges']): string[] {
  return edges.map(({ upstream, downstream }) => `${upstream.key}>${downstream.key}`)
}

/** `key@distance` for each node, in the order given. */
export function nodeNames(nodes: LineageAnswer['nodes']): string[] {
  return nodes.map(({ asset, distance }) => `${asset.key}@${distance}`)
}
