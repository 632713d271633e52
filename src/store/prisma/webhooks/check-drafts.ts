import type { CheckRef } from '../../../lineage/checks/check-result.js'
import type { Audience } from '../../../lineage/webhooks/audience.js'
import type { KnownAsset } from '../../../lineage/webhooks/concerns.js'
import { checkFailed, type SaidOfCheck } from '../../../lineage/webhooks/payloads.js'
import type { Webhook } from '../../../lineage/webhooks/webhook.js'
import { findCheckResults } from '../check-queries.js'
import type { Session } from '../database.js'
import { findMaterializations } from '../materialization-queries.js'
import { type Drafts, draft } from './draft.js'
import { findKnown } from './known-assets.js'

/** A check that has failed: as its run has said it, where one has; else it is looked up. */
export interface FailedCheck extends CheckRef {
  asserted?: SaidOfCheck
  transactionId: bigint
}

/** So many are read at once, for each may have large details. */
const PIECE = 50

/** A check, what it is of, and who is to be told. */
interface Told {
  check: FailedCheck
  asset: KnownAsset
  webhooks: readonly Webhook[]
}

/** Checks that have failed. Throws TooMuchAtOnce. */
export async function draftChecks(
  session: Session,
  audience: Audience,
  checks: readonly FailedCheck[],
  drafts: Drafts,
): Promise<void> {
  const known = await findKnown(
    session,
    checks.map(({ assetId }) => assetId),
  )
  const told = checks.flatMap((check): Told[] => {
    const asset = known.get(check.assetId)
    const webhooks = asset === undefined ? [] : audience.of('CHECK_FAILED', asset)
    return asset === undefined || webhooks.length === 0 ? [] : [{ check, asset, webhooks }]
  })
  for (let at = 0; at < told.length; at += PIECE) await draftTold(session, told.slice(at, at + PIECE), drafts)
}

async function draftTold(session: Session, told: readonly Told[], drafts: Drafts): Promise<void> {
  const found = await findCheckResults(
    session,
    told.map(({ check }) => check),
  )
  const made = await findMaterializations(
    session,
    found.flatMap((one) => one ?? []),
  )
  const madeOf = new Map(made.flatMap((one) => (one === null ? [] : [[one.materializationId, one]])))
  for (const [at, { check, asset, webhooks }] of told.entries()) {
    const result = found[at] ?? null
    // What was asserted of is worked out when it is read, and may not be recorded yet.
    const said = result ?? check.asserted
    if (said === undefined) continue
    const { assetId, checkId, transactionId } = check
    const payload = JSON.stringify(
      checkFailed(asset.asset, said, madeOf.get(result?.materializationId ?? '') ?? null),
    )
    for (const webhook of webhooks)
      drafts.add(draft(webhook, assetId, 'CHECK_FAILED', payload, { once: checkId, transactionId }))
  }
}
