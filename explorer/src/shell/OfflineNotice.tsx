import { onlineManager } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import styles from './Shell.module.css'

/** Says that nothing newer can be had. */
export function OfflineNotice() {
  const isOnline = useSyncExternalStore(
    (changed) => onlineManager.subscribe(changed),
    () => onlineManager.isOnline(),
  )
  return (
    <div role="status">
      {isOnline ? null : (
        <p className={styles.offline}>You are offline. What is shown was answered before.</p>
      )}
    </div>
  )
}
