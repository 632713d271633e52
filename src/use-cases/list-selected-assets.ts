import type { AssetFilter } from '../lineage/asset-filter.js'
import type { Asset, EdgeScope } from '../lineage/entities.js'
import { aroundName } from '../lineage/selection/by-name.js'
import { conditionOfFilter } from '../lineage/selection/filter-condition.js'
import { parseSelection } from '../lineage/selection/parse-selection.js'
import { isCondition, type Selection } from '../lineage/selection/selection.js'
import type { AssetName } from '../lineage/walk/graph-reader.js'
import type { PageRequest, Store } from '../store/store.js'
import { cursorsOf } from './cursor.js'
import { assetPosition, Page, type PageArgs, parsePage } from './pages.js'
import { select } from './select.js'

/** Which assets to select, as clients say it. */
export interface SelectionArgs extends PageArgs {
  selection: string
  scope?: EdgeScope | null | undefined
}

/** Assets that are selected and fulfil a filter, in the order (namespace, key). Throws BAD_USER_INPUT, QUERY_TOO_COMPLEX. */
export async function listSelectedAssets(
  store: Store,
  filter: AssetFilter,
  args: SelectionArgs,
  timeoutMs: number,
): Promise<Page<Asset>> {
  const selection: Selection = {
    is: 'and',
    of: [parseSelection('selection', args.selection), conditionOfFilter(filter)],
  }
  const scope = args.scope ?? 'ALL'
  const cursors = cursorsOf(['assets', filter, args.selection, scope], assetPosition)
  const { size, request } = parsePage(args, cursors)
  const { assets, count } = isCondition(selection)
    ? {
        assets: await store.listMatching(selection, request),
        count: () => store.countMatching(selection),
      }
    : await page(store, selection, scope, request, timeoutMs)
  const cursorOf = ({ namespace, key }: Asset) => cursors.encode({ namespace, key })
  return new Page(assets, size, request.after !== null, cursorOf, count)
}

function page(
  store: Store,
  selection: Selection,
  scope: EdgeScope,
  { after, count }: PageRequest<AssetName>,
  timeoutMs: number,
) {
  return select(store, { selection, scope, timeoutMs }, async ({ graph, nodes, pace }) => {
    const { behind } = await aroundName(graph, nodes, after, count, pace)
    const rows = await graph.assets(behind)
    return { assets: rows.flatMap((row) => row ?? []), count: async () => nodes.length }
  })
}
