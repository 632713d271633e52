import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { client } from '../api/client.js'
import { DagRunDocument, type DagRunQuery } from '../api/operations.generated.js'

/** All that the page of a DAG run shows. */
export type DagRun = DagRunQuery

/** So often, in s, a run is looked at again while it is shown: where nothing tells of it, and where what its nodes make is told. */
export const AGAIN_S = { off: 5, live: 30 } as const

/** A DAG run, looked at again and again. */
export const dagRun = (dagId: string, isLive: boolean) =>
  queryOptions({
    queryKey: ['dag-run', dagId],
    queryFn: ({ signal }) => client.request(DagRunDocument, { dagId }, { signal }),
    refetchInterval: 1_000 * AGAIN_S[isLive ? 'live' : 'off'],
    placeholderData: keepPreviousData,
  })
