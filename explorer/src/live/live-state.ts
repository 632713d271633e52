import { useSyncExternalStore } from 'react'

/** Whether what happens is told: `off` where it is not, or not yet. */
export type LiveState = 'off' | 'live' | 'reconnecting'

const states = new Map<object, LiveState>()
const listeners = new Set<() => void>()

/** How one of the streams is; null once there is none. */
export function reportState(stream: object, state: LiveState | null): void {
  if (state === null) states.delete(stream)
  else states.set(stream, state)
  for (const listener of listeners) listener()
}

function currentState(): LiveState {
  const all = [...states.values()]
  return (['reconnecting', 'live'] as const).find((one) => all.includes(one)) ?? 'off'
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

/** Whether what is shown follows what happens. */
export function useLiveState(): LiveState {
  return useSyncExternalStore(subscribe, currentState)
}
