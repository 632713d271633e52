import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useEffect } from 'react'
import { Switch } from 'react-aria-components'
import type { AssetName } from '../api/queries.js'
import { WalkControls } from '../asset/WalkControls.js'
import { useRecordings } from '../live/recordings.js'
import { AssetLink } from '../ui/AssetLink.js'
import { isLasting } from '../ui/Failure.js'
import { Loading } from '../ui/Loading.js'
import styles from '../ui/Page.module.css'
import { Sentence } from '../ui/Sentence.js'
import own from './ColumnPage.module.css'
import { type ColumnEdge, type ColumnWalk, columnLineage } from './queries.js'

const route = getRouteApi('/column')

/** A column: what it is made from, what is made from it, and how. */
export function ColumnPage() {
  const walk = route.useSearch()
  const navigate = route.useNavigate()
  const { namespace, key, column, direction, depth, includeIndirect } = walk
  useEffect(() => {
    document.title = `${column} of ${key} · Headwater`
  }, [column, key])
  return (
    <article className={styles.page}>
      <header className={own.head}>
        <div>
          <h1>
            Column <code>{column}</code>
          </h1>
          <p className={styles.lead}>
            of <AssetLink asset={{ namespace, key }} />
          </p>
        </div>
        <div className={own.controls}>
          <Switch
            className={own.switch}
            isSelected={includeIndirect}
            onChange={(chosen) =>
              void navigate({ search: (before) => ({ ...before, includeIndirect: chosen }) })
            }
          >
            <span className={own.box} aria-hidden="true" />
            With what only decides (joins, filters, sorting)
          </Switch>
          <WalkControls
            walk={{ direction, depth }}
            onChange={(changed) => void navigate({ search: (before) => ({ ...before, ...changed }) })}
          />
        </div>
      </header>
      <ColumnEdges walk={walk} />
    </article>
  )
}

function ColumnEdges({ walk }: { walk: ColumnWalk }) {
  const { data, error, isPending, isPlaceholderData } = useQuery(columnLineage(walk))
  useRecordings({ isShown: (asset) => asset.namespace === walk.namespace && asset.key === walk.key })
  if (isPending) return <Loading what="its lineage" />
  if (data === undefined || isLasting(error))
    return <Sentence title="The lineage could not be walked">{error?.message}</Sentence>
  const edges = [...data.edges, ...data.backEdges]
  const others = data.nodes.length - 1
  return (
    <section aria-label="Columns around it" aria-busy={isPlaceholderData}>
      <p className={styles.soft} role="status">
        {data.completeness.complete
          ? `All of it: ${others.toLocaleString()} other ${others === 1 ? 'column' : 'columns'}.`
          : `${others.toLocaleString()} other columns shown, and there is more: ${data.completeness.stoppedBy.join(', ').toLowerCase()}.`}
      </p>
      {edges.length === 0 ? (
        <p className={styles.soft}>Nothing says what this column is made from, or what is made from it.</p>
      ) : (
        <ul className={styles.rows}>
          {edges.map((edge) => (
            <ColumnLine
              key={JSON.stringify([edge.upstream, edge.downstream, edge.isIndirect])}
              edge={edge}
              walk={walk}
            />
          ))}
        </ul>
      )}
    </section>
  )
}

function ColumnLine({ edge, walk }: { edge: ColumnEdge; walk: ColumnWalk }) {
  const { upstream, downstream, isIndirect, isOfAll, transformations } = edge
  const how = transformations.map(({ subtype, type, masking }) =>
    [(subtype ?? type).toLowerCase().replaceAll('_', ' '), masking ? 'masked' : '']
      .filter(Boolean)
      .join(', '),
  )
  return (
    <li>
      <End {...upstream} walk={walk} />
      <span aria-hidden="true">→</span>
      <span className="hidden">goes into</span>
      {isOfAll ? (
        <span>
          all columns of <AssetLink asset={downstream.asset} />
        </span>
      ) : (
        <End {...downstream} walk={walk} />
      )}
      <span className={styles.end}>{[isIndirect ? 'indirect' : 'direct', ...how].join(' · ')}</span>
    </li>
  )
}

function End({ asset, column, walk }: { asset: AssetName; column: string; walk: ColumnWalk }) {
  const { namespace, key } = asset
  return (
    <Link to="/column" search={{ ...walk, namespace, key, column }}>
      {key}.<strong>{column}</strong>
    </Link>
  )
}
