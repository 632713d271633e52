import { infiniteQueryOptions, keepPreviousData } from '@tanstack/react-query'
import { client } from '../api/client.js'
import { BrowseAssetsDocument } from '../api/operations.generated.js'

/** The assets that a selection selects, 50 at a time; all where it is empty. */
export const selected = (selection: string) =>
  infiniteQueryOptions({
    queryKey: ['selected', selection],
    queryFn: async ({ signal, pageParam }) =>
      (
        await client.request(
          BrowseAssetsDocument,
          { selection: selection === '' ? null : selection, filter: null, after: pageParam },
          { signal },
        )
      ).assets,
    initialPageParam: null as string | null,
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? pageInfo.endCursor : null),
    placeholderData: keepPreviousData,
  })
