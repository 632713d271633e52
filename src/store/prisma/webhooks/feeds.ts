import type { CheckResult } from '../../../lineage/checks/check-result.js'
import type { Edge } from '../../../lineage/entities.js'
import { feedOf, RECORDED } from '../recorded-feed.js'
import { unprepared } from '../statement.js'

/** A check result that was recorded. */
interface CheckWritten {
  assetId: string
  checkId: string
  status: string
}

/** What a run has asserted: the checks that failed. */
interface AssertionsWritten {
  assetId: string
  id: string
  checkedAt: Date
  failed: readonly Pick<CheckResult, 'checkId' | 'name' | 'severity' | 'details'>[]
}

const planned = (_what: string, text: string) => unprepared(text)

const CHECKS = feedOf<CheckWritten>(
  planned,
  'check_result',
  'm.asset_id AS "assetId", m.id AS "checkId", m.status',
  ['m.id', 'm.asset_id'],
  ({ assetId, checkId }) => ({ assetId, materializationId: checkId }),
)

const ASSERTIONS = feedOf<AssertionsWritten>(
  planned,
  'run_assertions',
  `m.asset_id AS "assetId", m.id, m.checked_at AS "checkedAt", ARRAY(
     SELECT json_build_object('checkId', r.id, 'name', r.name, 'severity', r.severity, 'details', r.details)
     FROM jsonb_to_recordset(m.results) AS r(id uuid, name text, status text, severity text, details jsonb)
     WHERE r.status = 'FAILED') AS failed`,
  ['m.id', 'm.asset_id'],
  ({ assetId, id }) => ({ assetId, materializationId: id }),
)

const EDGES = feedOf<Edge>(
  planned,
  'lineage_edge',
  'm.upstream_id AS "upstreamId", m.downstream_id AS "downstreamId"',
  ['m.upstream_id', 'm.downstream_id'],
  ({ upstreamId, downstreamId }) => ({ assetId: downstreamId, materializationId: upstreamId }),
)

/** All that webhooks can be told of comes by one of these. */
export const FEEDS = { recorded: RECORDED, checks: CHECKS, assertions: ASSERTIONS, edges: EDGES } as const
/** One of them. */
export type FeedName = keyof typeof FEEDS
