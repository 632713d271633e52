import type { NamedAsset } from '../names/asset-names.js'
import { columnInputsOf, withColumnInputs } from '../openlineage/column-lineage.js'
import { datasetsOf, type EventDataset, type LineageEvent } from '../openlineage/event.js'
import { type FacetPlace, type Known, readFacet } from '../openlineage/facets.js'
import { known, type MergedRun } from '../openlineage/merged-run.js'
import { formerNamesOf, namedBy } from '../openlineage/same-assets.js'
import type { Access } from './access.js'
import { demand, type Named } from './demand.js'
import { namespacesOf } from './demand-recording.js'

/**
 * An event needs RECORD in the namespace of its job, of its outputs, and of all names that it says are of one asset; READ
 * in whatever other namespace it names. Throws FORBIDDEN.
 */
export function demandOfEvent(access: Access, event: LineageEvent): void {
  if (access.mayEverywhere('RECORD')) return
  const { written, read } = namedByEvent(event, access)
  if (event.is !== 'DATASET') demand(access, 'RECORD', [event.job.namespace])
  demand(access, 'RECORD', namespacesOf(written))
  demand(access, 'READ', namespacesOf(read))
  if (event.is === 'RUN') demand(access, 'READ', namespacesOfParents(event))
}

/** The namespaces that an event names, but for those of upstreams of columns. */
export function namespacesOfEvent(event: LineageEvent): string[] {
  const ofJob = event.is === 'DATASET' ? [] : [event.job.namespace]
  const assets = datasetsOf(event).flatMap((one) => [one, ...otherNamesOf(one)])
  return [...new Set([...ofJob, ...namespacesOf(assets)])]
}

/**
 * The assets that an event names. An input in a namespace in which the caller may record is written to as outputs are: what
 * its facets say of it counts. Of any other nothing does (see withoutForeignFacts).
 */
export function namedByEvent(event: LineageEvent, access: Access): Named {
  const [inputs, outputs] = event.is === 'DATASET' ? [[], [event.dataset]] : [event.inputs, event.outputs]
  const isRecorded = ({ asset }: EventDataset) => access.may('RECORD', asset.namespace)
  const stated = [...outputs, ...inputs.filter(isRecorded)]
  const ofJob = event.is === 'DATASET' ? undefined : facetOf('job', 'lineage', event.job.facets['lineage'])
  return {
    written: stated.flatMap((one) => [one, ...otherNamesOf(one)]),
    read: [
      ...inputs.filter((one) => !isRecorded(one)),
      ...stated.flatMap((one) => upstreamOf(one, event.eventTime.getTime())),
      ...(ofJob?.entries ?? []).flatMap((entry) => entry.inputs.map(namedBy)),
    ],
  }
}

/** The same of all that the events of a run have named: a run is written as a whole, by whichever of them comes. */
export function namedByRun({ inputs, outputs, job }: MergedRun, access: Access): Named {
  const all = [inputs, outputs].flatMap((datasets) => Object.entries(datasets))
  const isOnlyRead = ([assetId, { namespace }]: (typeof all)[number]) =>
    outputs[assetId] === undefined && !access.may('RECORD', namespace)
  const named = ([assetId, { namespace, key }]: (typeof all)[number]) => ({
    assetId,
    asset: { namespace, key },
  })
  const written = all.filter((one) => !isOnlyRead(one))
  return {
    written: written.flatMap((one) => [named(one), ...(one[1].formerNames ?? []).map(namedBy)]),
    read: [
      ...all.filter(isOnlyRead).map(named),
      ...written.flatMap(([, { columnInputs }]) => columnInputsOf(columnInputs)),
      ...(known('job', job).lineage?.entries ?? []).flatMap((entry) => entry.inputs.map(namedBy)),
    ],
  }
}

/** What facets say that is of one asset with this. */
export function otherNamesOf({ facets }: EventDataset): NamedAsset[] {
  const symlinks = facetOf('dataset', 'symlinks', facets['symlinks'])
  return [...(symlinks?.identifiers ?? []), ...formerNamesOf({ facets })].map(namedBy)
}

function upstreamOf({ facets }: EventDataset, at: number): NamedAsset[] {
  const lineage = facetOf('dataset', 'lineage', facets['lineage'])
  return [...(lineage?.inputs ?? []).map(namedBy), ...columnInputsOf(withColumnInputs({}, facets, at))]
}

function namespacesOfParents({ runFacets }: Extract<LineageEvent, { is: 'RUN' }>): string[] {
  const parent = facetOf('run', 'parent', runFacets['parent'])
  return [parent, parent?.root].flatMap((one) => (one === undefined ? [] : [one.job.namespace]))
}

function facetOf<Place extends FacetPlace, Name extends keyof Known<Place> & string>(
  place: Place,
  name: Name,
  facet: unknown,
): Known<Place>[Name] | undefined {
  return (readFacet(place, name, facet) ?? undefined) as Known<Place>[Name] | undefined
}
