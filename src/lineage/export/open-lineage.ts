import type { AssetRef } from '../asset-ref.js'
import type { ExportedEdge, ExportedNode, ExportFormat } from './export-format.js'

/** What every event names. */
export interface EventSource {
  /** When the export was made, or the time that it is of. */
  eventTime: Date
  /** A URI that names this program. */
  producer: string
}

const SPEC = 'https://openlineage.io/spec'
const EVENTS = `${SPEC}/2-0-2/OpenLineage.json#/$defs`
const FACETS = `${SPEC}/facets/1-0-0`

/**
 * OpenLineage 2-0-2 (https://openlineage.io/spec/2-0-2/OpenLineage.json), an event a line. An asset that is made from
 * others is the output of a job of its name, and they are its inputs (JobEvent); any other is a DatasetEvent. These
 * come first. `headwater` holds what OpenLineage has no word for.
 */
export function openLineage({ eventTime, producer }: EventSource): ExportFormat {
  const event = (type: string) => ({
    eventTime: eventTime.toISOString(),
    producer,
    schemaURL: `${EVENTS}/${type}`,
  })
  const facet = (schemaURL: string, content: object) => ({
    _producer: producer,
    _schemaURL: schemaURL,
    ...content,
  })
  const dataset = ({ asset, otherNames, distance }: ExportedNode) => ({
    ...nameOf(asset),
    facets: {
      datasetType: facet(`${FACETS}/DatasetTypeDatasetFacet.json#/$defs/DatasetTypeDatasetFacet`, {
        datasetType: asset.kind,
      }),
      ...(asset.description === null
        ? {}
        : {
            documentation: facet(
              `${FACETS}/DocumentationDatasetFacet.json#/$defs/DocumentationDatasetFacet`,
              { description: asset.description },
            ),
          }),
      ...(otherNames.count === 0
        ? {}
        : {
            symlinks: facet(`${FACETS}/SymlinksDatasetFacet.json#/$defs/SymlinksDatasetFacet`, {
              // The specification wants a type, and nobody has told us of one.
              identifiers: otherNames.first.map((name) => ({ ...nameOf(name), type: 'TABLE' })),
            }),
          }),
      headwater: facet(`${EVENTS}/DatasetFacet`, {
        distance,
        ...(otherNames.count === otherNames.first.length ? {} : { aliasCount: otherNames.count }),
      }),
    },
  })
  const input = ({ upstream: { asset }, viaCount }: ExportedEdge) => ({
    ...nameOf(asset),
    ...(viaCount === 0
      ? {}
      : { inputFacets: { headwater: facet(`${EVENTS}/InputDatasetFacet`, { viaCount }) } }),
  })
  /** An event may have a million inputs: it is written in pieces, up to the inputs and from there on. */
  const opening = ({ asset }: ExportedNode) =>
    `${JSON.stringify({ ...event('JobEvent'), job: nameOf(asset) }).slice(0, -1)},"inputs":[`
  const closing = (downstream: ExportedNode) => `],"outputs":${JSON.stringify([dataset(downstream)])}}\n`
  return {
    contentType: 'application/x-ndjson; charset=utf-8',
    extension: 'openlineage.ndjson',
    hasOtherNames: true,
    head: '',
    node: (node) =>
      node.inputs > 0 ? '' : `${JSON.stringify({ ...event('DatasetEvent'), dataset: dataset(node) })}\n`,
    edge: {
      by: 'asset',
      write: (edge) =>
        [
          edge.isFirst ? opening(edge.downstream) : ',',
          JSON.stringify(input(edge)),
          edge.isLast ? closing(edge.downstream) : '',
        ].join(''),
    },
    trailer: (trailer) => `${JSON.stringify({ headwater: { type: 'trailer', ...trailer } })}\n`,
  }
}

const nameOf = ({ namespace, key }: AssetRef) => ({ namespace, name: key })
