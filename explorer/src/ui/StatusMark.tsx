import type { AssetMark } from '../api/queries.js'
import styles from './StatusMark.module.css'
import { STATUS_WORDS, type Status, statusOf } from './status.js'

const SHAPES = {
  FRESH: <circle cx="6" cy="6" r="4.5" />,
  STALE: <path d="M6 1 11.2 10.5H0.8Z" />,
  MISSING: <circle cx="6" cy="6" r="4" className={styles.ring} />,
  RETIRED: <rect x="1.5" y="5" width="9" height="2.4" rx="1" />,
} as const

/** A mark in front of its name. */
export function StatusMark({ asset }: { asset: Pick<AssetMark, 'retiredAt' | 'staleness'> }) {
  return <Mark status={statusOf(asset)} />
}

/** How an asset is: by colour, by shape, and in a word. */
export function Mark({ status }: { status: Status }) {
  const word = STATUS_WORDS[status]
  return (
    <svg
      viewBox="0 0 12 12"
      className={`${styles.mark} ${styles[status.toLowerCase()]}`}
      role="img"
      aria-label={word}
    >
      <title>{word}</title>
      {SHAPES[status]}
    </svg>
  )
}
