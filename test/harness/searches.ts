import { SearchAssetsDocument, type SearchAssetsQuery } from '../../schema/operations.generated.js'
import type { TestServer } from './server.js'

/** What a search answers. */
export async function search(
  server: TestServer,
  query: string,
  args: { namespace?: string; kinds?: string[]; first?: number } = {},
): Promise<SearchAssetsQuery['searchAssets']> {
  return (await server.query(SearchAssetsDocument, { query, ...args })).searchAssets
}
