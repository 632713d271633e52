import { badUserInput } from '../errors/headwater-error.js'
import type { Asset } from '../lineage/entities.js'
import type { OtherNames } from '../lineage/names/asset-names.js'
import { BOUNDS, checkCount, checkName, checkText } from '../lineage/recording/bounds.js'
import { placesOf, type SearchPlace } from '../lineage/search/matches.js'
import type { SearchRank, Store } from '../store/store.js'
import { compareCodePoints } from '../util/code-points.js'
import { DEFAULT_PAGE_SIZE, LARGEST_PAGE } from './pages.js'

const MOST_QUERY_CHARACTERS = 256
const MOST_KINDS = 1_000

/** How good each rank is. */
const SCORES: Record<SearchRank, number> = {
  KEY: 1,
  KEY_BEGINNING: 0.9,
  PARTS: 0.8,
  PART_BEGINNINGS: 0.7,
  WITHIN_KEY: 0.6,
  ANYWHERE: 0.4,
  NEAR: 0.2,
}

/** What somebody looks for, as clients give it. */
export interface SearchArgs {
  query: string
  namespace?: string | null | undefined
  kinds?: readonly string[] | null | undefined
  first?: number | null | undefined
}

/** An asset that was found. */
export interface AssetSearchHit {
  asset: Asset
  score: number
  matchedIn: SearchPlace[]
}

/** The best hits, and whether there are others. */
export interface AssetSearch {
  hits: AssetSearchHit[]
  complete: boolean
}

/** Finds assets by what they are called and what is said of them, best first. Throws BAD_USER_INPUT. */
export async function searchAssets(store: Store, args: SearchArgs): Promise<AssetSearch> {
  const { query, namespace, kinds, first } = args
  checkText('query', query, MOST_QUERY_CHARACTERS)
  const count = first ?? DEFAULT_PAGE_SIZE
  if (count < 1 || count > LARGEST_PAGE) throw badUserInput('first', String(count), `1 to ${LARGEST_PAGE}`)
  if (kinds != null) checkCount('kinds', kinds.length, 0, MOST_KINDS)
  const { found, words, isWhole } = await store.searchAssets({
    query,
    namespace: namespace == null ? null : checkName('namespace', namespace, BOUNDS.namespaceCharacters),
    kinds: kinds?.map((kind, at) => checkText(`kinds[${at}]`, kind, BOUNDS.kindCharacters)) ?? null,
    // One more says whether there are others.
    count: count + 1,
  })
  const shown = found.slice(0, count)
  const ids = shown.map(({ assetId }) => assetId)
  const [assets, otherNames] = ids.length === 0 ? [[], []] : await rowsOf(store, ids)
  const hits = shown.flatMap(({ rank }, at) => {
    const asset = assets[at] ?? null
    // What it was found by may have been said otherwise meanwhile.
    const matchedIn = asset && placesOf(asset, otherNames[at]?.first ?? [], query, words)
    return asset === null || matchedIn === null ? [] : [{ asset, score: SCORES[rank], matchedIn }]
  })
  return { hits: hits.sort(byScoreAndName), complete: isWhole && found.length <= count }
}

/** Assets with their other names, of one time: what has come to be of another asset in between is asked again. */
async function rowsOf(store: Store, ids: readonly string[]): Promise<[(Asset | null)[], OtherNames[]]> {
  const [assets, otherNames] = await Promise.all([store.assets(ids), store.otherNames(ids)])
  const hasMoved = assets.some((asset, at) => asset !== null && asset.assetId !== ids[at])
  return [assets, hasMoved ? await store.otherNames(ids) : otherNames]
}

function byScoreAndName(left: AssetSearchHit, right: AssetSearchHit): number {
  return (
    right.score - left.score ||
    compareCodePoints(left.asset.namespace, right.asset.namespace) ||
    compareCodePoints(left.asset.key, right.asset.key)
  )
}
