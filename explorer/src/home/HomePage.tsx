import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { recent } from '../api/queries.js'
import { useRecordings } from '../live/recordings.js'
import { AssetLabel } from '../ui/AssetLabel.js'
import { Failure, isLasting } from '../ui/Failure.js'
import { Instant } from '../ui/Instant.js'
import { Loading } from '../ui/Loading.js'
import { Version } from '../ui/Version.js'
import { FirstSteps } from './FirstSteps.js'
import styles from './HomePage.module.css'

/** What has been made of late; where nothing has, how to begin. */
export function HomePage() {
  const { data, error, isPending } = useQuery(recent)
  useRecordings({ isShown: () => true })
  if (isPending) return <Loading what="what has been made of late" />
  if (data === undefined || isLasting(error)) return <Failure error={error} />
  if (data.length === 0) return <FirstSteps />
  return (
    <section className={styles.recent} aria-labelledby="recent">
      <h1 id="recent">Made of late</h1>
      <ul>
        {data.map(({ id, asset, materializedAt, version }) => (
          <li key={id}>
            <Link
              to="/asset"
              search={{ namespace: asset.namespace, key: asset.key, direction: 'BOTH', depth: 2 }}
              className={styles.line}
            >
              <AssetLabel asset={asset} />
              <span className={styles.made}>
                {version === null ? null : <Version version={version} />} <Instant at={materializedAt} />
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  )
}
