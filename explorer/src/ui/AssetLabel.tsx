import type { AssetMark } from '../api/queries.js'
import styles from './AssetLabel.module.css'
import { StatusMark } from './StatusMark.js'

/** An asset in a line: how it is, what it is called, where, and what it is. */
export function AssetLabel({ asset }: { asset: AssetMark }) {
  const { namespace, key, kind } = asset
  return (
    <span className={styles.label}>
      <StatusMark asset={asset} />
      <span className={styles.key}>{key}</span>
      <span className={styles.rest}>{namespace === 'default' ? kind : `${namespace} · ${kind}`}</span>
    </span>
  )
}
