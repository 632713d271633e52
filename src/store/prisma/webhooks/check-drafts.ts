import type { CheckRef } from '../../../lineage/checks/check-result.js'
import { concerns } from '../../../lineage/webhooks/concerns.js'
import { checkFailed, type SaidOfCheck } from '../../../lineage/webhooks/payloads.js'
import type { Webhook } from '../../../lineage/webhooks/webhook.js'
import { findCheckResults } from '../check-queries.js'
import type { Session } from '../database.js'
import { findMaterializations } from '../materialization-queries.js'
import { type Draft, draft } from './draft.js'
import { findKnown } from './known-assets.js'

/** A check that has failed: as its run has said it, where one has; else it is looked up. */
export interface FailedCheck extends CheckRef {
  asserted?: SaidOfCheck
  transactionId: bigint
}

/** Checks that have failed. */
export async function draftChecks(
  session: Session,
  webhooks: readonly Webhook[],
  checks: readonly FailedCheck[],
): Promise<Draft[]> {
  if (checks.length === 0) return []
  const assetIds = checks.map(({ assetId }) => assetId)
  const [found, known] = await Promise.all([findCheckResults(session, checks), findKnown(session, assetIds)])
  const made = await findMaterializations(
    session,
    found.flatMap((one) => one ?? []),
  )
  const madeOf = new Map(made.flatMap((one) => (one === null ? [] : [[one.materializationId, one]])))
  return checks.flatMap(({ assetId, checkId, asserted, transactionId }, at) => {
    const [asset, result] = [known.get(assetId), found[at] ?? null]
    // What was asserted of is worked out when it is read, and may not be recorded yet.
    const said = result ?? asserted
    if (asset === undefined || said === undefined) return []
    const payload = checkFailed(asset.asset, said, madeOf.get(result?.materializationId ?? '') ?? null)
    return webhooks
      .filter((webhook) => concerns(webhook, 'CHECK_FAILED', asset))
      .map((webhook) => draft(webhook, assetId, 'CHECK_FAILED', payload, { once: checkId, transactionId }))
  })
}
