import {
  ColumnLineageDocument,
  type ColumnLineageQuery,
  type ColumnLineageQueryVariables,
} from '../../schema/operations.generated.js'
import { type Run, record, unique } from './recordings.js'
import type { TestServer } from './server.js'

export type ColumnLineageAnswer = ColumnLineageQuery['columnLineage']
export type ColumnWalkArgs = Omit<ColumnLineageQueryVariables, 'asset' | 'column' | 'after'>

/** A column as `key.column`, or as a namespace too: `ns:key.column`. */
export interface ColumnName {
  key: string
  column: string
  namespace?: string
}

/** One answer of `columnLineage`. */
export async function walkColumns(
  server: TestServer,
  { column, ...asset }: ColumnName,
  args: ColumnWalkArgs & { after?: string | null },
): Promise<ColumnLineageAnswer> {
  return (await server.query(ColumnLineageDocument, { asset, column, ...args })).columnLineage
}

/** A walk continued until it says that it has come to its end. */
export async function walkColumnsOn(
  server: TestServer,
  root: ColumnName,
  args: ColumnWalkArgs,
): Promise<ColumnLineageAnswer[]> {
  const pages = [await walkColumns(server, root, args)]
  for (;;) {
    const after = pages.at(-1)?.completeness.nextCursor
    if (after == null) return pages
    pages.push(await walkColumns(server, root, { ...args, after }))
  }
}

const nameOf = ({ asset, column }: { asset: { key: string }; column: string }) => `${asset.key}.${column}`

/** `key.column@distance` for each node, in the order given. */
export function columnsAt({ nodes }: ColumnLineageAnswer): string[] {
  return nodes.map((node) => `${nameOf(node)}@${node.distance}`)
}

/** `a.x>b.y` for a direct edge, `a.x~b.y` for an indirect one, `a.x~*b.y` for one that was stated of all columns. */
export function columnEdges(edges: ColumnLineageAnswer['edges']): string[] {
  return edges.map(({ upstream, downstream, isIndirect, isOfAll }) => {
    const way = isOfAll ? '~*' : isIndirect ? '~' : '>'
    return `${nameOf(upstream)}${way}${nameOf(downstream)}`
  })
}

/** An input of a column: of an asset's column, by its value. */
export const from = (key: string, column: string) => ({ asset: { key }, column })

/** orders.total is made from lines.price and lines.count; all of orders is filtered by lines.state. */
export async function recordOrders(
  server: TestServer,
  run: Partial<Run> = {},
): Promise<{ orders: string; lines: string }> {
  const orders = unique('orders')
  const lines = unique('lines')
  await record(server, {
    assets: [
      {
        key: orders,
        columns: [
          { name: 'id', type: 'bigint', description: 'Of the order' },
          {
            name: 'total',
            inputs: [
              {
                ...from(lines, 'price'),
                transformations: [{ type: 'DIRECT', subtype: 'AGGREGATION', description: 'sum' }],
              },
              {
                ...from(lines, 'count'),
                transformations: [
                  { type: 'DIRECT', subtype: 'AGGREGATION', masking: true },
                  { type: 'INDIRECT', subtype: 'CONDITIONAL' },
                ],
              },
            ],
          },
        ],
        columnDependencies: [
          { ...from(lines, 'state'), transformations: [{ type: 'INDIRECT', subtype: 'FILTER' }] },
        ],
      },
    ],
    ...run,
  })
  return { orders, lines }
}
