import type { AssetSearch } from './search.js'

/** Where the server writes the walk of an address to its end, whatever its size. */
export function exportLink(
  { namespace, key, direction, depth, asOf, since }: AssetSearch,
  format: 'csv' | 'mermaid' | 'ndjson',
): string {
  const parameters = new URLSearchParams({
    key,
    namespace,
    direction: direction.toLowerCase(),
    depth: String(depth),
    format,
  })
  if (asOf !== undefined) parameters.set('asOf', asOf)
  if (since !== undefined) parameters.set('scope', 'current')
  return `/export/lineage?${parameters}`
}
