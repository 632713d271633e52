import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { DagStatusDocument } from '../api/operations.generated.js'
import { AskingAnew } from '../live/asking-anew.js'
import { follow } from '../live/follow.js'
import { useLiveState } from '../live/live-state.js'
import { dagRun } from './queries.js'

/** Asks anew for a run whenever its status changes; answers whether that is told. */
export function useDagStatus(dagId: string): boolean {
  const queries = useQueryClient()
  useEffect(() => {
    const asking = new AskingAnew(queries)
    const stop = follow({
      document: DagStatusDocument,
      variables: () => ({ dagId }),
      // The whole of it comes at once.
      onOpen: () => undefined,
      onData: ({ dagStatusChanged: status }) => {
        const known = queries.getQueryData(dagRun(dagId, true).queryKey)?.dagStatus
        if (JSON.stringify(known) !== JSON.stringify(status)) asking.soon(true)
      },
    })
    return () => {
      stop()
      asking.stop()
    }
  }, [queries, dagId])
  return useLiveState() === 'live'
}
