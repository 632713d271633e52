import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useEffect } from 'react'
import { details } from '../api/queries.js'
import { Loading } from '../ui/Loading.js'
import { Sentence } from '../ui/Sentence.js'
import styles from './AssetPage.module.css'
import { AssetPanel } from './AssetPanel.js'
import { LineageList } from './LineageList.js'
import { WalkControls } from './WalkControls.js'

const route = getRouteApi('/asset')

/** An asset: what lies around it, and all that is known of it. */
export function AssetPage() {
  const { namespace, key, direction, depth } = route.useSearch()
  const navigate = route.useNavigate()
  const { data: asset, error, isPending } = useQuery(details({ namespace, key }))
  useEffect(() => {
    document.title = key === '' ? 'Headwater' : `${key} · Headwater`
  }, [key])
  if (isPending) return <Loading what={key} />
  if (error !== null) return <Sentence title="The server does not answer">{error.message}</Sentence>
  if (asset === null)
    return (
      <Sentence title={`There is no asset ${key}`}>
        Nothing has been recorded under this name in the namespace {namespace}, nor named as what something
        was made from.
      </Sentence>
    )
  return (
    <div className={styles.page}>
      <section className={styles.lineage} aria-labelledby="lineage">
        <header className={styles.head}>
          <h1 id="lineage">Lineage of {asset.key}</h1>
          <WalkControls
            walk={{ direction, depth }}
            onChange={(walk) => void navigate({ search: (before) => ({ ...before, ...walk }) })}
          />
        </header>
        <LineageList root={asset} walk={{ direction, depth }} />
      </section>
      <AssetPanel asset={asset} askedFor={{ namespace, key }} />
    </div>
  )
}
