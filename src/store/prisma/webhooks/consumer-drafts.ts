import type { Edge } from '../../../lineage/entities.js'
import { concerns } from '../../../lineage/webhooks/concerns.js'
import { consumerAdded } from '../../../lineage/webhooks/payloads.js'
import type { Webhook } from '../../../lineage/webhooks/webhook.js'
import type { Session } from '../database.js'
import { type Draft, draft } from './draft.js'
import { assetIn, findKnown } from './known-assets.js'

/** Assets that something has been made from for the first time. */
export async function draftConsumers(
  session: Session,
  webhooks: readonly Webhook[],
  edges: readonly (Edge & { transactionId: bigint })[],
  now: Date,
): Promise<Draft[]> {
  const known = await findKnown(
    session,
    edges.flatMap(({ upstreamId, downstreamId }) => [upstreamId, downstreamId]),
  )
  return edges.flatMap(({ upstreamId, downstreamId, transactionId }) => {
    const [upstream, consumer] = [known.get(upstreamId), assetIn(known, downstreamId)]
    // What is made from itself has no consumer by that.
    if (upstream === undefined || consumer === undefined || upstreamId === downstreamId) return []
    return webhooks
      .filter((webhook) => concerns(webhook, 'NEW_CONSUMER', upstream))
      .map((webhook) =>
        draft(webhook, upstreamId, 'NEW_CONSUMER', consumerAdded(webhook, upstream.asset, consumer, now), {
          transactionId,
        }),
      )
  })
}
