import { useCallback, useEffect, useRef, useState } from 'react'
import type { AssetName } from '../api/queries.js'
import { useRecordings } from '../live/recordings.js'
import { idOf } from './model/graph.js'

/** Longer than it takes, in ms, so that what is new is drawn before it is over. */
const LASTS_MS = 4_000
/** More at once are no help. */
const MOST = 100
const NONE: ReadonlySet<string> = new Set()

/** The ids of what has just been made: each pulses once, however often it was. */
export function usePulses(): ReadonlySet<string> {
  const [ids, setIds] = useState(NONE)
  const until = useRef(new Map<string, number>())
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const forget = useCallback(() => {
    const now = performance.now()
    for (const [id, end] of until.current) if (end <= now) until.current.delete(id)
    setIds(until.current.size === 0 ? NONE : new Set(until.current.keys()))
    const [next] = until.current.values()
    timer.current = next === undefined ? undefined : setTimeout(forget, next - now)
  }, [])
  const onMade = (assets: readonly AssetName[]) => {
    const end = performance.now() + LASTS_MS
    const before = until.current.size
    for (const id of assets.map(idOf))
      if (until.current.size < MOST && !until.current.has(id)) until.current.set(id, end)
    if (until.current.size === before) return
    setIds(new Set(until.current.keys()))
    timer.current ??= setTimeout(forget, LASTS_MS)
  }
  useRecordings({ isShown: () => false, onMade })
  useEffect(
    () => () => {
      clearTimeout(timer.current)
      timer.current = undefined
    },
    [],
  )
  return ids
}
