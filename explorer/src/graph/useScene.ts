import { useEffect, useMemo, useRef, useState } from 'react'
import type { Lineage } from '../asset/useLineage.js'
import { type Opened, type Scene, sceneOf } from './draw/scene.js'
import { type Layout, layOut, type Places } from './layout/lay-out.js'
import { placed } from './layout/placed.js'
import type { Graph } from './model/graph.js'

/** A picture of a lineage, once it is laid out; until then the one before. */
export interface SceneState {
  scene: Scene | null
  /** Which layout it is of: another one is to be seen from its own beginning. */
  layout: object | null
  /** How far a layout has come that is being made, from 0 to 1; null where none is. */
  progress: number | null
  error: Error | null
}

/** Lays out what is to be shown. What is expanded later finds its place among what stands, until `tidied` changes. */
export function useScene(lineage: Lineage | null, opened: Opened, tidied: number): SceneState {
  const [laidOut, setLaidOut] = useState<{ graph: Graph; tidied: number; made: Layout } | null>(null)
  const [progress, setProgress] = useState<number | null>(null)
  const [error, setError] = useState<Error | null>(null)
  const base = lineage?.base ?? null
  const shown = useRef<Graph | null>(null)
  shown.current = lineage?.shown ?? null
  const last = useRef(0)
  useEffect(() => {
    if (base === null) return
    const controller = new AbortController()
    setProgress(0)
    setError(null)
    const graph = tidied === last.current ? base : (shown.current ?? base)
    last.current = tidied
    layOut(graph, setProgress, controller.signal)
      .then((made) => setLaidOut({ graph: base, tidied, made }))
      .catch((reason: Error) => {
        if (!controller.signal.aborted) setError(reason)
      })
      .finally(() => {
        if (!controller.signal.aborted) setProgress(null)
      })
    return () => controller.abort()
  }, [base, tidied])
  const kept = useRef<{ laidOut: object | null; places: Places; scene: Scene | null }>({
    laidOut: null,
    places: new Map(),
    scene: null,
  })
  const scene = useMemo(() => {
    if (lineage === null || laidOut === null || laidOut.graph !== lineage.base) return kept.current.scene
    const known = kept.current.laidOut === laidOut ? kept.current.places : laidOut.made.places
    const places = placed(known, lineage.shown)
    const made = sceneOf(lineage.shown, { places, bends: laidOut.made.bends }, lineage.unseen, opened)
    // What is folded away and brought back comes back to where it was.
    kept.current = { laidOut, places: new Map([...known, ...places]), scene: made }
    return made
  }, [lineage, laidOut, opened])
  return { scene, layout: laidOut, progress, error }
}
