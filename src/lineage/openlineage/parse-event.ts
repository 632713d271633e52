import { createHash } from 'node:crypto'
import { badUserInput } from '../../errors/headwater-error.js'
import { canonicalJson } from '../../util/canonical-json.js'
import { assetIdOf } from '../asset-ref.js'
import { BOUNDS, checkCount, checkInstant, checkName } from '../recording/bounds.js'
import { checkAssertions } from './assertions.js'
import { checkDeclared } from './check-declared.js'
import {
  type DatasetEvent,
  EVENT_TYPES,
  type EventDataset,
  type EventJob,
  type EventType,
  type Facets,
  type JobEvent,
  type LineageEvent,
} from './event.js'
import { runIdOf } from './run-id.js'

/** Bounds of one event; of what it names those of a recording hold. */
export const EVENT_BOUNDS = {
  /** Spark describes its plans as trees. */
  levels: 1_000,
  /** Of inputs, and of outputs. */
  datasets: 10_000,
  runIdCharacters: 512,
} as const

/**
 * Checks an event, leniently: what is not needed may be absent or null, run ids need not be UUIDs, times need no zone
 * (UTC counts then), unknown members and facets pass. What kind of event it is shows by what it has: a `dataset`; a
 * `run` or an `eventType`; else a `job`. Throws BAD_USER_INPUT with the JSON path of what is wrong, from `path` on.
 */
export function parseEvent(event: unknown, body: string, path = '$'): LineageEvent {
  const members = objectAt(event, path)
  checkLevels(members, path)
  const common = {
    hash: createHash('sha256').update(canonicalJson(members)).digest('hex'),
    eventTime: timeAt(members['eventTime'], `${path}.eventTime`),
    producer: typeof members['producer'] === 'string' ? members['producer'] : null,
    body,
  }
  if (members['dataset'] != null) {
    const dataset = datasetAt(members['dataset'], `${path}.dataset`, null)
    return declaring({ ...common, is: 'DATASET', dataset }, path)
  }
  const job = jobAt(members['job'], `${path}.job`)
  const inputs = datasetsAt(members['inputs'], `${path}.inputs`, 'inputFacets')
  const outputs = datasetsAt(members['outputs'], `${path}.outputs`, 'outputFacets')
  if (members['run'] == null && members['eventType'] == null) {
    return declaring({ ...common, is: 'JOB', job, inputs, outputs }, path)
  }
  checkAssertions(inputs, `${path}.inputs`, 'inputFacets')
  checkAssertions(outputs, `${path}.outputs`, 'outputFacets')
  const run = objectAt(members['run'], `${path}.run`)
  const runId = nameAt(run['runId'], `${path}.run.runId`, EVENT_BOUNDS.runIdCharacters)
  return {
    ...common,
    is: 'RUN',
    type: typeAt(members['eventType'], `${path}.eventType`),
    id: runIdOf({ jobNamespace: job.namespace, jobName: job.name, runId }),
    runId,
    runFacets: facetsAt(run['facets'], `${path}.run.facets`),
    job,
    inputs,
    outputs,
  }
}

function declaring<Event extends JobEvent | DatasetEvent>(event: Event, path: string): Event {
  checkDeclared(event, path)
  return event
}

/** An instant as producers write them: ISO 8601, to whatever fraction of a second, with a zone or in UTC. */
const INSTANT =
  /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d+))?(Z|[+-]\d{2}:?\d{2})?(?:\[[^\]]*\])?$/i

/** Null where a text is no instant of the years 1 to 9999, which PostgreSQL keeps as they are written. */
export function parseInstant(text: string): Date | null {
  const [, day, time, fraction = '', zone = 'Z'] = INSTANT.exec(text) ?? []
  if (day === undefined || time === undefined || !isDay(day)) return null
  const offset = zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase()
  const instant = new Date(
    `${day}T${time}${time.length === 5 ? ':00' : ''}.${`${fraction}000`.slice(0, 3)}${offset}`,
  )
  const year = instant.getUTCFullYear()
  return year >= 1 && year <= 9999 ? instant : null
}

/** Date takes the 30th of February for the 2nd of March. */
function isDay(day: string): boolean {
  const midnight = new Date(`${day}T00:00:00Z`)
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day)
}

function timeAt(value: unknown, path: string): Date {
  const instant = typeof value === 'string' ? parseInstant(value) : null
  if (instant === null) throw badUserInput(path, nameOf(value), 'a time as ISO 8601 has it')
  return checkInstant(path, instant)
}

function typeAt(value: unknown, path: string): EventType {
  if (value == null) return 'OTHER'
  if (typeof value !== 'string') throw badUserInput(path, nameOf(value), EVENT_TYPES.join(', '))
  return EVENT_TYPES.find((type) => type === value.toUpperCase()) ?? 'OTHER'
}

function jobAt(value: unknown, path: string): EventJob {
  const job = objectAt(value, path)
  return {
    namespace: nameAt(job['namespace'], `${path}.namespace`, BOUNDS.namespaceCharacters),
    name: nameAt(job['name'], `${path}.name`, BOUNDS.keyCharacters),
    facets: facetsAt(job['facets'], `${path}.facets`),
  }
}

function datasetsAt(value: unknown, path: string, useFacets: 'inputFacets' | 'outputFacets'): EventDataset[] {
  if (value == null) return []
  if (!Array.isArray(value)) throw badUserInput(path, nameOf(value), 'a list of datasets')
  checkCount(path, value.length, 0, EVENT_BOUNDS.datasets)
  return value.map((dataset, at) => datasetAt(dataset, `${path}[${at}]`, useFacets))
}

function datasetAt(
  value: unknown,
  path: string,
  useFacets: 'inputFacets' | 'outputFacets' | null,
): EventDataset {
  const dataset = objectAt(value, path)
  const asset = {
    namespace: nameAt(dataset['namespace'], `${path}.namespace`, BOUNDS.namespaceCharacters),
    key: nameAt(dataset['name'], `${path}.name`, BOUNDS.keyCharacters),
  }
  return {
    assetId: assetIdOf(asset),
    asset,
    facets: facetsAt(dataset['facets'], `${path}.facets`),
    useFacets: useFacets === null ? {} : facetsAt(dataset[useFacets], `${path}.${useFacets}`),
  }
}

function nameAt(value: unknown, path: string, most: number): string {
  if (typeof value !== 'string') throw badUserInput(path, nameOf(value), 'a string')
  return checkName(path, value, most)
}

function facetsAt(value: unknown, path: string): Facets {
  return value == null ? {} : objectAt(value, path)
}

function objectAt(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw badUserInput(path, nameOf(value), 'an object')
  }
  return value as Record<string, unknown>
}

/** What came, in a word or two. */
function nameOf(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  return JSON.stringify(value).slice(0, 100)
}

function checkLevels(value: unknown, path: string): void {
  if (isDeeper(value, EVENT_BOUNDS.levels))
    throw badUserInput(path, 'more', `at most ${EVENT_BOUNDS.levels} levels of nesting`)
}

/** Whether something is nested below so many levels. */
function isDeeper(value: unknown, levels: number): boolean {
  if (levels < 0) return true
  if (typeof value !== 'object' || value === null) return false
  return Object.values(value).some((member) => isDeeper(member, levels - 1))
}
