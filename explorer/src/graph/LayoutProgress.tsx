import { ProgressBar } from 'react-aria-components'
import { Loading } from '../ui/Loading.js'
import styles from './LayoutProgress.module.css'

/** How far it is until something else is shown. */
export function LayoutProgress({
  isLoading,
  done,
  count,
}: {
  isLoading: boolean
  done: number | null
  count: number
}) {
  if (isLoading)
    return (
      <div className={styles.bar}>
        <Loading what="the graph" />
      </div>
    )
  if (done === null) return null
  return (
    <ProgressBar
      className={styles.bar}
      aria-label={`Laying out ${count.toLocaleString()} assets`}
      value={Math.round(100 * done)}
    >
      {({ percentage = 0 }) => (
        <progress className={styles.progress} max={100} value={percentage} aria-hidden="true" />
      )}
    </ProgressBar>
  )
}
