import { STATUS_WORDS } from '../ui/status.js'
import type { PlacedNode } from './draw/scene.js'
import { detailOf } from './draw/words.js'
import styles from './Tip.module.css'

/** The whole name of what the pointer is at; the panel says the rest. */
export function Tip({ node }: { node: PlacedNode }) {
  return (
    <div className={styles.tip} aria-hidden="true" data-testid="tip">
      <strong>{node.key}</strong>
      <span>
        {[detailOf(node), node.status === null ? null : STATUS_WORDS[node.status]]
          .filter((part) => part !== null)
          .join(' · ')}
      </span>
    </div>
  )
}
