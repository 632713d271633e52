import { useLiveState } from '../live/live-state.js'
import styles from './LiveMark.module.css'

/** Says whether what is shown follows what is recorded; nothing where the server does not tell. */
export function LiveMark() {
  const state = useLiveState()
  if (state === 'off') return null
  const isLive = state === 'live'
  return (
    <span
      className={isLive ? styles.live : styles.cut}
      title={isLive ? 'What is recorded shows here by itself.' : 'What is recorded meanwhile will show then.'}
    >
      <span aria-hidden="true">{isLive ? '●' : '○'}</span>{' '}
      <span className={styles.word}>{isLive ? 'live' : 'reconnecting…'}</span>
    </span>
  )
}
