import type { Outbox, WebhookStore } from '../../webhook-store.js'
import type { Database } from '../database.js'
import { guarded } from '../faults.js'
import { retried } from '../retry.js'
import type { FindUpstream } from '../slice-reader.js'
import { countDeliveries, findDeliveries, findDelivery, replayDelivery } from './delivery-queries.js'
import { claim, findDue, findNextDue, noteFailing, settleDelivered, settleFailed } from './lane-queries.js'
import { findFigures, findWhether, sweep } from './outbox-queries.js'
import { scan } from './scan.js'
import { createWebhook, findWebhooks, pauseWebhook, removeWebhook, updateWebhook } from './webhook-queries.js'

/** The webhooks of a database. */
export function webhooksIn(database: Database): WebhookStore {
  const written = <T>(work: () => Promise<T>) => guarded(() => retried(work))
  return {
    list: () => guarded(() => findWebhooks(database)),
    create: (webhook, most) => written(() => createWebhook(database, webhook, most)),
    update: (webhookId, changes, now, expiresAt) =>
      written(() => updateWebhook(database, webhookId, changes, now, expiresAt)),
    remove: (webhookId) => written(() => removeWebhook(database, webhookId)),
    deliveries: (webhookIds, request) => guarded(() => findDeliveries(database, webhookIds, request)),
    countDeliveries: (webhookIds, status) => guarded(() => countDeliveries(database, webhookIds, status)),
    delivery: (deliveryId) => guarded(() => findDelivery(database, deliveryId)),
    replay: (deliveryId) => written(() => replayDelivery(database, deliveryId)),
  }
}

/** What webhooks of a database are to be told, on connections of its own: it takes none from those who ask. */
export function outboxIn(database: Database, findUpstream: FindUpstream): Outbox {
  return {
    webhooks: () => findWhether(database),
    scan: (now, expiresAt) => scan(database, findUpstream, now, expiresAt),
    due: () => findDue(database),
    nextDue: (webhookId) => findNextDue(database, webhookId),
    claim: (webhookId, leaseMs, retryMs) => retried(() => claim(database, webhookId, leaseMs, retryMs)),
    delivered: (claimed, attempt, keepMs) =>
      retried(() => settleDelivered(database, claimed, attempt, keepMs)),
    failed: (claimed, attempt, pauseMs, keepMs) =>
      retried(() =>
        database.transaction((session) => settleFailed(session, claimed, attempt, pauseMs, keepMs)),
      ),
    refused: (claimed, attempt, keepMs) =>
      retried(() =>
        pauseWebhook(
          database,
          claimed.webhookId,
          async (session) => (await settleFailed(session, claimed, attempt, null, keepMs)) !== null,
        ),
      ),
    noteFailing: (webhookId, isFailing) => noteFailing(database, webhookId, isFailing),
    figures: () => findFigures(database),
    sweep: (most) => sweep(database, most),
    close: () => {
      database.breakOff()
      return database.close()
    },
  }
}
