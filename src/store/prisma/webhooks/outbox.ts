import type { Outbox, WebhookStore } from '../../webhook-store.js'
import type { Database } from '../database.js'
import { guarded } from '../faults.js'
import { retried } from '../retry.js'
import type { FindUpstream } from '../slice-reader.js'
import { countDeliveries, findDeliveries, findDelivery, replayDelivery } from './delivery-queries.js'
import { claim, findOverdue, findWhether, settleDelivered, settleFailed, sweep } from './outbox-queries.js'
import { Scanner } from './scan.js'
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
    replay: (deliveryId, now, expiresAt) =>
      written(() => replayDelivery(database, deliveryId, now, expiresAt)),
  }
}

/** What webhooks of a database are to be told, on connections of its own: it takes none from those who ask. */
export function outboxIn(database: Database, findUpstream: FindUpstream): Outbox {
  const scanner = new Scanner(database, findUpstream)
  return {
    webhooks: () => findWhether(database),
    scan: (now, expiresAt) => scanner.scan(now, expiresAt),
    overdue: (before, most) => findOverdue(database, before, most),
    claim: (key, now, until) => claim(database, key, now, until),
    delivered: (claimed, attempt, now, keepUntil) =>
      settleDelivered(database, claimed, attempt, now, keepUntil),
    failed: (claimed, attempt, dueAt, keepUntil) =>
      settleFailed(database, claimed, attempt, dueAt, keepUntil, new Date()),
    pause: (webhookId) => retried(() => pauseWebhook(database, webhookId)),
    sweep: (now, most) => sweep(database, now, most),
    close: () => database.close(),
  }
}
