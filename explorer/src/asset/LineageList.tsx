import { Link } from '@tanstack/react-router'
import { detailOf } from '../graph/draw/words.js'
import { GROUP } from '../graph/model/folded.js'
import type { GraphNode, Unseen } from '../graph/model/graph.js'
import { Mark } from '../ui/StatusMark.js'
import styles from './LineageList.module.css'
import { ringsOf } from './rings.js'
import type { AssetSearch } from './search.js'
import type { Lineage } from './useLineage.js'

/** A ring shows so many assets; the graph shows them all. */
const MOST_IN_A_RING = 500

/** What lies around an asset, ring by ring: upstream above it, downstream below. Tells the same as the graph. */
export function LineageList({ lineage, search }: { lineage: Lineage; search: AssetSearch }) {
  const root = lineage.whole.nodes[0]?.id ?? ''
  return (
    <ol className={styles.rings}>
      {ringsOf(lineage.shown, root).map(({ offset, nodes }) => (
        <li key={offset} className={offset === 0 ? styles.root : undefined}>
          <h2>{titleOf(offset)}</h2>
          <ul>
            {nodes.slice(0, MOST_IN_A_RING).map((node) => (
              <Line key={node.id} node={node} unseen={lineage.unseen.get(node.id)} search={search} />
            ))}
          </ul>
          {nodes.length > MOST_IN_A_RING ? (
            <p className={styles.note}>
              {MOST_IN_A_RING} of {nodes.length.toLocaleString()} shown. Share has them all as CSV.
            </p>
          ) : null}
        </li>
      ))}
    </ol>
  )
}

function Line({
  node,
  unseen,
  search: { direction, depth },
}: {
  node: GraphNode
  unseen: Unseen | undefined
  search: AssetSearch
}) {
  const { namespace, key, status } = node
  const hidden = Math.max(0, unseen?.upstream ?? 0) + Math.max(0, unseen?.downstream ?? 0)
  const words = (
    <>
      {status === null ? null : <Mark status={status} />}
      <span className={styles.key}>{key}</span>
      <span className={styles.rest}>{detailOf(node)}</span>
    </>
  )
  return (
    <li className={node.change === null ? undefined : styles[node.change]}>
      {namespace === GROUP ? (
        <span className={styles.asset}>{words}</span>
      ) : (
        <Link
          to="/asset"
          search={{ namespace, key, direction, depth, view: 'list' }}
          className={styles.asset}
        >
          {words}
        </Link>
      )}
      {hidden === 0 ? null : <span className={styles.hidden}>+{hidden.toLocaleString()} not shown</span>}
    </li>
  )
}

function titleOf(offset: number | null): string {
  if (offset === null) return 'Elsewhere'
  if (offset === 0) return 'This asset'
  const hops = Math.abs(offset)
  return `${hops} ${hops === 1 ? 'hop' : 'hops'} ${offset < 0 ? 'upstream' : 'downstream'}`
}
