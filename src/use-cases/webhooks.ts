import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import { badUserInput, HeadwaterError } from '../errors/headwater-error.js'
import type { Access } from '../lineage/access/access.js'
import { demand, demandEverywhere } from '../lineage/access/demand.js'
import {
  checkEvents,
  checkMinutes,
  checkNamespaces,
  checkSecret,
  checkUrl,
  WEBHOOK_BOUNDS,
} from '../lineage/webhooks/check-webhook.js'
import { newSecret } from '../lineage/webhooks/signature.js'
import type { DeliveryStatus, Webhook, WebhookDelivery, WebhookEvent } from '../lineage/webhooks/webhook.js'
import type { Loaders } from '../loaders/loaders.js'
import type { Store } from '../store/store.js'
import type { WebhookChanges } from '../store/webhook-store.js'
import { quoted } from '../util/quoted.js'
import { cursorsOf } from './cursor.js'
import { type AssetFilterInput, checkAssetFilter } from './list-assets.js'
import { Page, type PageArgs, parsePage } from './pages.js'

/** As clients give it: null means the same as absent. */
export interface CreateWebhookArgs {
  url: string
  events: readonly WebhookEvent[]
  namespaces?: readonly string[] | null | undefined
  assets?: AssetFilterInput | null | undefined
  incompleteAfterMinutes?: number | null | undefined
  secret?: string | null | undefined
}

/** What is absent or null stays as it is. */
export interface UpdateWebhookArgs {
  id: string
  url?: string | null | undefined
  events?: readonly WebhookEvent[] | null | undefined
  namespaces?: readonly string[] | null | undefined
  assets?: AssetFilterInput | null | undefined
  incompleteAfterMinutes?: number | null | undefined
  secret?: string | null | undefined
  status?: Webhook['status'] | null | undefined
}

/**
 * Makes a webhook that is told of what is recorded from then on; its secret is answered with this once. Throws
 * BAD_USER_INPUT, and FORBIDDEN where the caller does not have ADMIN in all of its namespaces.
 */
export async function createWebhook(
  store: Store,
  access: Access,
  args: CreateWebhookArgs,
): Promise<{ webhook: Webhook; secret: string }> {
  const namespaces = checkNamespaces('input.namespaces', args.namespaces ?? null)
  const secret = args.secret == null ? newSecret() : checkSecret('input.secret', args.secret)
  const webhook: Webhook = {
    webhookId: uuidv7(),
    url: checkUrl('input.url', args.url),
    events: checkEvents('input.events', args.events),
    namespaces,
    assets: checkAssetFilter('input.assets', args.assets ?? {}),
    incompleteAfterMinutes: checkMinutes(
      'input.incompleteAfterMinutes',
      args.incompleteAfterMinutes ?? WEBHOOK_BOUNDS.minutes.byDefault,
    ),
    status: 'ACTIVE',
    createdAt: new Date(),
    createdBy: access.caller,
  }
  demandToAdminister(access, namespaces)
  if (!(await store.webhooks.create({ ...webhook, secret }, WEBHOOK_BOUNDS.webhooks)))
    throw badUserInput(
      'input',
      'one more',
      `at most ${WEBHOOK_BOUNDS.webhooks} webhooks: delete one that is not needed`,
    )
  return { webhook, secret }
}

/** Throws BAD_USER_INPUT, and FORBIDDEN: of what is not known too, and of namespaces that are to be its. */
export async function updateWebhook(
  store: Store,
  access: Access,
  args: UpdateWebhookArgs,
  retryMs: number,
): Promise<Webhook> {
  const changes = changesOf(args)
  await administered(store, access, 'input.id', args.id)
  if (changes.namespaces !== undefined) demandToAdminister(access, changes.namespaces)
  const now = new Date()
  const webhook = await store.webhooks.update(args.id, changes, now, new Date(now.getTime() + retryMs))
  if (webhook === null) throw unknown(access, 'input.id', args.id, 'webhook')
  return webhook
}

function changesOf(args: UpdateWebhookArgs): WebhookChanges {
  const { url, events, namespaces, assets, incompleteAfterMinutes: minutes, secret, status } = args
  return {
    ...(url == null ? {} : { url: checkUrl('input.url', url) }),
    ...(events == null ? {} : { events: checkEvents('input.events', events) }),
    ...(namespaces == null ? {} : { namespaces: checkNamespaces('input.namespaces', namespaces) }),
    ...(assets == null ? {} : { assets: checkAssetFilter('input.assets', assets) }),
    ...(minutes == null
      ? {}
      : { incompleteAfterMinutes: checkMinutes('input.incompleteAfterMinutes', minutes) }),
    ...(secret == null ? {} : { secret: checkSecret('input.secret', secret) }),
    ...(status == null ? {} : { status }),
  }
}

/** Nothing is sent to it any more, and its log goes with it. Throws BAD_USER_INPUT, and FORBIDDEN: of what is not known too. */
export async function deleteWebhook(store: Store, access: Access, webhookId: string): Promise<boolean> {
  await administered(store, access, 'id', webhookId)
  return store.webhooks.remove(webhookId)
}

/** Those that the caller may administer, newest first. Throws BAD_USER_INPUT. */
export async function listWebhooks(store: Store, access: Access, args: PageArgs): Promise<Page<Webhook>> {
  const cursors = cursorsOf(['webhooks'], z.object({ webhookId: z.uuid() }))
  const { size, request } = parsePage(args, cursors)
  const after = request.after?.webhookId
  const shown = (await store.webhooks.list()).filter((webhook) => mayAdminister(access, webhook))
  const behind = after === undefined ? shown : shown.filter(({ webhookId }) => webhookId < after)
  const cursorOf = ({ webhookId }: Webhook) => cursors.encode({ webhookId })
  return new Page(
    behind.slice(0, request.count),
    size,
    after !== undefined,
    cursorOf,
    async () => shown.length,
  )
}

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

/** Has it sent again, now. Throws BAD_USER_INPUT, and FORBIDDEN: of what is not known too. */
export async function replayDelivery(
  store: Store,
  access: Access,
  deliveryId: string,
  retryMs: number,
): Promise<WebhookDelivery> {
  const found = isUuid(deliveryId) ? await store.webhooks.delivery(deliveryId) : null
  const webhook = (await store.webhooks.list()).find((one) => one.webhookId === found?.webhookId)
  const now = new Date()
  const replayed =
    webhook !== undefined && mayAdminister(access, webhook)
      ? await store.webhooks.replay(deliveryId, now, new Date(now.getTime() + retryMs))
      : null
  if (replayed === null) throw unknown(access, 'id', deliveryId, 'delivery that is in the log')
  return replayed
}

async function administered(
  store: Store,
  access: Access,
  field: string,
  webhookId: string,
): Promise<Webhook> {
  const webhook = (await store.webhooks.list()).find((one) => one.webhookId === webhookId)
  if (webhook === undefined || !mayAdminister(access, webhook))
    throw unknown(access, field, webhookId, 'webhook')
  return webhook
}

function mayAdminister(access: Access, { namespaces }: Webhook): boolean {
  if (namespaces === null) return access.mayEverywhere('ADMIN')
  return namespaces.every((namespace) => access.may('ADMIN', namespace))
}

function demandToAdminister(access: Access, namespaces: readonly string[] | null): void {
  if (namespaces === null) demandEverywhere(access, 'ADMIN')
  else demand(access, 'ADMIN', namespaces)
}

/** Who may not administer everything is not told whether it is there. */
function unknown(access: Access, field: string, id: string, what: string): HeadwaterError {
  if (access.mayEverywhere('ADMIN')) return badUserInput(field, quoted(id), `the id of a ${what}`)
  return new HeadwaterError(
    'FORBIDDEN',
    'expected the id of one of the webhooks in all of whose namespaces this token has ADMIN, or of their deliveries',
  )
}

function isUuid(text: string): boolean {
  return z.uuid().safeParse(text).success
}
