import type { LineageGraph } from '../../../clients/typescript/src/index.js'
import styles from './Completeness.module.css'

/** Says whether what is shown is all there is, and why not. */
export function Completeness({ graph, depth }: { graph: LineageGraph; depth: number }) {
  const { complete, stoppedBy } = graph.completeness
  const count = `${graph.nodes.length.toLocaleString()} ${graph.nodes.length === 1 ? 'asset' : 'assets'}`
  return (
    <p className={complete ? styles.whole : styles.part} role="status">
      {complete
        ? `All of it: ${count}.`
        : `${count} shown, and there is more: ${reasonOf(stoppedBy, depth)}.`}
    </p>
  )
}

function reasonOf(stoppedBy: readonly string[], depth: number): string {
  const reasons = stoppedBy.map((reason) => {
    if (reason === 'DEPTH') return `it lies more than ${depth} ${depth === 1 ? 'hop' : 'hops'} away`
    if (reason === 'NODE_LIMIT' || reason === 'LIMIT') return 'the list has come to its limit'
    if (reason === 'TIME_LIMIT') return 'time was over'
    return `stopped by ${reason.toLowerCase().replaceAll('_', ' ')}`
  })
  return reasons.join('; ')
}
