import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { client } from '../api/client.js'
import { type ColumnEdgeLineFragment, ColumnLineageOfDocument } from '../api/operations.generated.js'
import type { AssetName, Walk } from '../api/queries.js'

/** One that was made from another. */
export type ColumnEdge = ColumnEdgeLineFragment
/** Which column, and what of its lineage is shown. */
export type ColumnWalk = AssetName & Walk & { column: string; includeIndirect: boolean }

/** The first 500 columns around one, and whether these are all. */
export const columnLineage = ({ namespace, key, ...walk }: ColumnWalk) =>
  queryOptions({
    queryKey: ['column', namespace, key, walk],
    queryFn: async ({ signal }) =>
      (await client.request(ColumnLineageOfDocument, { asset: { namespace, key }, ...walk }, { signal }))
        .columnLineage,
    placeholderData: keepPreviousData,
  })
