import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { latestWatermark, noteWatermark } from '../live/watermark.js'
import { client } from './client.js'
import {
  AssetDetailsDocument,
  type AssetDetailsQuery,
  type AssetMarkFragment,
  CompareGraphDocument,
  CountGraphDocument,
  FindAssetsDocument,
  RecentMaterializationsDocument,
  ShortestPathDocument,
  WalkGraphDocument,
  type WalkGraphQuery,
  type WalkGraphQueryVariables,
} from './operations.generated.js'

/** What the page shows of an asset wherever it names one. */
export type AssetMark = AssetMarkFragment
/** All that the page of an asset shows of it. */
export type AssetDetails = NonNullable<AssetDetailsQuery['asset']>
/** One answer of a walk. */
export type WalkAnswer = WalkGraphQuery['lineage']
/** What names an asset. */
export type AssetName = { namespace: string; key: string }
/** Which part of its lineage is shown. */
export type Walk = { direction: 'UPSTREAM' | 'DOWNSTREAM' | 'BOTH'; depth: number }

/** The newest materializations of all assets. */
export const recent = queryOptions({
  queryKey: ['recent'],
  queryFn: async ({ signal }) =>
    (await client.request(RecentMaterializationsDocument, {}, { signal })).materializations.nodes,
})

/** The assets that a few words find, best first. */
export const found = (query: string) =>
  queryOptions({
    queryKey: ['found', query],
    queryFn: async ({ signal }) =>
      (await client.request(FindAssetsDocument, { query }, { signal })).searchAssets,
    enabled: query !== '',
    placeholderData: keepPreviousData,
  })

/** An asset; null where there is none of this name. */
export const details = ({ namespace, key }: AssetName) =>
  queryOptions({
    queryKey: ['details', namespace, key],
    queryFn: async ({ signal }) =>
      (await client.request(AssetDetailsDocument, { namespace, key }, { signal })).asset,
  })

/** Which part of a lineage is shown, and when: `at` null for now. */
export interface WalkOf extends Walk {
  limit: number
  asOf: string | null
  /** Only what was so by then; without it all that ever was. */
  isCurrentOnly: boolean
}

/** As many as the server answers with at once. */
const LARGEST_PAGE = 10_000

/** The answers that a walk of at most so many nodes consists of. */
export const walk = ({ namespace, key }: AssetName, of: WalkOf) =>
  queryOptions({
    queryKey: ['walk', namespace, key, of],
    queryFn: async ({ signal }): Promise<WalkAnswer[]> => {
      const answers: WalkAnswer[] = []
      for (let left = of.limit, after: string | null = null; left > 0; ) {
        const variables: WalkGraphQueryVariables = {
          ...variablesOf({ namespace, key }, of),
          limit: Math.min(left, LARGEST_PAGE),
          after,
          atLeast: answers.at(-1)?.watermark ?? latestWatermark(),
        }
        const { lineage } = await client.request(WalkGraphDocument, variables, { signal })
        answers.push(lineage)
        // What comes behind it is to be told, wherever nothing has been yet.
        if (latestWatermark() === null) noteWatermark(lineage.watermark)
        left -= lineage.nodes.length
        after = lineage.completeness.nextCursor
        if (after === null || lineage.nodes.length === 0) break
      }
      return answers
    },
    placeholderData: keepPreviousData,
  })

/** What a walk is asked with. */
const variablesOf = (root: AssetName, { direction, depth, asOf, isCurrentOnly }: WalkOf) => ({
  root: { namespace: root.namespace, key: root.key },
  direction,
  depth,
  asOf,
  scope: isCurrentOnly ? ('CURRENT' as const) : null,
})

/** How many nodes a walk would come to without a limit. */
export const count = (root: AssetName, of: WalkOf) =>
  queryOptions({
    queryKey: ['count', root.namespace, root.key, { ...of, limit: 0 }],
    queryFn: async ({ signal }) =>
      (await client.request(CountGraphDocument, variablesOf(root, of), { signal })).lineageSummary.nodeCount,
  })

/** What has come and gone between two times. */
export const comparison = (root: AssetName, { direction, depth }: Walk, from: string, to: string) =>
  queryOptions({
    queryKey: ['comparison', root.namespace, root.key, direction, depth, from, to],
    queryFn: async ({ signal }) =>
      (await client.request(CompareGraphDocument, { root, direction, depth, from, to }, { signal }))
        .lineageDiff,
  })

/** The shortest path between two assets, whichever of them is upstream; null where there is none. */
export const shortestPath = (one: AssetName, other: AssetName, asOf: string | null) =>
  queryOptions({
    queryKey: ['path', one, other, asOf],
    queryFn: async ({ signal }) => {
      for (const [from, to] of [
        [one, other],
        [other, one],
      ] as const) {
        const { lineagePaths } = await client.request(ShortestPathDocument, { from, to, asOf }, { signal })
        const [path] = lineagePaths.paths
        if (path !== undefined) return path.assets
      }
      return null
    },
  })
