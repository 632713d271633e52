import { useQuery } from '@tanstack/react-query'
import { AssetLink } from '../ui/AssetLink.js'
import { isLasting } from '../ui/Failure.js'
import { Loading } from '../ui/Loading.js'
import { MaterializationLink } from '../ui/MaterializationLink.js'
import styles from '../ui/Page.module.css'
import { Sentence } from '../ui/Sentence.js'
import { provenance } from './queries.js'

/** Exactly what a materialization was made from, all the way up. */
export function Provenance({ id }: { id: string }) {
  const { data, error, isPending } = useQuery(provenance(id))
  if (isPending) return <Loading what="its provenance" />
  if (data === undefined || isLasting(error))
    return <Sentence title="It could not be walked">{error?.message}</Sentence>
  const above = (data?.nodes ?? []).filter(({ distance }) => distance > 0)
  if (above.length === 0) return <p className={styles.soft}>Nothing that is recorded went in.</p>
  const unresolved = (data?.nodes ?? []).reduce((sum, node) => sum + node.unresolvedInputs, 0)
  return (
    <>
      <p className={styles.soft} role="status">
        {data?.completeness.complete
          ? `All of it: ${above.length.toLocaleString()} ${above.length === 1 ? 'materialization' : 'materializations'}.`
          : `${above.length.toLocaleString()} materializations shown, and there is more.`}
        {unresolved === 0
          ? null
          : ` ${unresolved.toLocaleString()} ${unresolved === 1 ? 'input is' : 'inputs are'} of nothing that is recorded.`}
      </p>
      <ul className={styles.rows}>
        {above.map(({ materialization, distance }) => (
          <li key={materialization.id}>
            <AssetLink asset={materialization.asset} />
            <MaterializationLink materialization={materialization} />
            {materialization.partitionKey === null ? null : (
              <span className={styles.soft}>{materialization.partitionKey}</span>
            )}
            <span className={styles.end}>
              {distance} {distance === 1 ? 'hop' : 'hops'} up
            </span>
          </li>
        ))}
      </ul>
    </>
  )
}
