import { dataset, type EventDataset, runEvent } from './lineage-events.js'
import type { TestServer } from './server.js'

/** An assertion as producers send it; what is no assertion too. */
export type SentAssertion = Record<string, unknown>

/** The facet that holds assertions. */
export const asserting = (...assertions: SentAssertion[]) => ({ dataQualityAssertions: { assertions } })

/** An input of which this is asserted, as the specification has it. */
export const asserted = (name: string, ...assertions: SentAssertion[]): EventDataset =>
  dataset(name, { inputFacets: asserting(...assertions) })

/** A run of tests, as dbt has them: it reads, asserts, and makes nothing. */
export const testRun = (runId: string, eventTime: string, ...inputs: EventDataset[]) =>
  runEvent('tests.job', runId, 'COMPLETE', eventTime, { inputs })

/** A check result as GraphQL answers it. */
export interface CheckAnswer {
  id: string
  name: string
  status: string
  severity: string
  details: Record<string, unknown> | null
  checkedAt: string
  materialization: { version: string | null; partitionKey: string | null }
}

/** A page of check results as GraphQL answers it. */
export interface ChecksAnswer {
  nodes: CheckAnswer[]
  totalCount: number
  pageInfo: { hasNextPage: boolean; endCursor: string | null }
}

/** All that is asked of a check result. */
export const CHECK_FIELDS =
  'id name status severity details checkedAt materialization { version partitionKey }'
const CHECKS = `nodes { ${CHECK_FIELDS} } totalCount pageInfo { hasNextPage endCursor }`

/** A page of the checks of a dataset. */
export async function checksOfAsset(
  server: TestServer,
  key: string,
  page: { first?: number; after?: string | null } = {},
): Promise<ChecksAnswer> {
  const { asset } = await server.query<{ asset: { checks: ChecksAnswer } }, object>(
    `query ($key: String!, $first: Int, $after: String) {
      asset(namespace: "lake", key: $key) { checks(first: $first, after: $after) { ${CHECKS} } } }`,
    { key, ...page },
  )
  return asset.checks
}

/** A page of the checks of each materialization of a dataset, by version. */
export async function checksByVersion(
  server: TestServer,
  key: string,
  page: { first?: number; after?: string | null } = {},
): Promise<Record<string, ChecksAnswer>> {
  type Made = { version: string; partitionKey: string | null; checks: ChecksAnswer }
  const { asset } = await server.query<{ asset: { materializations: { nodes: Made[] } } }, object>(
    `query ($key: String!, $first: Int, $after: String) { asset(namespace: "lake", key: $key) {
      materializations(first: 100) { nodes { version partitionKey checks(first: $first, after: $after) { ${CHECKS} } } } } }`,
    { key, ...page },
  )
  return Object.fromEntries(
    asset.materializations.nodes.map(({ version, partitionKey, checks }) => [
      partitionKey === null ? version : `${version} ${partitionKey}`,
      checks,
    ]),
  )
}
