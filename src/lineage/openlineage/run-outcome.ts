import { badUserInput, type HeadwaterError } from '../../errors/headwater-error.js'
import { compareCodePoints } from '../../util/code-points.js'
import type { AssetRef } from '../asset-ref.js'
import { materializationIdOf } from '../materialization-id.js'
import { BOUNDS } from '../recording/bounds.js'
import type { PlannedMaterialization } from '../recording/plan-recording.js'
import type { Input } from '../recording/recording.js'
import { schemaOf } from './asset-facts.js'
import { columnInputsOf } from './column-lineage.js'
import { declaredInputs } from './declared-inputs.js'
import type { EventType } from './event.js'
import { known, type MergedRun } from './merged-run.js'
import { parseInstant } from './parse-event.js'
import { type RunRef, runIdOf } from './run-id.js'
import { metadataOf } from './run-metadata.js'
import { bounded, locationOf } from './subset.js'

/** One execution of a job, by all that has been said of it. */
export interface Run extends RunRef {
  id: string
  state: RunState
  /** When it started or, where nobody has said, when it was first heard of. */
  begunAt: Date
  startedAt: Date | null
  endedAt: Date | null
  nominalStartAt: Date | null
  nominalEndAt: Date | null
  errorMessage: string | null
  parent: RunRef | null
  root: RunRef | null
  dagId: string | null
  nodeTaskId: string
}

/** A run with what it is said to use and to make: assets in the order (namespace, key). */
export interface RunWithDatasets extends Run {
  inputIds: readonly string[]
  outputIds: readonly string[]
}

/** UNKNOWN: only events that say neither what began nor what ended it have come. */
export type RunState = 'UNKNOWN' | 'STARTED' | 'RUNNING' | 'FAILED' | 'ABORTED' | 'COMPLETED'

const STATES: Record<EventType, RunState> = {
  OTHER: 'UNKNOWN',
  START: 'STARTED',
  RUNNING: 'RUNNING',
  FAIL: 'FAILED',
  ABORT: 'ABORTED',
  COMPLETE: 'COMPLETED',
}

/** A materialization of a run: what it was made from is what was there when the run started. */
export interface MadeByRun extends PlannedMaterialization {
  inputsAsOf: Date
  /** When it could first be said to be made: a run may say more than once that it is complete. */
  firstMadeAt: Date
}

/** The run that its events tell of. */
export function runOf(merged: MergedRun): RunWithDatasets {
  const { jobNamespace, jobName, runId, startedAt, firstAt, endedAt } = merged
  const { parent, nominalTime, errorMessage } = known('run', merged.run)
  return {
    id: runIdOf(merged),
    ...{ jobNamespace, jobName, runId },
    state: STATES[merged.state],
    begunAt: new Date(startedAt ?? firstAt),
    startedAt: startedAt === null ? null : new Date(startedAt),
    endedAt: endedAt === null ? null : new Date(endedAt),
    nominalStartAt: parseInstant(nominalTime?.nominalStartTime ?? ''),
    nominalEndAt: parseInstant(nominalTime?.nominalEndTime ?? ''),
    errorMessage: errorMessage?.message ?? null,
    parent: parent === undefined ? null : refOf(parent),
    root: parent?.root === undefined ? null : refOf(parent.root),
    ...nodeOf(merged),
    inputIds: idsInNameOrder(merged.inputs),
    outputIds: idsInNameOrder(merged.outputs),
  }
}

/**
 * What a run has made, by all that has been said of it: a batch once it is complete, a stream as long as it runs, but for
 * outputs that it has only dropped. A materialization has the same identity whatever is said later; its number never
 * falls. Throws BAD_USER_INPUT where they
 * have more inputs together, or inputs of columns, than one transaction writes in reasonable time.
 */
export function madeBy(merged: MergedRun, recordedAt: Date): MadeByRun[] {
  const span = madeDuring(merged)
  if (span === null) return []
  const [first, at] = span
  const id = runIdOf(merged)
  const { dagId, nodeTaskId } = nodeOf(merged)
  const { sourceCodeLocation } = known('job', merged.job)
  const codeVersion = sourceCodeLocation?.['version']
  const inputsOfOutput = inputsOf(merged)
  let inputCount = 0
  let columnInputCount = 0
  return Object.entries(merged.outputs).flatMap(([assetId, output]) => {
    if (output.isOnlyDropped) return []
    const dataset = known('dataset', output.facets)
    const { outputStatistics } = known('use', output.use)
    const partitions = output.partitions.length === 0 ? [null] : output.partitions
    const size = partitions.length === 1 ? outputStatistics?.size : undefined
    const asset = { namespace: output.namespace, key: output.key }
    const columnInputs = columnInputsOf(output.columnInputs)
    columnInputCount += columnInputs.length
    const inputs = inputsOfOutput(assetId)
    inputCount += inputs.length * partitions.length
    if (inputCount > BOUNDS.inputsPerCall) throw tooManyInputs()
    if (columnInputCount > BOUNDS.columnInputsPerCall) throw tooManyColumnInputs()
    return partitions.map((partitionKey, place) => ({
      record: {
        assetId,
        materializationId: madeIdOf(id, assetId, place),
        version: bounded(dataset.version?.datasetVersion ?? `run:${merged.runId}`, BOUNDS.versionCharacters),
        jobId: bounded(`${merged.jobNamespace}/${merged.jobName}`, BOUNDS.idCharacters),
        dagId,
        nodeTaskId,
        partitionKey,
        storageEventId: null,
        sizeBytes: size === undefined ? null : BigInt(Math.round(size)),
        checksum: null,
        uri: uriOf(asset, locationOf(known('use', output.use))),
        codeVersion:
          typeof codeVersion === 'string' ? bounded(codeVersion, BOUNDS.codeVersionCharacters) : null,
        metadata: metadataOf(merged, output),
        materializedAt: new Date(at),
        recordedAt,
        runId: id,
      },
      asset,
      inputs,
      inputsAsOf: tookInputsAt(merged),
      firstMadeAt: new Date(first),
      kind: null,
      kinds: null,
      description: null,
      columns: schemaOf(dataset),
      columnInputs,
    }))
  })
}

/** From when to when a run has made its outputs: a batch when it completed, a stream while it ran. Null for not yet. */
export function madeDuring(merged: MergedRun): [first: number, last: number] | null {
  return merged.isStream ? merged.active : merged.completed
}

/**
 * The id of what a run has made of an asset; `place`: of the partition among all that it made. Any of its events may be
 * the first to arrive, so no time of theirs is in it.
 */
export function madeIdOf(id: string, assetId: string, place: number): string {
  return materializationIdOf(TIMELESS, 0, `run\0${id}\0${assetId}\0${place}`)
}

/** When a run took its inputs: as it started, but not after it has made anything. */
export function tookInputsAt(merged: MergedRun): Date {
  const startedAt = merged.startedAt ?? merged.firstAt
  return new Date(Math.min(startedAt, madeDuring(merged)?.[1] ?? startedAt))
}

/** Makes the inputs of each output: one that several have is made once. */
function inputsOf(merged: MergedRun): (outputId: string) => Input[] {
  const made = new Map<string, Input>()
  const inputOf = (assetId: string, { namespace, key }: AssetRef): Input => {
    const input = made.get(assetId) ?? {
      asset: { namespace, key },
      assetId,
      ...usedOf(merged.inputs[assetId]),
    }
    made.set(assetId, input)
    return input
  }
  const declared = declaredInputs(merged)
  return (outputId) => declared(outputId).map(([assetId, asset]) => inputOf(assetId, asset))
}

function tooManyInputs(): HeadwaterError {
  return badUserInput(
    '$.outputs',
    'more',
    `at most ${BOUNDS.inputsPerCall} inputs of all that a run makes, counted for each output and partition`,
  )
}

function tooManyColumnInputs(): HeadwaterError {
  return badUserInput(
    '$.outputs',
    'more',
    `at most ${BOUNDS.columnInputsPerCall} inputs of columns of all that a run makes`,
  )
}

/** What a run says of its use of an input. */
export function usedOf(
  input: MergedRun['inputs'][string] | undefined,
): Pick<Input, 'version' | 'partitionKey'> {
  const { version } = known('dataset', input?.facets ?? {})
  const partitions = input?.partitions ?? []
  return {
    version: version === undefined ? null : bounded(version.datasetVersion, BOUNDS.versionCharacters),
    partitionKey: partitions.length === 1 ? (partitions[0] ?? null) : null,
  }
}

/** The DAG and the node in it: as Airflow says, else by the names of the jobs around it. */
export function nodeOf({ run, jobName }: MergedRun): { dagId: string | null; nodeTaskId: string } {
  const { airflow, parent } = known('run', run)
  const parentName = parent?.job.name
  const beforeDot = jobName.includes('.') ? jobName.slice(0, jobName.lastIndexOf('.')) : undefined
  const dagId = airflow?.dag?.dag_id ?? parent?.root?.job.name ?? parentName ?? beforeDot ?? null
  const isWithin = parentName !== undefined && jobName.startsWith(`${parentName}.`)
  const own = isWithin ? jobName.slice(parentName.length + 1) : jobName
  return {
    dagId: dagId === null || dagId === '' ? null : bounded(dagId, BOUNDS.idCharacters),
    nodeTaskId: bounded(airflow?.task?.task_id ?? (own === '' ? jobName : own), BOUNDS.idCharacters),
  }
}

function idsInNameOrder(datasets: Readonly<Record<string, AssetRef>>): string[] {
  return Object.entries(datasets)
    .sort(([, a], [, b]) => compareCodePoints(a.namespace, b.namespace) || compareCodePoints(a.key, b.key))
    .map(([id]) => id)
}

function uriOf({ namespace, key }: AssetRef, location: string | null): string | null {
  const uri =
    location ??
    (namespace.includes('://') ? `${namespace.replace(/\/+$/, '')}/${key.replace(/^\/+/, '')}` : null)
  return uri === null ? null : bounded(uri, BOUNDS.uriCharacters)
}

function refOf({ job, run }: { job: { namespace: string; name: string }; run: { runId: string } }): RunRef {
  return { jobNamespace: job.namespace, jobName: job.name, runId: run.runId }
}

const TIMELESS = new Date(0)
