import { walkColumns, walkColumnsOn } from '../../harness/columns.js'
import { record } from '../../harness/recordings.js'
import { asset, EARLY, keyed, LATE, latest, MIDDLE, query, type Request } from './request.js'
import { keyAt } from './seed.js'

/** Everything about columns. */
export const COLUMN_REQUESTS: readonly Request[] = [
  {
    name: 'a recording with columns',
    send: (server) => {
      const used = (column: string) => ({ asset: { key: EARLY }, column })
      const columns = [{ name: 'column-1', inputs: [used('column-1')] }]
      return record(
        server,
        keyed({ assets: [{ key: MIDDLE, columns, columnDependencies: [used('column-2')] }] }),
      )
    },
  },
  {
    name: 'a recording of a thousand columns',
    send: (server) =>
      record(server, {
        assets: [
          {
            key: keyAt(200_000),
            columns: Array.from({ length: 1_000 }, (_, at) => ({
              name: `column-${at}`,
              inputs: [{ asset: { key: keyAt(at) }, column: 'column-1' }],
            })),
          },
        ],
      }),
  },
  query('columns', asset('columns { name }')),
  query('columns of many assets', '{ assets(first: 1000) { nodes { columns { name } } } }', {
    because: 'its filter and its cursor are put in where they are given',
    uses: ['asset_sort_key_idx'],
  }),
  query('columns of a materialization', latest('columns { name }')),
  ...(['UPSTREAM', 'DOWNSTREAM'] as const).flatMap((direction): Request[] => [
    {
      name: `a walk over columns, ${direction}, in two pages`,
      send: async (server) => {
        const root = { key: direction === 'UPSTREAM' ? LATE : MIDDLE, column: 'column-1' }
        const { completeness } = await walkColumns(server, root, { direction, limit: 100 })
        await walkColumns(server, root, { direction, limit: 100, after: completeness.nextCursor ?? null })
        await walkColumns(server, root, { direction, limit: 100, includeIndirect: false })
      },
    },
    {
      name: `10,000 columns, ${direction}`,
      send: (server) => {
        const root = { key: direction === 'UPSTREAM' ? LATE : EARLY, column: 'column-1' }
        return walkColumns(server, root, { direction, limit: 10_000 })
      },
    },
  ]),
  {
    name: 'a walk over columns around a cycle, page by page',
    send: async (server) => {
      const used = (key: string) => [{ name: 'x', inputs: [{ asset: { key }, column: 'x' }] }]
      await record(
        server,
        keyed({
          assets: [
            { key: 'turn/a', columns: used('turn/b') },
            { key: 'turn/b', columns: used('turn/a') },
          ],
        }),
      )
      await walkColumnsOn(server, { key: 'turn/a', column: 'x' }, { direction: 'UPSTREAM', limit: 1 })
    },
  },
]
