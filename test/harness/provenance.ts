import {
  MaterializationLineageDocument,
  type MaterializationLineageQuery,
  type MaterializationLineageQueryVariables,
} from '../../schema/operations.generated.js'
import type { TestServer } from './server.js'

export type ProvenanceAnswer = NonNullable<MaterializationLineageQuery['materialization']>['lineage']
export type ProvenanceArgs = Omit<MaterializationLineageQueryVariables, 'id' | 'after'>

/** One answer of `Materialization.lineage`. */
export async function provenance(
  server: TestServer,
  id: string,
  args: Omit<MaterializationLineageQueryVariables, 'id'>,
): Promise<ProvenanceAnswer> {
  const { materialization } = await server.query(MaterializationLineageDocument, { id, ...args })
  if (materialization == null) throw new Error(`no materialization ${id}`)
  return materialization.lineage
}

/** A walk continued until it says that it has come to its end. */
export async function provenanceOn(
  server: TestServer,
  id: string,
  args: ProvenanceArgs,
): Promise<ProvenanceAnswer[]> {
  const pages = [await provenance(server, id, args)]
  for (;;) {
    const after = pages.at(-1)?.completeness.nextCursor
    if (after == null) return pages
    pages.push(await provenance(server, id, { ...args, after }))
  }
}

/** `id@distance` for each node, in the order given. */
export function nodesAt({ nodes }: ProvenanceAnswer): string[] {
  return nodes.map(({ materialization, distance }) => `${materialization.id}@${distance}`)
}

/** `a>b resolution` for each edge from upstream a to downstream b, in the order given. */
export function edgesBetween(edges: ProvenanceAnswer['edges']): string[] {
  return edges.map(({ upstream, downstream, resolution }) => `${upstream.id}>${downstream.id} ${resolution}`)
}
