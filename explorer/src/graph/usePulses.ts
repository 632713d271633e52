import { useCallback, useEffect, useRef, useState } from 'react'
import type { AssetName } from '../api/queries.js'
import { useRecordings } from '../live/recordings.js'
import { idOf } from './model/graph.js'

/** What has just been made, by id, and when, in ms. */
type Pulses = ReadonlyMap<string, number>

/** So long, in ms, is known what was made: what is new is drawn a while after. */
const KEPT_MS = 8_000
/** So long, in ms, it is one pulse, however often it is made. */
const PULSE_MS = 2_000
/** More at once are no help. */
const MOST = 100
const NONE: Pulses = new Map()

/** What is to pulse, once. */
export function usePulses(): Pulses {
  const [pulses, setPulses] = useState(NONE)
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const onMade = useCallback((assets: readonly AssetName[]) => {
    const now = performance.now()
    setPulses((before) => {
      const after = recent(before, now)
      for (const id of assets.map(idOf))
        if (after.size < MOST && now - (after.get(id) ?? Number.NEGATIVE_INFINITY) > PULSE_MS)
          after.set(id, now)
      return after
    })
    clearTimeout(timer.current)
    timer.current = setTimeout(() => setPulses(NONE), KEPT_MS)
  }, [])
  useRecordings({ isShown: () => false, onMade })
  useEffect(() => () => clearTimeout(timer.current), [])
  return pulses
}

const recent = (pulses: Pulses, now: number) => new Map([...pulses].filter(([, at]) => now - at < KEPT_MS))
