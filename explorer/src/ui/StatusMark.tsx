import type { AssetMark } from '../api/queries.js'
import styles from './StatusMark.module.css'

/** How an asset is: by colour, by shape, and in a word. */
const STATUSES = {
  FRESH: { word: 'fresh', shape: <circle cx="6" cy="6" r="4.5" /> },
  STALE: { word: 'stale', shape: <path d="M6 1 11.2 10.5H0.8Z" /> },
  MISSING: { word: 'never materialized', shape: <circle cx="6" cy="6" r="4" className={styles.ring} /> },
  RETIRED: { word: 'retired', shape: <rect x="1.5" y="5" width="9" height="2.4" rx="1" /> },
} as const

/** Which of them. */
export function statusOf({ retiredAt, staleness }: Pick<AssetMark, 'retiredAt' | 'staleness'>) {
  return retiredAt === null ? staleness.status : 'RETIRED'
}

/** A mark in front of its name. */
export function StatusMark({ asset }: { asset: Pick<AssetMark, 'retiredAt' | 'staleness'> }) {
  const status = statusOf(asset)
  const { word, shape } = STATUSES[status]
  return (
    <svg
      viewBox="0 0 12 12"
      className={`${styles.mark} ${styles[status.toLowerCase()]}`}
      role="img"
      aria-label={word}
    >
      <title>{word}</title>
      {shape}
    </svg>
  )
}
