import { layered } from './layered.js'
import type { LayoutGraph, Positions } from './layout-graph.js'

/** What the worker says: how far it has come, then the places. */
export type LayoutMessage = { done: number } | { positions: Positions }

self.addEventListener('message', ({ data }: MessageEvent<LayoutGraph>) => {
  const say = (message: LayoutMessage) => self.postMessage(message)
  say({ positions: layered(data, (done) => say({ done })) })
})
