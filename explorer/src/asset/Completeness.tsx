import { Button } from 'react-aria-components'
import type { Comparison } from '../graph/model/compared.js'
import styles from './Completeness.module.css'
import { type AssetSearch, FIRST_LIMIT } from './search.js'
import type { Lineage } from './useLineage.js'

/** How many more are asked for, step by step. */
const LIMITS = [FIRST_LIMIT, 2_000, 5_000, 10_000]

interface Props {
  lineage: Lineage
  search: AssetSearch
  onChange: (change: Partial<AssetSearch>) => void
}

/** Says whether what is shown is all there is, why not, and goes on. */
export function Completeness({ lineage, search, onChange }: Props) {
  const { complete, stoppedBy, walkedCount, totalCount, hiddenCount, isCut, comparison } = lineage
  const { depth, limit = FIRST_LIMIT, asOf } = search
  const count = `${walkedCount.toLocaleString()} ${walkedCount === 1 ? 'asset' : 'assets'}`
  const of =
    totalCount === null ? count : `${walkedCount.toLocaleString()} of ${totalCount.toLocaleString()} assets`
  const more = LIMITS.find((one) => one > limit) ?? limit + 10_000
  return (
    <div className={complete ? styles.whole : styles.part}>
      <p role="status">
        {complete ? `All of it: ${count}.` : `${of} shown, and there is more: ${reasonOf(stoppedBy, depth)}.`}
        {hiddenCount > 0 ? ` You have hidden ${hiddenCount.toLocaleString()} of them.` : ''}
        {comparison === null ? '' : ` ${changesOf(comparison)}`}
        {asOf === undefined ? '' : ' Marks say how assets are now.'}
        {isCut ? ' They connect too much to draw all of it.' : ''}
      </p>
      {stoppedBy.includes('NODE_LIMIT') ? (
        <Button className="quiet" onPress={() => onChange({ limit: more })}>
          Continue to {Math.min(more, totalCount ?? more).toLocaleString()}
        </Button>
      ) : stoppedBy.includes('DEPTH') ? (
        <Button className="quiet" onPress={() => onChange({ depth: depth + 1 })}>
          One hop further
        </Button>
      ) : null}
    </div>
  )
}

function changesOf({ addedNodeCount, removedNodeCount, unchangedNodeCount }: Comparison): string {
  const [added, removed, unchanged] = [addedNodeCount, removedNodeCount, unchangedNodeCount].map((one) =>
    one.toLocaleString(),
  )
  return `Between the two times ${added} came, ${removed} went, ${unchanged} stayed.`
}

function reasonOf(stoppedBy: readonly string[], depth: number): string {
  const reasons = stoppedBy.map((reason) => {
    if (reason === 'DEPTH') return `it lies more than ${depth} ${depth === 1 ? 'hop' : 'hops'} away`
    if (reason === 'NODE_LIMIT') return 'so many are asked for'
    if (reason === 'TIME_LIMIT') return 'time was over'
    return `stopped by ${reason.toLowerCase().replaceAll('_', ' ')}`
  })
  return reasons.join('; ')
}
