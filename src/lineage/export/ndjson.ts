import type { AssetRef } from '../asset-ref.js'
import type { ExportFormat } from './export-format.js'

const refOf = ({ namespace, key }: AssetRef): AssetRef => ({ namespace, key })

const line = (row: object): string => `${JSON.stringify(row)}\n`

/** A JSON object a line; `type` says what it is. */
export const ndjson: ExportFormat = {
  contentType: 'application/x-ndjson; charset=utf-8',
  extension: 'ndjson',
  head: '',
  node: ({ asset: { assetId: _, ...asset }, distance }) => line({ type: 'node', distance, ...asset }),
  edge: {
    by: 'asset',
    write: ({ upstream, downstream, viaCount }) =>
      line({ type: 'edge', upstream: refOf(upstream.asset), downstream: refOf(downstream.asset), viaCount }),
  },
  trailer: (trailer) => line({ type: 'trailer', ...trailer }),
}
