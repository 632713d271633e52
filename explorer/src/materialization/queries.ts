import { queryOptions } from '@tanstack/react-query'
import { client } from '../api/client.js'
import {
  LatestOfPartitionDocument,
  MaterializationDetailsDocument,
  type MaterializationDetailsQuery,
  ProvenanceOfDocument,
  type UsedInputFragment,
} from '../api/operations.generated.js'

/** All that the page of a materialization shows of it. */
export type MaterializationDetails = NonNullable<MaterializationDetailsQuery['materialization']>
/** Something that it was made from. */
export type UsedInput = UsedInputFragment

/** So far up, and so many, are shown of what a materialization was made from. */
const PROVENANCE = { depth: 20, limit: 200 }

/** A materialization; null where there is none of this id. */
export const materialization = (id: string) =>
  queryOptions({
    queryKey: ['materialization', id],
    queryFn: async ({ signal }) =>
      (await client.request(MaterializationDetailsDocument, { id }, { signal })).materialization,
  })

/** What a materialization was made from, and that from, all the way up; null where there is none of this id. */
export const provenance = (id: string) =>
  queryOptions({
    queryKey: ['provenance', id],
    queryFn: async ({ signal }) =>
      (await client.request(ProvenanceOfDocument, { id, ...PROVENANCE }, { signal })).materialization
        ?.lineage ?? null,
  })

/** The latest of what an input was one of: of its partition, where it has one. */
export const latestOf = ({ asset: { namespace, key }, materialization }: UsedInput) =>
  queryOptions({
    queryKey: ['latest', namespace, key, materialization?.partitionKey ?? null],
    queryFn: async ({ signal }) => {
      const partitionKey = materialization?.partitionKey ?? null
      const { asset } = await client.request(
        LatestOfPartitionDocument,
        { namespace, key, partitionKey },
        { signal },
      )
      return asset?.latestMaterialization ?? null
    },
    enabled: materialization !== null,
  })
