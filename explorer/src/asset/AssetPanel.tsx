import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { AssetDetails, AssetName } from '../api/queries.js'
import { bytes } from '../ui/bytes.js'
import { Fact, Facts, Rest } from '../ui/Facts.js'
import { Instant } from '../ui/Instant.js'
import { StatusMark } from '../ui/StatusMark.js'
import { statusOf } from '../ui/status.js'
import { Uri } from '../ui/Uri.js'
import { Version } from '../ui/Version.js'
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
      <Facts>
        <Fact name="Kind">{[asset.kind, ...asset.kinds].join(', ')}</Fact>
        <Fact name="Namespace">{asset.namespace}</Fact>
        <Fact name="Owners">{asset.owners.join(', ')}</Fact>
        <Fact name="Tags">{tagsOf(asset.tags)}</Fact>
        <Fact name="Also called">{namesOf(asset)}</Fact>
        <Fact name="Consumers">
          {impact.directConsumers.toLocaleString()} direct, {impact.transitiveConsumers.toLocaleString()} in
          all
        </Fact>
      </Facts>
      {latest === null ? null : (
        <section>
          <h2>Latest materialization</h2>
          <Facts>
            <Fact name="Made">
              <Instant at={latest.materializedAt} />
            </Fact>
            <Fact name="Version">{latest.version === null ? null : <code>{latest.version}</code>}</Fact>
            <Fact name="Job">{latest.jobId}</Fact>
            <Fact name="DAG run">
              {latest.dagId === null ? null : (
                <Link to="/dag-run" search={{ dagId: latest.dagId }}>
                  {latest.dagId}
                </Link>
              )}
            </Fact>
            <Fact name="Partition">{latest.partitionKey}</Fact>
            <Fact name="Size">{latest.sizeBytes === null ? null : bytes(latest.sizeBytes)}</Fact>
            <Fact name="Code">{latest.codeVersion === null ? null : <code>{latest.codeVersion}</code>}</Fact>
            <Fact name="At">{latest.uri === null ? null : <Uri uri={latest.uri} />}</Fact>
            <Fact name="Made of">
              <Link to="/materialization" search={{ id: latest.id }}>
                its exact provenance
              </Link>
            </Fact>
          </Facts>
        </section>
      )}
      {columns.length === 0 ? null : (
        <section>
          <h2>Columns</h2>
          <ul className={styles.list}>
            {columns.slice(0, MOST_COLUMNS).map(({ name, type }) => (
              <li key={name}>
                <Link
                  to="/column"
                  search={{
                    ...{ namespace: asset.namespace, key: asset.key, column: name },
                    ...{ direction: 'BOTH', depth: 10, includeIndirect: true },
                  }}
                >
                  <code>{name}</code>
                </Link>{' '}
                <span className={styles.soft}>{type}</span>
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
                <Link to="/materialization" search={{ id }}>
                  <Instant at={materializedAt} />
                </Link>{' '}
                <span className={styles.soft}>
                  {partitionKey} {version === null ? null : <Version version={version} />}
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

/** So many of its other names are shown. */
const MOST_NAMES = 10

function namesOf({ aliases, aliasCount }: AssetDetails): string {
  const shown = aliases.slice(0, MOST_NAMES).map(({ key }) => key)
  const left = aliasCount - shown.length
  return [...shown, ...(left > 0 ? [`${left.toLocaleString()} more`] : [])].join(', ')
}

function tagsOf(tags: AssetDetails['tags']): string {
  return Object.entries(tags)
    .map(([name, value]) => (value === true || value === 'true' ? name : `${name}: ${textOf(value)}`))
    .join(', ')
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))
