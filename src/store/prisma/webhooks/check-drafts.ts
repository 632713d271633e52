import type { CheckRef } from '../../../lineage/checks/check-result.js'
import { concerns } from '../../../lineage/webhooks/concerns.js'
import { checkFailed } from '../../../lineage/webhooks/payloads.js'
import type { Webhook } from '../../../lineage/webhooks/webhook.js'
import { findCheckResults } from '../check-queries.js'
import type { Session } from '../database.js'
import { findMaterializations } from '../materialization-queries.js'
import { type Draft, draft } from './draft.js'
import { findKnown } from './known-assets.js'

/** Checks that have failed. */
export async function draftChecks(
  session: Session,
  webhooks: readonly Webhook[],
  refs: readonly CheckRef[],
): Promise<Draft[]> {
  if (refs.length === 0) return []
  const [found, known] = await Promise.all([
    findCheckResults(session, refs),
    findKnown(
      session,
      refs.map(({ assetId }) => assetId),
    ),
  ])
  // What has been taken back meanwhile has not failed.
  const failed = found.flatMap((check) => (check?.status === 'FAILED' ? [check] : []))
  const made = await findMaterializations(session, failed)
  return failed.flatMap((check, at) => {
    const asset = known.get(check.assetId)
    if (asset === undefined) return []
    return webhooks
      .filter((webhook) => concerns(webhook, 'CHECK_FAILED', asset))
      .map((webhook) =>
        draft(
          webhook,
          check.assetId,
          'CHECK_FAILED',
          checkFailed(asset.asset, check, made[at] ?? null),
          check.checkId,
        ),
      )
  })
}
