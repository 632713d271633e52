import type { ReactNode } from 'react'
import styles from './Sentence.module.css'

/** What there is to say where there is nothing to show. */
export function Sentence({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <section className={styles.sentence}>
      <h1>{title}</h1>
      {children === undefined ? null : <p>{children}</p>}
    </section>
  )
}
