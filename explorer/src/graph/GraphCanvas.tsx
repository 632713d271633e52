import { select } from 'd3-selection'
import { type ZoomBehavior, zoom, zoomIdentity } from 'd3-zoom'
import { type Ref, useEffect, useImperativeHandle, useRef, useState } from 'react'
import { badgeAt } from './draw/badges.js'
import type { Look } from './draw/look.js'
import { READABLE } from './draw/paint.js'
import type { Palette } from './draw/palette.js'
import { nodeAt, type PlacedNode, type Scene } from './draw/scene.js'
import { boxAround, fitting, revealing, type View } from './draw/view.js'
import styles from './GraphCanvas.module.css'
import { CARD } from './layout/layout-graph.js'
import { Painter } from './Painter.js'
import { Pulses, placePulses } from './Pulses.js'

/** What can be done to a view from outside. */
export interface ViewHandle {
  fit: () => void
  zoomBy: (factor: number) => void
  /** Moves it no further than it takes to show a card. */
  reveal: (id: string) => void
  /** Shows some cards, all of them. */
  show: (ids: ReadonlySet<string>) => void
  /** Puts a point of the plane into the middle. */
  centre: (x: number, y: number) => void
}

interface Props {
  scene: Scene
  look: Look
  palette: Palette
  /** What has just been made. */
  pulses: ReadonlyMap<string, number>
  /** What the scene shows: of something else the view begins at the root again. */
  seen: string | null
  onView: (view: View, width: number, height: number) => void
  onPick: (node: PlacedNode) => void
  onOpen: (node: PlacedNode) => void
  onBadge: (node: PlacedNode, way: 'upstream' | 'downstream') => void
  onHover: (node: PlacedNode | null) => void
  ref?: Ref<ViewHandle>
}

/** Draws a scene, and tells what is done to it with a pointer. */
export function GraphCanvas({ scene, look, palette, pulses, seen, ref, ...props }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const ring = useRef<HTMLDivElement>(null)
  const pulsing = useRef<HTMLDivElement>(null)
  const painter = useRef<Painter | null>(null)
  const behaviour = useRef<ZoomBehavior<HTMLCanvasElement, unknown>>(null)
  const now = useRef({ scene, look, ...props })
  now.current = { scene, look, ...props }
  const [size, setSize] = useState({ width: 0, height: 0 })

  useEffect(() => {
    const element = canvas.current
    if (element === null) return
    const made = new Painter(element, (view) => {
      const { width, height } = element.getBoundingClientRect()
      now.current.onView(view, width, height)
      placeRing(ring.current, now.current.scene, now.current.look.selected, view)
      placePulses(pulsing.current, view)
    })
    painter.current = made
    const zooming = zoom<HTMLCanvasElement, unknown>()
      .scaleExtent([0.01, 2])
      .clickDistance(4)
      .on('zoom', ({ transform: { k, x, y }, sourceEvent }) => made.moveTo({ k, x, y }, sourceEvent !== null))
    behaviour.current = zooming
    // Two clicks open an asset.
    select(element).call(zooming).on('dblclick.zoom', null)
    const observer = new ResizeObserver(([entry]) => {
      if (entry === undefined) return
      const { width, height } = entry.contentRect
      made.resize(width, height)
      setSize({ width, height })
    })
    observer.observe(element)
    return () => {
      observer.disconnect()
      made.stop()
      select(element).on('.zoom', null)
    }
  }, [])

  const viewTo = (view: View) => {
    const element = canvas.current
    if (element !== null)
      behaviour.current?.transform(select(element), zoomIdentity.translate(view.x, view.y).scale(view.k))
  }
  useImperativeHandle(ref, () => ({
    fit: () => viewTo(fitting(now.current.scene.bounds, size.width, size.height)),
    zoomBy: (factor) => {
      if (canvas.current !== null) behaviour.current?.scaleBy(select(canvas.current), factor)
    },
    reveal: (id) => {
      const node = now.current.scene.byId.get(id)
      if (node !== undefined && painter.current !== null)
        viewTo(revealing(painter.current.view, node, size.width, size.height))
    },
    show: (ids) => {
      const cards = now.current.scene.nodes.filter(({ id }) => ids.has(id))
      if (cards.length > 0 && size.width > 0) viewTo(fitting(boxAround(cards), size.width, size.height))
    },
    centre: (x, y) => {
      if (canvas.current !== null) behaviour.current?.translateTo(select(canvas.current), x, y)
    },
  }))

  useEffect(() => {
    painter.current?.show(scene, look, palette)
    if (painter.current !== null) placeRing(ring.current, scene, look.selected, painter.current.view)
  }, [scene, look, palette])

  const begun = useRef<string | null>(null)
  useEffect(() => {
    if (size.width === 0 || begun.current === seen) return
    begun.current = seen
    const onPath = look.path.size === 0 ? [] : scene.nodes.filter(({ id }) => look.lit?.has(id) === true)
    viewTo(
      onPath.length > 0
        ? fitting(boxAround(onPath), size.width, size.height)
        : beginningAt(scene, look.root, size.width, size.height),
    )
  })

  const at = (event: React.MouseEvent) => {
    const { left, top } = event.currentTarget.getBoundingClientRect()
    const { k, x, y } = painter.current?.view ?? { k: 1, x: 0, y: 0 }
    return { x: (event.clientX - left - x) / k, y: (event.clientY - top - y) / k, k }
  }
  const nodeUnder = (event: React.MouseEvent) => {
    const { x, y, k } = at(event)
    return nodeAt(scene, x, y, k < READABLE ? 6 / k : 0)
  }
  return (
    <>
      <canvas
        ref={canvas}
        className={styles.canvas}
        role="img"
        aria-label={`${scene.nodes.length.toLocaleString()} assets and what was made from what`}
        onClick={(event) => {
          const { x, y, k } = at(event)
          const badge = k < READABLE ? null : badgeAt(scene.nodes, x, y)
          if (badge !== null) return props.onBadge(badge.node, badge.way)
          const node = nodeUnder(event)
          if (node !== null) props.onPick(node)
        }}
        onDoubleClick={(event) => {
          const node = nodeUnder(event)
          if (node !== null) props.onOpen(node)
        }}
        onPointerMove={(event) => {
          if (event.buttons !== 0 || event.pointerType === 'touch') return
          const node = nodeUnder(event)
          event.currentTarget.style.cursor = node === null ? 'grab' : 'pointer'
          props.onHover(node)
        }}
        onPointerLeave={() => props.onHover(null)}
      />
      <Pulses ref={pulsing} pulses={pulses} scene={scene} />
      <div ref={ring} className={styles.ring} data-testid="selected" aria-hidden="true" />
    </>
  )
}

/** All of it where it can be read then; else the root, with what is near it. */
function beginningAt({ bounds, byId }: Scene, root: string, width: number, height: number): View {
  const all = fitting(bounds, width, height)
  const node = byId.get(root)
  if (all.k >= 0.75 || node === undefined || byId.size > 300) return all
  const k = 0.85
  const inBounds = (middle: number, low: number, high: number, room: number) =>
    (high - low) * k <= room
      ? (room - k * (low + high)) / 2
      : Math.max(room - 32 - k * high, Math.min(32 - k * low, room / 2 - k * middle))
  return {
    k,
    x: inBounds(node.x + CARD.width / 2, bounds.left, bounds.right, width),
    y: inBounds(node.y + CARD.height / 2, bounds.top, bounds.bottom, height),
  }
}

function placeRing(
  ring: HTMLDivElement | null,
  { byId }: Scene,
  selected: string | null,
  { k, x, y }: View,
): void {
  if (ring === null) return
  const node = selected === null ? undefined : byId.get(selected)
  ring.hidden = node === undefined
  if (node === undefined) return
  ring.style.transform = `translate(${node.x * k + x}px, ${node.y * k + y}px)`
  ring.style.width = `${CARD.width * k}px`
  ring.style.height = `${CARD.height * k}px`
}
