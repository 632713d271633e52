import type { ReactNode } from 'react'
import styles from './Facts.module.css'

/** What is known of something, by name. */
export function Facts({ children }: { children: ReactNode }) {
  return <dl className={styles.facts}>{children}</dl>
}

/** One of them; nothing where nothing is known. */
export function Fact({ name, children }: { name: string; children: ReactNode }) {
  if (children === null || children === undefined || children === '') return null
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  )
}

/** What a list does not show. */
export function Rest({ shown, total, of = 'the newest' }: { shown: number; total: number; of?: string }) {
  if (shown >= total) return null
  return (
    <p className={styles.soft}>
      {shown.toLocaleString()} of {total.toLocaleString()} shown, {of}.
    </p>
  )
}
