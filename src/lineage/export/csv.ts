import type { ExportFormat } from './export-format.js'

/** Of all records; those that a record has not are empty. Of an edge namespace and key are those of its downstream end. */
const COLUMNS = [
  'record',
  'namespace',
  'key',
  'kind',
  'distance',
  'upstream_namespace',
  'upstream_key',
  'via_count',
  'nodes',
  'edges',
  'complete',
  'stopped_by',
  'watermark',
] as const

type Row = Partial<Record<(typeof COLUMNS)[number], string | number | boolean>>

/** One table (RFC 4180, with a header): the column `record` says what a row is. */
export const csv: ExportFormat = {
  contentType: 'text/csv; charset=utf-8; header=present',
  extension: 'csv',
  head: `${COLUMNS.join()}\r\n`,
  node: ({ asset: { namespace, key, kind }, distance }) =>
    line({ record: 'node', namespace, key, kind, distance }),
  edge: {
    by: 'asset',
    write: ({ upstream, downstream, viaCount }) =>
      line({
        record: 'edge',
        namespace: downstream.asset.namespace,
        key: downstream.asset.key,
        upstream_namespace: upstream.asset.namespace,
        upstream_key: upstream.asset.key,
        via_count: viaCount,
      }),
  },
  trailer: ({ stoppedBy, ...trailer }) =>
    line({ record: 'trailer', ...trailer, stopped_by: stoppedBy.join(' ') }),
}

function line(row: Row): string {
  return `${COLUMNS.map((column) => field(String(row[column] ?? ''))).join()}\r\n`
}

/** RFC 4180, section 2: what holds a quote, a comma or a line break is quoted, and quotes in it are doubled. */
function field(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
