import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { LineageGraph } from '../../../clients/typescript/src/index.js'
import { client } from './client.js'
import {
  AssetDetailsDocument,
  type AssetDetailsQuery,
  type AssetMarkFragment,
  FindAssetsDocument,
  RecentMaterializationsDocument,
} from './operations.generated.js'

/** What the page shows of an asset wherever it names one. */
export type AssetMark = AssetMarkFragment
/** All that the page of an asset shows of it. */
export type AssetDetails = NonNullable<AssetDetailsQuery['asset']>
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

/** The first nodes around an asset, and whether these are all. */
export const lineage = ({ namespace, key }: AssetName, { direction, depth }: Walk) =>
  queryOptions({
    queryKey: ['lineage', namespace, key, direction, depth],
    queryFn: (): Promise<LineageGraph> =>
      client.lineage({ root: { namespace, key }, direction, depth, limit: 500 }),
    placeholderData: keepPreviousData,
  })
