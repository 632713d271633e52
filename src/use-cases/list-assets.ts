import type { AssetFilter } from '../lineage/asset-filter.js'
import type { Asset, EdgeScope } from '../lineage/entities.js'
import { BOUNDS, checkCount, checkText } from '../lineage/recording/bounds.js'
import { conditionOfFilter } from '../lineage/selection/filter-condition.js'
import type { Store } from '../store/store.js'
import { cursorsOf } from './cursor.js'
import { listSelectedAssets } from './list-selected-assets.js'
import { assetPosition, Page, type PageArgs, parsePage } from './pages.js'

/** As clients give it: null means the same as absent. */
export type AssetFilterInput = { [Field in keyof AssetFilter]?: AssetFilter[Field] | null | undefined }

/** What of all assets to list: what fulfils the filter and is selected. */
export interface AssetsArgs extends PageArgs {
  filter?: AssetFilterInput | null | undefined
  selection?: string | null | undefined
  scope?: EdgeScope | null | undefined
}

/** Assets in the order (namespace, key). Throws BAD_USER_INPUT, and QUERY_TOO_COMPLEX for a selection that takes too long. */
export async function listAssets(store: Store, args: AssetsArgs, timeoutMs: number): Promise<Page<Asset>> {
  const filter = checkAssetFilter('filter', args.filter ?? {})
  const { selection } = args
  if (selection != null) return listSelectedAssets(store, filter, { ...args, selection }, timeoutMs)
  const cursors = cursorsOf(['assets', filter], assetPosition)
  const { size, request } = parsePage(args, cursors)
  const condition = conditionOfFilter(filter)
  const assets = await store.listMatching(condition, request)
  const cursorOf = ({ namespace, key }: Asset) => cursors.encode({ namespace, key })
  return new Page(assets, size, request.after !== null, cursorOf, () => store.countMatching(condition))
}

/** Throws BAD_USER_INPUT, which says where in `path` it is. */
export function checkAssetFilter(
  path: string,
  { namespace, keys, keyPrefix, kinds, search }: AssetFilterInput,
): AssetFilter {
  if (keys != null) checkCount(`${path}.keys`, keys.length, 0, 1_000)
  if (kinds != null) checkCount(`${path}.kinds`, kinds.length, 0, 1_000)
  const checked = (field: string, text: string, most: number) => checkText(`${path}.${field}`, text, most)
  return {
    ...(namespace == null ? {} : { namespace: checked('namespace', namespace, BOUNDS.namespaceCharacters) }),
    ...(keys == null
      ? {}
      : { keys: keys.map((key, at) => checked(`keys[${at}]`, key, BOUNDS.keyCharacters)) }),
    ...(keyPrefix == null ? {} : { keyPrefix: checked('keyPrefix', keyPrefix, BOUNDS.keyCharacters) }),
    ...(kinds == null
      ? {}
      : { kinds: kinds.map((kind, at) => checked(`kinds[${at}]`, kind, BOUNDS.kindCharacters)) }),
    ...(search == null ? {} : { search: checked('search', search, BOUNDS.keyCharacters) }),
  }
}
