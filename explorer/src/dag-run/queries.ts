import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { client } from '../api/client.js'
import { DagRunDocument, type DagRunQuery } from '../api/operations.generated.js'

/** All that the page of a DAG run shows. */
export type DagRun = DagRunQuery

/** So often a run is looked at again, in ms, while it is shown. */
const AGAIN_MS = 5_000

/** A DAG run, looked at again and again. */
export const dagRun = (dagId: string) =>
  queryOptions({
    queryKey: ['dag-run', dagId],
    queryFn: ({ signal }) => client.request(DagRunDocument, { dagId }, { signal }),
    refetchInterval: AGAIN_MS,
    placeholderData: keepPreviousData,
  })
