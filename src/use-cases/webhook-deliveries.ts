import { z } from 'zod'
import { badUserInput } from '../errors/headwater-error.js'
import type { Access } from '../lineage/access/access.js'
import { webhookTest } from '../lineage/webhooks/payloads.js'
import type { DeliveryStatus, Webhook, WebhookDelivery } from '../lineage/webhooks/webhook.js'
import type { Loaders } from '../loaders/loaders.js'
import type { Store } from '../store/store.js'
import { cursorsOf } from './cursor.js'
import { Page, type PageArgs, parsePage } from './pages.js'
import { type Asking, administered, note, unknown, webhookOf } from './webhooks.js'

const deliveryPosition = z.object({ place: z.string().regex(/^\d{1,18}$/) })

/** What a webhook is to be told, and has been: newest first. Throws BAD_USER_INPUT. */
export async function deliveriesOf(
  loaders: Loaders,
  { webhookId }: Webhook,
  status: DeliveryStatus | null | undefined,
  args: PageArgs,
): Promise<Page<WebhookDelivery>> {
  const wanted = status ?? null
  const cursors = cursorsOf(['deliveries', webhookId, wanted], deliveryPosition)
  const { size, request } = parsePage(args, cursors)
  loaders.budget.spend(1)
  const found = await loaders.webhookDeliveries.load({
    key: webhookId,
    args: { status: wanted, page: request },
  })
  loaders.budget.spend(found.length)
  return new Page(
    found,
    size,
    request.after !== null,
    ({ place }) => cursors.encode({ place: String(place) }),
    () => loaders.webhookDeliveryCount.load({ key: webhookId, args: { status: wanted } }),
  )
}

/** Null where none is in the log of a webhook that the caller may administer. */
export async function deliveryOf(
  store: Store,
  access: Access,
  deliveryId: string,
): Promise<WebhookDelivery | null> {
  const found = isUuid(deliveryId) ? await store.webhooks.delivery(deliveryId) : null
  return found !== null && (await webhookOf(store, access, found.webhookId)) !== null ? found : null
}

/** Has it sent again, now. Throws BAD_USER_INPUT, and FORBIDDEN: of what is not known too. */
export async function replayDelivery(
  { store, access, about }: Asking,
  deliveryId: string,
): Promise<WebhookDelivery> {
  const found = isUuid(deliveryId) ? await store.webhooks.delivery(deliveryId) : null
  const webhook = found === null ? null : await webhookOf(store, access, found.webhookId)
  if (found === null || webhook === null) throw unknown(access, 'id', deliveryId, DELIVERY)
  note(about.set('delivery', deliveryId), webhook)
  demandActive(webhook)
  if (found.status === 'PENDING') {
    const next =
      found.nextAttemptAt === null ? '' : `, and tried next at ${found.nextAttemptAt.toISOString()}`
    throw badUserInput('id', `one that is PENDING already${next}`, 'a delivery that is DEAD or DELIVERED')
  }
  const replayed = await store.webhooks.replay(deliveryId)
  if (replayed === null) throw unknown(access, 'id', deliveryId, DELIVERY)
  return replayed
}

const DELIVERY = 'delivery that is in the log'

/** Has it told that somebody tries it. Throws BAD_USER_INPUT, and FORBIDDEN: of what is not known too. */
export async function testWebhook(
  asking: Asking,
  webhookId: string,
  retryMs: number,
): Promise<WebhookDelivery> {
  const { store, access } = asking
  const webhook = await administered(asking, 'id', webhookId)
  demandActive(webhook)
  const now = new Date()
  const payload = webhookTest(webhook, now)
  const told = await store.webhooks.test(webhookId, payload, now, new Date(now.getTime() + retryMs))
  if (told === null) throw unknown(access, 'id', webhookId, 'webhook')
  return told
}

/** To one that is paused nothing is sent: whoever asks for it would wait for nothing. */
function demandActive({ webhookId, status }: Webhook): void {
  if (status === 'ACTIVE') return
  throw badUserInput(
    'id',
    `one of webhook ${webhookId}, which is PAUSED`,
    'a webhook that is ACTIVE: resume it first',
  )
}

function isUuid(text: string): boolean {
  return z.uuid().safeParse(text).success
}
