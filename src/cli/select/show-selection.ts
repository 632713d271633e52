import {
  SelectedAssetsDocument,
  type SelectedAssetsQuery,
  type SelectedAssetsQueryVariables,
} from '../../../schema/operations.generated.js'
import { Client, type ServerOptions } from '../client.js'
import { print } from '../output.js'

/** As the command line gives them. */
export interface SelectOptions extends ServerOptions {
  scope: 'all' | 'current'
  json?: true
}

type SelectedAsset = SelectedAssetsQuery['assets']['nodes'][number]

/** The most assets of one answer. */
const PAGE = 1_000

/** Asks for all that is selected, page by page, and prints it. */
export async function showSelection(
  selection: string,
  { scope, json, ...server }: SelectOptions,
): Promise<void> {
  const client = new Client(server)
  const selected: SelectedAsset[] = []
  let after: string | null = null
  do {
    const variables: SelectedAssetsQueryVariables = {
      selection,
      scope: scope === 'all' ? 'ALL' : 'CURRENT',
      first: PAGE,
      after,
    }
    const { assets }: SelectedAssetsQuery = await client.request(SelectedAssetsDocument, variables)
    if (json === true) selected.push(...assets.nodes)
    else await print(assets.nodes.map(lineOf))
    after = assets.pageInfo.hasNextPage ? assets.pageInfo.endCursor : null
  } while (after !== null)
  if (json === true) await print([JSON.stringify(selected, null, 2)])
}

function lineOf({ namespace, key }: SelectedAsset): string {
  return namespace === 'default' ? key : `${key}\t${namespace}`
}
