import { type Ref, useEffect, useImperativeHandle, useRef } from 'react'
import type { Palette } from './draw/palette.js'
import { STATUS_COLOURS } from './draw/palette.js'
import type { Scene } from './draw/scene.js'
import { fitting, seenBy, type View } from './draw/view.js'
import { CARD } from './layout/layout-graph.js'
import styles from './Minimap.module.css'

const WIDTH = 176
const HEIGHT = 112

/** Is told what part is seen. */
export interface MinimapHandle {
  show: (view: View, width: number, height: number) => void
}

interface Props {
  scene: Scene
  palette: Palette
  onGo: (x: number, y: number) => void
  ref?: Ref<MinimapHandle>
}

/** All of a scene, small, with a frame around what is seen; a pointer moves the frame. The keyboard has the arrow keys. */
export function Minimap({ scene, palette, onGo, ref }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const frame = useRef<HTMLDivElement>(null)
  const view = fitting(scene.bounds, WIDTH + 40, HEIGHT + 40)
  const [x, y] = [view.x - 20, view.y - 20]
  useImperativeHandle(ref, () => ({
    show: (seen, width, height) => {
      const box = seenBy(seen, width, height)
      const { style } = frame.current ?? {}
      if (style === undefined) return
      const [left, top] = [Math.max(0, box.left * view.k + x), Math.max(0, box.top * view.k + y)]
      style.left = `${left}px`
      style.top = `${top}px`
      style.width = `${Math.max(4, Math.min(WIDTH, box.right * view.k + x) - left)}px`
      style.height = `${Math.max(4, Math.min(HEIGHT, box.bottom * view.k + y) - top)}px`
    },
  }))
  useEffect(() => {
    const context = canvas.current?.getContext('2d')
    if (context == null) return
    const ratio = devicePixelRatio
    context.canvas.width = WIDTH * ratio
    context.canvas.height = HEIGHT * ratio
    context.setTransform(ratio, 0, 0, ratio, 0, 0)
    context.globalAlpha = 0.8
    for (const node of scene.nodes) {
      context.fillStyle = palette[node.status === null ? 'soft' : STATUS_COLOURS[node.status]]
      const [width, height] = [Math.max(1.5, CARD.width * view.k), Math.max(1, CARD.height * view.k)]
      context.fillRect(node.x * view.k + x, node.y * view.k + y, width, height)
    }
  }, [scene, palette, view.k, x, y])
  const go = (event: React.PointerEvent) => {
    if (event.buttons === 0) return
    const { left, top } = event.currentTarget.getBoundingClientRect()
    onGo((event.clientX - left - x) / view.k, (event.clientY - top - y) / view.k)
  }
  return (
    <div
      className={styles.map}
      aria-hidden="true"
      data-testid="minimap"
      onPointerDown={go}
      onPointerMove={go}
    >
      <canvas ref={canvas} className={styles.picture} />
      <div ref={frame} className={styles.frame} />
    </div>
  )
}
