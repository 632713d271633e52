import { edgeIdOf, type Graph } from '../model/graph.js'
import type { LayoutMessage } from './layout.worker.js'
import type { LayoutGraph, OnProgress, Positions } from './layout-graph.js'

/** Where things are: the left upper corners of their cards. */
export type Places = ReadonlyMap<string, { x: number; y: number }>

/** The graph as a layout needs to know it: what closes a cycle is turned round, so that it is what leads back in the drawing too. */
export function layoutGraphOf({ nodes, edges }: Graph): LayoutGraph {
  const place = new Map(nodes.map(({ id }, at) => [id, at]))
  const ends = new Uint32Array(edges.length * 2)
  for (const [at, { from, to, isBack }] of edges.entries()) {
    ends[2 * at] = place.get(isBack ? to : from) ?? 0
    ends[2 * at + 1] = place.get(isBack ? from : to) ?? 0
  }
  return { count: nodes.length, ends }
}

/** A layout by the names of what stands there. */
export interface Layout {
  places: Places
  /** The points that edges pass on their way, by the ids of these. */
  bends: ReadonlyMap<string, readonly number[]>
}

/** A layout by names. */
export function layoutOf({ nodes, edges }: Graph, { x, y, bends }: Positions): Layout {
  return {
    places: new Map(nodes.map(({ id }, at) => [id, { x: x[at] ?? 0, y: y[at] ?? 0 }])),
    bends: new Map(edges.map((edge, at) => [edgeIdOf(edge), bends[at] ?? []])),
  }
}

/** Lays a graph out beside the page, which goes on meanwhile. */
export function layOut(graph: Graph, onProgress: OnProgress, signal: AbortSignal): Promise<Layout> {
  const worker = new Worker(new URL('./layout.worker.ts', import.meta.url), { type: 'module' })
  return new Promise<Layout>((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason))
    worker.addEventListener('error', () => reject(new Error('the graph could not be laid out')))
    worker.addEventListener('message', ({ data }: MessageEvent<LayoutMessage>) => {
      if ('done' in data) onProgress(data.done)
      else resolve(layoutOf(graph, data.positions))
    })
    worker.postMessage(layoutGraphOf(graph))
  }).finally(() => worker.terminate())
}
