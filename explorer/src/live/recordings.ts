import { useEffect, useRef } from 'react'
import { RecordedDocument } from '../api/operations.generated.js'
import type { AssetName } from '../api/queries.js'
import { queryClient } from '../api/query-client.js'
import { subscribe } from '../session/session.js'
import { AskingAnew, askAnew } from './asking-anew.js'
import { follow } from './follow.js'
import { latestWatermark, noteWatermark } from './watermark.js'

/** Who shows something that recordings change. */
interface Watcher {
  /** Whether it shows this asset: then it is asked for anew sooner. */
  isShown: (asset: AssetName) => boolean
  /** Is told of what has just been made. */
  onMade?: (assets: readonly AssetName[]) => void
}

/** So long, in ms, is gathered before anybody is told. */
const GATHER_MS = 100
/** The stream stays so long, in ms, for the next page. */
const GRACE_MS = 200

const watchers = new Set<Watcher>()
const asking = new AskingAnew(queryClient)
let stop: (() => void) | null = null
let gathered: AssetName[] = []
let timer: ReturnType<typeof setTimeout> | undefined

function begin(): void {
  let after: string | null = null
  stop = follow({
    document: RecordedDocument,
    variables: () => {
      after = latestWatermark()
      return { after }
    },
    onOpen: () => {
      const isFromWalk = after !== null
      // What a walk from before has not shown will be told.
      void askAnew(
        queryClient,
        ({ queryKey, state }) => !isFromWalk || queryKey[0] !== 'walk' || state.status === 'error',
      )
    },
    onHeard: () => noteWatermark(latestWatermark()),
    onUnfit: () => {
      const isOfWatermark = after !== null
      noteWatermark(null)
      return isOfWatermark
    },
    onData: ({ materializationRecorded: { materialization, watermark } }) => {
      noteWatermark(watermark)
      gathered.push(materialization.asset)
      timer ??= setTimeout(tell, GATHER_MS)
    },
  })
}

function tell(): void {
  const assets = gathered
  end()
  for (const { onMade } of watchers) onMade?.(assets)
  asking.soon(assets.some((asset) => [...watchers].some(({ isShown }) => isShown(asset))))
}

/** Forgets what has been gathered. */
function end(): void {
  clearTimeout(timer)
  timer = undefined
  gathered = []
}

function finish(): void {
  stop?.()
  stop = null
  end()
  asking.stop()
}

function watch(watcher: Watcher): () => void {
  watchers.add(watcher)
  if (stop === null) begin()
  return () => {
    watchers.delete(watcher)
    setTimeout(() => watchers.size === 0 && finish(), GRACE_MS)
  }
}

// Others may see other things.
subscribe(() => {
  if (stop === null) return
  finish()
  noteWatermark(null)
  if (watchers.size > 0) begin()
})

/** Keeps what a page shows as it is by what is recorded, while `isReady`. */
export function useRecordings(watcher: Watcher, isReady = true): void {
  const now = useRef(watcher)
  now.current = watcher
  useEffect(() => {
    if (!isReady) return
    return watch({
      isShown: (asset) => now.current.isShown(asset),
      onMade: (assets) => now.current.onMade?.(assets),
    })
  }, [isReady])
}
