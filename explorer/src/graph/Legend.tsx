import { Mark } from '../ui/StatusMark.js'
import { STATUS_WORDS } from '../ui/status.js'
import styles from './Legend.module.css'

const STATUSES = ['FRESH', 'STALE', 'MISSING', 'RETIRED'] as const

/** What the marks mean. */
export function Legend({ isCompared, hasCycle }: { isCompared: boolean; hasCycle: boolean }) {
  return (
    <ul className={styles.legend} aria-label="Legend">
      {STATUSES.map((status) => (
        <li key={status}>
          <Mark status={status} /> <span aria-hidden="true">{STATUS_WORDS[status]}</span>
        </li>
      ))}
      {isCompared ? (
        <>
          <li>
            <i className={`${styles.line} ${styles.added}`} /> added
          </li>
          <li>
            <i className={`${styles.line} ${styles.removed}`} /> removed
          </li>
        </>
      ) : null}
      {hasCycle ? (
        <li>
          <i className={`${styles.line} ${styles.cycle}`} /> closes a cycle
        </li>
      ) : null}
    </ul>
  )
}
