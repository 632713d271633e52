import { compareCodePoints } from '../../util/code-points.js'
import type { AssetRef } from '../asset-ref.js'
import { saysDropped } from './asset-facts.js'
import { type SaidColumnInputs, withColumnInputs } from './column-lineage.js'
import type { Facets } from './event.js'
import { EVENT_TYPES, type EventDataset, type EventType, type JobEvent, type RunEvent } from './event.js'
import { type FacetPlace, type Known, namesOf, readFacet } from './facets.js'
import { formerNamesOf } from './same-assets.js'
import { partitionsOf } from './subset.js'

/** What has been said last of something: when (ms), by which event, and what; null where it was taken away. */
export type Said = [at: number, hash: string, value: unknown]
type Latest = Record<string, Said>

/** A dataset that a run uses or makes, by all that its events say of it. */
interface MergedDataset extends AssetRef {
  facets: Latest
  use: Latest
  /** Of all events: nothing that was written once is unwritten by a later event. */
  partitions: string[]
  /** So too: whether each event that names it says that it was dropped. Absent where one does not. */
  isOnlyDropped?: true
  /** So too. What it was called before; absent where nothing has said so. */
  formerNames?: { namespace: string; name: string }[]
  /** So too: see column-lineage.ts. */
  columnInputs: SaidColumnInputs
}

/**
 * What all events of a run say together. It takes them in any order, each any number of times, and comes to the same:
 * times are least and greatest, states are ranked, datasets are united, and of each facet what was said last counts.
 * Kept as JSON.
 */
export interface MergedRun {
  jobNamespace: string
  jobName: string
  runId: string
  state: EventType
  producer: Said
  /** Of all events, in ms, as all times here. */
  firstAt: number
  /** The earliest START. */
  startedAt: number | null
  /** The latest COMPLETE, ABORT or FAIL. */
  endedAt: number | null
  /** The earliest COMPLETE, and the latest. */
  completed: [first: number, last: number] | null
  /** The same of RUNNING and COMPLETE. */
  active: [first: number, last: number] | null
  /** Whether any of its events has said that it is a stream; absent where none has. */
  isStream?: true
  run: Latest
  job: Latest
  inputs: Record<string, MergedDataset>
  outputs: Record<string, MergedDataset>
}

/** Adds what an event says to what the others have said; null where none has yet. */
export function mergeEvent(merged: MergedRun | null, event: RunEvent): MergedRun {
  const { type, job, runId, hash, producer } = event
  const at = event.eventTime.getTime()
  const before = merged ?? nothingOf(event)
  const isTerminal = type === 'COMPLETE' || type === 'ABORT' || type === 'FAIL'
  const isActive = type === 'COMPLETE' || type === 'RUNNING'
  return {
    jobNamespace: job.namespace,
    jobName: job.name,
    runId,
    state: EVENT_TYPES[Math.max(EVENT_TYPES.indexOf(before.state), EVENT_TYPES.indexOf(type))] ?? 'OTHER',
    producer: later(before.producer, [at, hash, producer]),
    firstAt: Math.min(before.firstAt, at),
    startedAt: type === 'START' ? Math.min(before.startedAt ?? at, at) : before.startedAt,
    endedAt: isTerminal ? Math.max(before.endedAt ?? at, at) : before.endedAt,
    completed: type === 'COMPLETE' ? spanning(before.completed, at) : before.completed,
    active: isActive ? spanning(before.active, at) : before.active,
    ...(before.isStream || streams(job.facets) ? { isStream: true } : {}),
    run: withFacets(before.run, 'run', event.runFacets, at, hash),
    job: withFacets(before.job, 'job', job.facets, at, hash),
    inputs: withDatasets(before.inputs, event.inputs, at, hash),
    outputs: withDatasets(before.outputs, event.outputs, at, hash),
  }
}

/** What one event says of a job, in the form of a run. */
export function mergeJob({
  job,
  inputs,
  outputs,
  hash,
  eventTime,
}: JobEvent): Pick<MergedRun, 'job' | 'inputs' | 'outputs'> {
  const at = eventTime.getTime()
  return {
    job: withFacets({}, 'job', job.facets, at, hash),
    inputs: withDatasets({}, inputs, at, hash),
    outputs: withDatasets({}, outputs, at, hash),
  }
}

/** What is known of facets, of those that have not been taken away. */
export function known<Place extends FacetPlace>(_place: Place, latest: Latest): Known<Place> {
  const values = Object.entries(latest).flatMap(([name, [, , value]]) =>
    value === null ? [] : [[name, value]],
  )
  return Object.fromEntries(values) as Known<Place>
}

/** Whether a job says that its runs have no end to wait for: of streams and services none has; nor has what reports windows. */
function streams(facets: Facets): boolean {
  const jobType = readFacet('job', 'jobType', facets['jobType']) ?? {}
  const { processingType = 'BATCH', emissionPattern } = jobType as NonNullable<Known<'job'>['jobType']>
  return (
    ['STREAMING', 'SERVICE'].includes(processingType.toUpperCase()) ||
    emissionPattern?.eventTrigger?.toUpperCase().includes('WINDOW') === true
  )
}

function nothingOf(event: RunEvent): MergedRun {
  return {
    jobNamespace: event.job.namespace,
    jobName: event.job.name,
    runId: event.runId,
    state: 'OTHER',
    producer: [0, '', null],
    firstAt: event.eventTime.getTime(),
    startedAt: null,
    endedAt: null,
    completed: null,
    active: null,
    run: {},
    job: {},
    inputs: {},
    outputs: {},
  }
}

function spanning(span: [number, number] | null, at: number): [number, number] {
  const [first, last] = span ?? [at, at]
  return [Math.min(first, at), Math.max(last, at)]
}

/** What was said later or, at the same time, by the event with the greater hash. */
export function later(one: Said, other: Said): Said {
  if (one[0] !== other[0]) return one[0] > other[0] ? one : other
  return one[1] >= other[1] ? one : other
}

function withFacets(latest: Latest, place: FacetPlace, facets: Facets, at: number, hash: string): Latest {
  const after = { ...latest }
  for (const name of namesOf(place)) {
    const value = readFacet(place, name, facets[name])
    if (value === undefined) continue
    const before = after[name]
    const said: Said = [at, hash, value]
    after[name] = before === undefined ? said : later(before, said)
  }
  return after
}

function withDatasets(
  datasets: Record<string, MergedDataset>,
  named: readonly EventDataset[],
  at: number,
  hash: string,
): Record<string, MergedDataset> {
  if (named.length === 0) return datasets
  const after = { ...datasets }
  for (const { assetId: id, asset, facets, useFacets } of named) {
    const { isOnlyDropped, ...before } = after[id] ?? nothingOfDataset(asset)
    after[id] = {
      ...before,
      facets: withFacets(before.facets, 'dataset', facets, at, hash),
      use: withFacets(before.use, 'use', useFacets, at, hash),
      partitions: [...new Set([...before.partitions, ...partitionsOf(useFacets)])].sort(),
      columnInputs: withColumnInputs(before.columnInputs, facets, at),
      // Whatever is named without being dropped has been written.
      ...(isOnlyDropped && saysDropped(facets) ? { isOnlyDropped } : {}),
      ...withFormerNames(before.formerNames, formerNamesOf({ facets })),
    }
  }
  return after
}

function nothingOfDataset(asset: AssetRef): MergedDataset {
  return { ...asset, facets: {}, use: {}, partitions: [], columnInputs: {}, isOnlyDropped: true }
}

function withFormerNames(
  before: MergedDataset['formerNames'] = [],
  said: NonNullable<MergedDataset['formerNames']>,
): Pick<MergedDataset, 'formerNames'> {
  if (before.length + said.length === 0) return {}
  const names = new Map(
    [...before, ...said].map((name) => [JSON.stringify([name.namespace, name.name]), name]),
  )
  return { formerNames: [...names].sort(([a], [b]) => compareCodePoints(a, b)).map(([, name]) => name) }
}
