import { ProgressBar } from 'react-aria-components'
import styles from './Loading.module.css'

/** That something is on its way. */
export function Loading({ what }: { what: string }) {
  return (
    <ProgressBar isIndeterminate aria-label={`Loading ${what}`} className={styles.bar}>
      <div className={styles.fill} />
    </ProgressBar>
  )
}
