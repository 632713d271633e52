import { Rest } from './Facts.js'
import { Instant } from './Instant.js'
import styles from './Page.module.css'

interface Checks {
  totalCount: number
  nodes: readonly { id: string; name: string; status: string; severity: string; checkedAt: string }[]
}

const COLOURS: Record<string, string | undefined> = { PASSED: styles.good, FAILED: styles.bad }

/** What checks said, the newest first. */
export function CheckLines({ checks: { nodes, totalCount } }: { checks: Checks }) {
  return (
    <>
      <ul className={styles.rows}>
        {nodes.map(({ id, name, status, severity, checkedAt }) => (
          <li key={id}>
            <span>{name}</span>
            <strong className={COLOURS[status]}>
              {status.toLowerCase()}
              {status === 'FAILED' && severity === 'WARN' ? ' (warning)' : ''}
            </strong>
            <span className={styles.end}>
              <Instant at={checkedAt} />
            </span>
          </li>
        ))}
      </ul>
      <Rest shown={nodes.length} total={totalCount} />
    </>
  )
}
