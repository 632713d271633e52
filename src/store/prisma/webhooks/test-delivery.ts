import { v7 as uuidv7 } from 'uuid'
import type { Payload } from '../../../lineage/webhooks/payloads.js'
import type { WebhookDelivery } from '../../../lineage/webhooks/webhook.js'
import type { Database } from '../database.js'
import { findDelivery } from './delivery-queries.js'
import { insertDrafts } from './draft.js'
import { holdState, takePlace } from './state.js'
import { findWebhooks } from './webhook-queries.js'

/**
 * Has a webhook told that somebody tries it, as it is told of everything, but in an order of its own: nothing waits behind
 * it. Null where there is no such webhook.
 */
export function addTest(
  database: Database,
  webhookId: string,
  payload: Payload,
  now: Date,
  expiresAt: Date,
): Promise<WebhookDelivery | null> {
  return database.transaction(async (session) => {
    await holdState(session)
    if (!(await findWebhooks(session)).some((one) => one.webhookId === webhookId)) return null
    const id = uuidv7()
    const draft = {
      id,
      webhookId,
      orderingKey: `test ${id}`,
      payload: JSON.stringify(payload),
      transactionId: null,
    }
    await insertDrafts(session, [{ ...draft, event: 'TEST' }], await takePlace(session), now, expiresAt)
    return findDelivery(session, id)
  })
}
