import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useEffect } from 'react'
import { useRecordings } from '../live/recordings.js'
import { AssetLink } from '../ui/AssetLink.js'
import { bytes } from '../ui/bytes.js'
import { CheckLines } from '../ui/CheckLines.js'
import { Fact, Facts, Rest } from '../ui/Facts.js'
import { Failure, isLasting } from '../ui/Failure.js'
import { Instant } from '../ui/Instant.js'
import { Loading } from '../ui/Loading.js'
import { MaterializationLink } from '../ui/MaterializationLink.js'
import styles from '../ui/Page.module.css'
import { Sentence } from '../ui/Sentence.js'
import { Uri } from '../ui/Uri.js'
import { Inputs } from './Inputs.js'
import { Provenance } from './Provenance.js'
import { type MaterializationDetails, materialization } from './queries.js'

const route = getRouteApi('/materialization')

/** One materialization: when, by whom and of what exactly it was made, and what has been made of it. */
export function MaterializationPage() {
  const { id } = route.useSearch()
  const { data: one, error, isPending } = useQuery(materialization(id))
  useRecordings({
    isShown: ({ namespace, key }) => one?.asset.namespace === namespace && one.asset.key === key,
  })
  const title = one == null ? 'Materialization' : `${one.asset.key} ${one.version ?? ''}`
  useEffect(() => {
    document.title = `${title} · Headwater`
  }, [title])
  if (isPending) return <Loading what="a materialization" />
  if (one === undefined || isLasting(error)) return <Failure error={error} />
  if (one === null)
    return (
      <Sentence title="There is no such materialization">Nothing has been recorded under this id.</Sentence>
    )
  return (
    <article className={styles.page}>
      <header>
        <h1>
          {one.asset.key}
          {one.version === null ? null : (
            <>
              , version <code>{one.version}</code>
            </>
          )}
        </h1>
        <p className={styles.lead}>
          One materialization of <AssetLink asset={one.asset} />, made <Instant at={one.materializedAt} />.
        </p>
      </header>
      <section className={styles.card} aria-label="What is known of it">
        <Known one={one} />
      </section>
      <section aria-labelledby="inputs">
        <h2 id="inputs">What went in</h2>
        <Inputs inputs={one.inputs} />
      </section>
      <section aria-labelledby="provenance">
        <h2 id="provenance">Where that came from</h2>
        <Provenance id={id} />
      </section>
      {one.checks.totalCount === 0 ? null : (
        <section aria-labelledby="checks">
          <h2 id="checks">Checks</h2>
          <CheckLines checks={one.checks} />
        </section>
      )}
      <section aria-labelledby="consumers">
        <h2 id="consumers">What has been made of it</h2>
        <Consumers one={one} />
      </section>
    </article>
  )
}

function Known({ one }: { one: MaterializationDetails }) {
  const { run } = one
  return (
    <Facts>
      <Fact name="Job">{one.jobId}</Fact>
      <Fact name="DAG run">
        {one.dagId === null ? null : (
          <Link to="/dag-run" search={{ dagId: one.dagId }}>
            {one.dagId}
          </Link>
        )}
      </Fact>
      <Fact name="Node">{one.nodeTaskId}</Fact>
      <Fact name="Run">
        {run === null ? null : (
          <>
            {run.state.toLowerCase()}
            {run.errorMessage === null ? '' : `: ${run.errorMessage}`}
          </>
        )}
      </Fact>
      <Fact name="Partition">{one.partitionKey}</Fact>
      <Fact name="Size">{one.sizeBytes === null ? null : bytes(one.sizeBytes)}</Fact>
      <Fact name="At">{one.uri === null ? null : <Uri uri={one.uri} />}</Fact>
      <Fact name="Checksum">{one.checksum === null ? null : <code>{one.checksum}</code>}</Fact>
      <Fact name="Code">{one.codeVersion === null ? null : <code>{one.codeVersion}</code>}</Fact>
      <Fact name="Storage event">{one.storageEventId === null ? null : String(one.storageEventId)}</Fact>
      <Fact name="Recorded">
        <Instant at={one.recordedAt} />
      </Fact>
      <Fact name="Metadata">
        {Object.keys(one.metadata).length === 0 ? null : (
          <details>
            <summary>{Object.keys(one.metadata).join(', ')}</summary>
            <pre>{JSON.stringify(one.metadata, null, 2)}</pre>
          </details>
        )}
      </Fact>
    </Facts>
  )
}

function Consumers({ one: { consumers } }: { one: MaterializationDetails }) {
  if (consumers.totalCount === 0) return <p className={styles.soft}>Nothing yet.</p>
  return (
    <>
      <ul className={styles.rows}>
        {consumers.nodes.map((consumer) => (
          <li key={consumer.id}>
            <AssetLink asset={consumer.asset} />
            <MaterializationLink materialization={consumer} />
            <span className={styles.end}>
              <Instant at={consumer.materializedAt} />
            </span>
          </li>
        ))}
      </ul>
      <Rest shown={consumers.nodes.length} total={consumers.totalCount} />
    </>
  )
}
