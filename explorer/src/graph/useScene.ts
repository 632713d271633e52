import { useEffect, useMemo, useRef, useState } from 'react'
import type { Lineage } from '../asset/useLineage.js'
import { type Opened, type Scene, sceneOf } from './draw/scene.js'
import { type Layout, layOut, type Places } from './layout/lay-out.js'
import { placed } from './layout/placed.js'
import type { Graph } from './model/graph.js'

/** A picture of a lineage, once it is laid out; until then the one before. */
export interface SceneState {
  scene: Scene | null
  /** What it shows, as `view` said: something else is to be seen from its own beginning. */
  view: string | null
  /** How far a layout has come that is being made, from 0 to 1; null where none is. */
  progress: number | null
  error: Error | null
  /** How many have come since all was laid out, and stand beside what was there. */
  addedCount: number
}

interface LaidOut {
  graph: Graph
  tidied: number
  made: Layout
  view: string
  /** What was asked for. */
  asked: string
}

/** Whether two graphs have the same nodes and edges, whatever is said of these. */
function areAlike(one: Graph, other: Graph): boolean {
  return (
    one.nodes.length === other.nodes.length &&
    one.edges.length === other.edges.length &&
    one.nodes.every(({ id }, at) => other.nodes[at]?.id === id) &&
    one.edges.every(({ from, to }, at) => other.edges[at]?.from === from && other.edges[at]?.to === to)
  )
}

/**
 * Lays out what is to be shown. What is expanded later, or has come in the meantime, finds its place among what stands, until
 * `tidied` changes. `view` says what is shown, with `unfolded` of it: the same may be answered anew, and nothing moves then.
 */
export function useScene(
  lineage: Lineage | null,
  opened: Opened,
  tidied: number,
  view: string,
  unfolded: string,
): SceneState {
  const [laidOut, setLaidOut] = useState<LaidOut | null>(null)
  const [progress, setProgress] = useState<number | null>(null)
  const [error, setError] = useState<Error | null>(null)
  const base = lineage?.base ?? null
  const shown = useRef<Graph | null>(null)
  shown.current = lineage?.shown ?? null
  const last = useRef<LaidOut | null>(null)
  const now = useRef({ view, unfolded })
  now.current = { view, unfolded }
  useEffect(() => {
    if (base === null) return
    const before = last.current
    const seen = `${tidied} ${now.current.view}`
    const asked = `${seen} ${now.current.unfolded}`
    const use = (made: Layout) => {
      last.current = { graph: base, tidied, made, view: seen, asked }
      setLaidOut(last.current)
    }
    setError(null)
    const isTidied = tidied !== (before?.tidied ?? 0)
    if (before !== null && (before.asked === asked || (!isTidied && areAlike(before.graph, base)))) {
      use(before.made)
      setProgress(null)
      return
    }
    const controller = new AbortController()
    setProgress(0)
    const graph = isTidied ? (shown.current ?? base) : base
    layOut(graph, setProgress, controller.signal)
      .then(use)
      .catch((reason: Error) => {
        if (!controller.signal.aborted) setError(reason)
      })
      .finally(() => {
        if (!controller.signal.aborted) setProgress(null)
      })
    return () => controller.abort()
  }, [base, tidied])
  const kept = useRef<{ made: object | null; places: Places; scene: Scene | null }>({
    made: null,
    places: new Map(),
    scene: null,
  })
  const scene = useMemo(() => {
    if (lineage === null || laidOut === null || laidOut.graph !== lineage.base) return kept.current.scene
    const known = kept.current.made === laidOut.made ? kept.current.places : laidOut.made.places
    const places = placed(known, lineage.shown)
    const made = sceneOf(lineage.shown, { places, bends: laidOut.made.bends }, lineage.unseen, opened)
    // What is folded away and brought back comes back to where it was.
    kept.current = { made: laidOut.made, places: new Map([...known, ...places]), scene: made }
    return made
  }, [lineage, laidOut, opened])
  const addedCount = useMemo(
    () =>
      laidOut?.graph.nodes.reduce((count, { id }) => count + (laidOut.made.places.has(id) ? 0 : 1), 0) ?? 0,
    [laidOut],
  )
  return { scene, view: laidOut?.view ?? null, progress, error, addedCount }
}
