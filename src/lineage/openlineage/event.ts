import type { Access } from '../access/access.js'
import type { AssetRef } from '../asset-ref.js'

/** What has happened to a run, the lowest first: the state of a run is the highest that any of its events says. */
export const EVENT_TYPES = ['OTHER', 'START', 'RUNNING', 'FAIL', 'ABORT', 'COMPLETE'] as const
/** One of them. */
export type EventType = (typeof EVENT_TYPES)[number]

/** Facets by their names, as they came. */
export type Facets = Readonly<Record<string, unknown>>

/** A dataset that an event names. */
export interface EventDataset {
  assetId: string
  asset: AssetRef
  facets: Facets
  /** `inputFacets` or `outputFacets`: of this use of it. */
  useFacets: Facets
}

/** The job that an event tells of. */
export interface EventJob {
  namespace: string
  name: string
  facets: Facets
}

interface AnyEvent {
  /** SHA-256 of its canonical form, in hex: equal events are the same event. */
  hash: string
  eventTime: Date
  producer: string | null
  /** The JSON text that it came as. */
  body: string
  /** Who sends it, where that is somebody who may not record everywhere: what its names stand for is looked at too. */
  by?: Access
}

/** What a run has come to. */
export interface RunEvent extends AnyEvent {
  is: 'RUN'
  /** Of the run: see runIdOf. */
  id: string
  type: EventType
  runId: string
  runFacets: Facets
  job: EventJob
  inputs: readonly EventDataset[]
  outputs: readonly EventDataset[]
}

/** What a job does whenever it runs. */
export interface JobEvent extends AnyEvent {
  is: 'JOB'
  job: EventJob
  inputs: readonly EventDataset[]
  outputs: readonly EventDataset[]
}

/** What a dataset is. */
export interface DatasetEvent extends AnyEvent {
  is: 'DATASET'
  dataset: EventDataset
}

/** An OpenLineage event that has been checked (specification 2-0-2). */
export type LineageEvent = RunEvent | JobEvent | DatasetEvent

/** The datasets that an event names, each use once. */
export function datasetsOf(event: LineageEvent): readonly EventDataset[] {
  return event.is === 'DATASET' ? [event.dataset] : [...event.inputs, ...event.outputs]
}
