import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { AssetDetails, AssetName } from '../api/queries.js'
import { Instant } from '../ui/Instant.js'
import { StatusMark } from '../ui/StatusMark.js'
import { statusOf } from '../ui/status.js'
import styles from './AssetPanel.module.css'

/** So many columns are shown. */
const MOST_COLUMNS = 50

/** All that is known of an asset; `askedFor`: by which of its names. */
export function AssetPanel({ asset, askedFor }: { asset: AssetDetails; askedFor: AssetName }) {
  const { latestMaterialization: latest, impact, columns, checks, materializations } = asset
  const isOtherName = askedFor.key !== asset.key || askedFor.namespace !== asset.namespace
  return (
    <aside className={styles.panel} aria-label={`About ${asset.key}`}>
      {isOtherName ? (
        <p className={styles.note}>
          {askedFor.key} is another name of {asset.key}.
        </p>
      ) : null}
      {asset.description === null ? null : <p>{asset.description}</p>}
      <Status asset={asset} />
      <dl className={styles.facts}>
        <Fact name="Kind">{[asset.kind, ...asset.kinds].join(', ')}</Fact>
        <Fact name="Namespace">{asset.namespace}</Fact>
        {asset.owners.length === 0 ? null : <Fact name="Owners">{asset.owners.join(', ')}</Fact>}
        {asset.aliases.length === 0 ? null : (
          <Fact name="Also called">{asset.aliases.map(({ key }) => key).join(', ')}</Fact>
        )}
        <Fact name="Consumers">
          {impact.directConsumers.toLocaleString()} direct, {impact.transitiveConsumers.toLocaleString()} in
          all
        </Fact>
      </dl>
      {latest === null ? null : (
        <section>
          <h2>Latest materialization</h2>
          <dl className={styles.facts}>
            <Fact name="Made">
              <Instant at={latest.materializedAt} />
            </Fact>
            {latest.version === null ? null : (
              <Fact name="Version">
                <code>{latest.version}</code>
              </Fact>
            )}
            <Fact name="Job">{latest.jobId}</Fact>
            {latest.dagId === null ? null : <Fact name="DAG run">{latest.dagId}</Fact>}
            {latest.partitionKey === null ? null : <Fact name="Partition">{latest.partitionKey}</Fact>}
            {latest.uri === null ? null : (
              <Fact name="At">
                <code>{latest.uri}</code>
              </Fact>
            )}
          </dl>
        </section>
      )}
      {columns.length === 0 ? null : (
        <section>
          <h2>Columns</h2>
          <ul className={styles.list}>
            {columns.slice(0, MOST_COLUMNS).map(({ name, type }) => (
              <li key={name}>
                <code>{name}</code> <span className={styles.soft}>{type}</span>
              </li>
            ))}
          </ul>
          <Rest shown={Math.min(columns.length, MOST_COLUMNS)} total={columns.length} of="the first" />
        </section>
      )}
      {checks.totalCount === 0 ? null : (
        <section>
          <h2>Checks</h2>
          <ul className={styles.list}>
            {checks.nodes.map(({ id, name, status, checkedAt }) => (
              <li key={id}>
                {name} <strong className={styles[status.toLowerCase()]}>{status.toLowerCase()}</strong>{' '}
                <span className={styles.soft}>
                  <Instant at={checkedAt} />
                </span>
              </li>
            ))}
          </ul>
          <Rest shown={checks.nodes.length} total={checks.totalCount} />
        </section>
      )}
      {materializations.totalCount === 0 ? null : (
        <section>
          <h2>History</h2>
          <ul className={styles.list}>
            {materializations.nodes.map(({ id, materializedAt, version, partitionKey }) => (
              <li key={id}>
                <Instant at={materializedAt} />{' '}
                <span className={styles.soft}>
                  {[partitionKey, version].filter((part) => part !== null).join(' · ')}
                </span>
              </li>
            ))}
          </ul>
          <Rest shown={materializations.nodes.length} total={materializations.totalCount} />
        </section>
      )}
    </aside>
  )
}

function Status({ asset }: { asset: AssetDetails }) {
  const status = statusOf(asset)
  return (
    <p className={styles.status}>
      <StatusMark asset={asset} />
      <span>
        {status === 'FRESH' ? 'Fresh: nothing upstream has changed since it was made.' : null}
        {status === 'MISSING'
          ? 'Never materialized: it is only named as what something was made from.'
          : null}
        {status === 'RETIRED' ? 'Retired: it is not there any more.' : null}
        {status === 'STALE' ? <>Stale, because of {causesOf(asset)}</> : null}
      </span>
    </p>
  )
}

function causesOf({ staleness }: AssetDetails): ReactNode {
  return (
    <span className={styles.causes}>
      {staleness.rootCauses.map(({ upstream: { namespace, key } }) => (
        <Link
          key={`${namespace}\u0001${key}`}
          to="/asset"
          search={{ namespace, key, direction: 'BOTH', depth: 2 }}
        >
          {key}
        </Link>
      ))}
    </span>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  )
}

/** What a list does not show. */
function Rest({ shown, total, of = 'the newest' }: { shown: number; total: number; of?: string }) {
  if (shown >= total) return null
  return (
    <p className={styles.soft}>
      {shown.toLocaleString()} of {total.toLocaleString()} shown, {of}.
    </p>
  )
}
