import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type AssetName, lineage, type Walk } from '../api/queries.js'
import { Loading } from '../ui/Loading.js'
import { Sentence } from '../ui/Sentence.js'
import { Completeness } from './Completeness.js'
import styles from './LineageList.module.css'
import { ringsOf } from './rings.js'

/** What lies around an asset, ring by ring: upstream above it, downstream below. */
export function LineageList({ root, walk }: { root: AssetName; walk: Walk }) {
  const { data, error, isPending, isPlaceholderData } = useQuery(lineage(root, walk))
  if (isPending) return <Loading what="its lineage" />
  if (error !== null) return <Sentence title="The lineage could not be walked">{error.message}</Sentence>
  return (
    <div className={styles.lineage} aria-busy={isPlaceholderData}>
      <Completeness graph={data} depth={walk.depth} />
      <ol className={styles.rings}>
        {ringsOf(data, root).map(({ offset, nodes }) => (
          <li key={offset} className={offset === 0 ? styles.root : undefined}>
            <h2>{titleOf(offset)}</h2>
            <ul>
              {nodes.map(({ asset, hidden }) => (
                <li key={`${asset.namespace}\u0001${asset.key}`}>
                  <Link
                    to="/asset"
                    search={{ namespace: asset.namespace, key: asset.key, ...walk }}
                    className={styles.asset}
                  >
                    <span className={styles.key}>{asset.key}</span>
                    <span className={styles.rest}>
                      {asset.namespace === 'default' ? '' : `${asset.namespace} · `}
                      {asset.kind}
                    </span>
                  </Link>
                  {hidden === 0 ? null : <span className={styles.hidden}>+{hidden} not shown</span>}
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ol>
    </div>
  )
}

function titleOf(offset: number): string {
  if (offset === 0) return 'This asset'
  const hops = Math.abs(offset)
  return `${hops} ${hops === 1 ? 'hop' : 'hops'} ${offset < 0 ? 'upstream' : 'downstream'}`
}
