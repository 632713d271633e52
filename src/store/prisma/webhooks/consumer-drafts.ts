import type { Edge } from '../../../lineage/entities.js'
import type { Audience } from '../../../lineage/webhooks/audience.js'
import { consumerAdded } from '../../../lineage/webhooks/payloads.js'
import type { Session } from '../database.js'
import { type Drafts, draft } from './draft.js'
import { assetIn, findKnown } from './known-assets.js'

/** Assets that something has been made from for the first time. Throws TooMuchAtOnce. */
export async function draftConsumers(
  session: Session,
  audience: Audience,
  edges: readonly (Edge & { transactionId: bigint })[],
  now: Date,
  drafts: Drafts,
): Promise<void> {
  const known = await findKnown(
    session,
    edges.flatMap(({ upstreamId, downstreamId }) => [upstreamId, downstreamId]),
  )
  for (const { upstreamId, downstreamId, transactionId } of edges) {
    const [upstream, consumer] = [known.get(upstreamId), assetIn(known, downstreamId)]
    // What is made from itself has no consumer by that.
    if (upstream === undefined || consumer === undefined || upstreamId === downstreamId) continue
    for (const webhook of audience.of('NEW_CONSUMER', upstream)) {
      const payload = JSON.stringify(consumerAdded(webhook, upstream.asset, consumer, now))
      drafts.add(draft(webhook, upstreamId, 'NEW_CONSUMER', payload, { transactionId }))
    }
  }
}
