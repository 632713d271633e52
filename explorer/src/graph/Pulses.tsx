import type { Ref } from 'react'
import type { Scene } from './draw/scene.js'
import type { View } from './draw/view.js'
import { CARD } from './layout/layout-graph.js'
import styles from './Pulses.module.css'

interface Props {
  pulses: ReadonlyMap<string, number>
  scene: Scene
  ref: Ref<HTMLDivElement>
}

/** Lets cards of what has just been made pulse once. */
export function Pulses({ pulses, scene: { byId }, ref }: Props) {
  return (
    <div ref={ref} className={styles.plane} aria-hidden="true">
      {[...pulses].map(([id, at]) => {
        const node = byId.get(id)
        return node === undefined ? null : (
          <i
            key={`${id} ${at}`}
            className={styles.pulse}
            data-pulse={node.key}
            style={{ left: node.x, top: node.y, width: CARD.width, height: CARD.height }}
          />
        )
      })}
    </div>
  )
}

/** Lays them over what is drawn. */
export function placePulses(plane: HTMLDivElement | null, { k, x, y }: View): void {
  if (plane === null) return
  plane.style.transform = `translate(${x}px, ${y}px) scale(${k})`
  plane.style.setProperty('--pixel', `${1 / k}px`)
}
