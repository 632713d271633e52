import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useEffect } from 'react'
import { AssetLink } from '../ui/AssetLink.js'
import { Rest } from '../ui/Facts.js'
import { Failure } from '../ui/Failure.js'
import { Instant } from '../ui/Instant.js'
import { Loading } from '../ui/Loading.js'
import { MaterializationLink } from '../ui/MaterializationLink.js'
import styles from '../ui/Page.module.css'
import { Sentence } from '../ui/Sentence.js'
import { AGAIN_S, type DagRun, dagRun } from './queries.js'
import { useDagStatus } from './useDagStatus.js'

const route = getRouteApi('/dag-run')

/** One DAG run: what its nodes have made, what is missing, and how its jobs ended. */
export function DagRunPage() {
  const { dagId } = route.useSearch()
  const isLive = useDagStatus(dagId)
  const { data, error, isPending, dataUpdatedAt } = useQuery(dagRun(dagId, isLive))
  useEffect(() => {
    document.title = `${dagId} · Headwater`
  }, [dagId])
  if (isPending) return <Loading what={dagId} />
  if (data === undefined) return <Failure error={error} />
  const { dagStatus, runs, materializations } = data
  if (dagStatus.length + runs.totalCount + materializations.totalCount === 0)
    return <Sentence title={`Nothing is known of ${dagId}`}>No node of it has recorded anything.</Sentence>
  return (
    <article className={styles.page}>
      <header>
        <h1>DAG run {dagId}</h1>
        <p className={styles.lead} role="status">
          {completenessOf(dagStatus)}
        </p>
        <p className={styles.soft}>
          {error === null ? (
            <>
              {isLive
                ? `What its nodes make shows by itself; how its runs go is looked at every ${AGAIN_S.live} seconds`
                : `Looked at again every ${AGAIN_S.off} seconds`}
              ; last <Instant at={new Date(dataUpdatedAt).toISOString()} />.
            </>
          ) : (
            `The server does not answer; this is what it said last. ${error.message}`
          )}
        </p>
      </header>
      {dagStatus.length === 0 ? null : (
        <section aria-labelledby="nodes">
          <h2 id="nodes">Nodes</h2>
          <Nodes nodes={dagStatus} />
        </section>
      )}
      {runs.totalCount === 0 ? null : (
        <section aria-labelledby="runs">
          <h2 id="runs">Runs</h2>
          <Runs runs={runs} />
        </section>
      )}
      <section aria-labelledby="made">
        <h2 id="made">What it has made</h2>
        <ul className={styles.rows}>
          {materializations.nodes.map((one) => (
            <li key={one.id}>
              <AssetLink asset={one.asset} />
              <MaterializationLink materialization={one} />
              {one.partitionKey === null ? null : <span className={styles.soft}>{one.partitionKey}</span>}
              <span className={styles.end}>
                <Instant at={one.materializedAt} />
              </span>
            </li>
          ))}
        </ul>
        <Rest shown={materializations.nodes.length} total={materializations.totalCount} />
      </section>
    </article>
  )
}

function completenessOf(nodes: DagRun['dagStatus']): string {
  const missing = nodes.filter(({ allRequiredMaterialized }) => !allRequiredMaterialized).length
  const [lacking, all] = [missing.toLocaleString(), nodes.length.toLocaleString()]
  if (nodes.length === 0) return 'Nothing says which nodes it has.'
  if (nodes.length === 1)
    return missing === 0
      ? 'Complete: the one node has made all that it is required to.'
      : 'The one node lacks something that is required.'
  return missing === 0
    ? `Complete: all ${all} nodes have made all that they are required to.`
    : `${lacking} of ${all} nodes lack something that is required.`
}

function Nodes({ nodes }: { nodes: DagRun['dagStatus'] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and a keyboard has to reach it.
    <section className={styles.scroll} tabIndex={0} aria-label="Nodes, as a table">
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">Node</th>
            <th scope="col">Made</th>
            <th scope="col">Missing</th>
            <th scope="col">Last</th>
          </tr>
        </thead>
        <tbody>
          {nodes.map((node) => (
            <tr key={node.nodeTaskId}>
              <th scope="row">{node.nodeTaskId}</th>
              <td>
                {node.materializedAssets.toLocaleString()}
                {node.expectedAssets === 0
                  ? ', none expected'
                  : ` of ${node.expectedAssets.toLocaleString()} (${Math.round(node.completionPercentage)} %)`}
              </td>
              <td className={node.allRequiredMaterialized ? styles.good : styles.bad}>
                {node.allRequiredMaterialized ? 'nothing' : node.missingRequiredAssets.join(', ')}
              </td>
              <td>{node.lastMaterializedAt === null ? 'never' : <Instant at={node.lastMaterializedAt} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Runs({ runs: { nodes, totalCount } }: { runs: DagRun['runs'] }) {
  return (
    <>
      <ul className={styles.rows}>
        {nodes.map(({ id, jobName, state, startedAt, endedAt, errorMessage }) => (
          <li key={id}>
            <span>{jobName}</span>
            <strong
              className={state === 'COMPLETED' ? styles.good : state === 'FAILED' ? styles.bad : undefined}
            >
              {state.toLowerCase()}
            </strong>
            {errorMessage === null ? null : <span>{errorMessage}</span>}
            <span className={styles.end}>
              {startedAt === null ? null : <Instant at={startedAt} />}
              {endedAt === null ? null : (
                <>
                  {' to '}
                  <Instant at={endedAt} />
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
      <Rest shown={nodes.length} total={totalCount} />
    </>
  )
}
