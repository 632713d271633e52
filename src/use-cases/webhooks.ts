import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import { badUserInput, HeadwaterError } from '../errors/headwater-error.js'
import type { Access } from '../lineage/access/access.js'
import { demand, demandEverywhere } from '../lineage/access/demand.js'
import {
  checkEvents,
  checkFilterSize,
  checkMinutes,
  checkNamespaces,
  checkSecret,
  checkUrl,
  WEBHOOK_BOUNDS,
} from '../lineage/webhooks/check-webhook.js'
import { newSecret } from '../lineage/webhooks/signature.js'
import type { Webhook, WebhookEvent } from '../lineage/webhooks/webhook.js'
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

/** Who asks, and where. */
export interface Asking {
  store: Store
  access: Access
  /** What is said in the audit log of what it is about. */
  about: Map<string, string>
}

/** Why nothing will ever be sent to a URL; null where something may be. */
export type RefusalOfUrl = (url: URL) => string | null

/**
 * Makes a webhook that is told of what is recorded from then on; its secret is answered with this once. Throws
 * BAD_USER_INPUT, and FORBIDDEN where the caller does not have ADMIN in all of its namespaces.
 */
export async function createWebhook(
  { store, access, about }: Asking,
  args: CreateWebhookArgs,
  refusalOfUrl: RefusalOfUrl,
): Promise<{ webhook: Webhook; secret: string }> {
  const namespaces = checkNamespaces('input.namespaces', args.namespaces ?? null)
  const secret = args.secret == null ? newSecret() : checkSecret('input.secret', args.secret)
  const webhook: Webhook = {
    webhookId: uuidv7(),
    url: sendableUrl(args.url, refusalOfUrl),
    events: checkEvents('input.events', args.events),
    namespaces,
    assets: checkFilterSize('input.assets', checkAssetFilter('input.assets', args.assets ?? {})),
    incompleteAfterMinutes: checkMinutes(
      'input.incompleteAfterMinutes',
      args.incompleteAfterMinutes ?? WEBHOOK_BOUNDS.minutes.byDefault,
    ),
    status: 'ACTIVE',
    failingSince: null,
    createdAt: new Date(),
    createdBy: access.caller,
  }
  about.set('host', new URL(webhook.url).host)
  demandToAdminister(access, namespaces)
  demandOwnNamespace(webhook)
  const { webhooks: inAll, webhooksOfCaller } = WEBHOOK_BOUNDS
  const byCaller = access.mayEverywhere('ADMIN') ? inAll : webhooksOfCaller
  const tooMany = await store.webhooks.create({ ...webhook, secret }, { inAll, byCaller })
  if (tooMany !== null) {
    const most = tooMany === 'inAll' ? `${inAll} webhooks` : `${byCaller} webhooks made by one caller`
    throw badUserInput('input', 'one more', `at most ${most}: delete one that is not needed`)
  }
  note(about, webhook)
  return { webhook, secret }
}

/** Throws BAD_USER_INPUT, and FORBIDDEN: of what is not known too, and of namespaces that are to be its. */
export async function updateWebhook(
  { store, access, about }: Asking,
  args: UpdateWebhookArgs,
  retryMs: number,
  refusalOfUrl: RefusalOfUrl,
): Promise<Webhook> {
  const changes = changesOf(args, refusalOfUrl)
  about.set('changed', Object.keys(changes).join(', '))
  const before = await administered({ store, access, about }, 'input.id', args.id)
  if (changes.namespaces !== undefined) demandToAdminister(access, changes.namespaces)
  demandOwnNamespace({ ...before, ...changes })
  const webhook = await store.webhooks.update(args.id, changes, retryMs)
  if (webhook === null) throw unknown(access, 'input.id', args.id, 'webhook')
  note(about, webhook)
  return webhook
}

function changesOf(args: UpdateWebhookArgs, refusalOfUrl: RefusalOfUrl): WebhookChanges {
  const { url, events, namespaces, assets, incompleteAfterMinutes: minutes, secret, status } = args
  return {
    ...(url == null ? {} : { url: sendableUrl(url, refusalOfUrl) }),
    ...(events == null ? {} : { events: checkEvents('input.events', events) }),
    ...(namespaces == null ? {} : { namespaces: checkNamespaces('input.namespaces', namespaces) }),
    ...(assets == null
      ? {}
      : { assets: checkFilterSize('input.assets', checkAssetFilter('input.assets', assets)) }),
    ...(minutes == null
      ? {}
      : { incompleteAfterMinutes: checkMinutes('input.incompleteAfterMinutes', minutes) }),
    ...(secret == null ? {} : { secret: checkSecret('input.secret', secret) }),
    ...(status == null ? {} : { status }),
  }
}

/** Whoever asks for assets of a namespace that the webhook is not of would never be told of anything. */
function demandOwnNamespace({ namespaces, assets }: Pick<Webhook, 'namespaces' | 'assets'>): void {
  if (assets.namespace === undefined || namespaces?.includes(assets.namespace) !== false) return
  throw badUserInput('input.assets.namespace', quoted(assets.namespace), "one of the webhook's `namespaces`")
}

/** A name may get other addresses: it is judged at each delivery. */
function sendableUrl(text: string, refusalOfUrl: RefusalOfUrl): string {
  const url = checkUrl('input.url', text)
  const refusal = refusalOfUrl(new URL(url))
  if (refusal === null) return url
  throw badUserInput('input.url', refusal, 'a host of the public internet, or one of HEADWATER_WEBHOOK_HOSTS')
}

/** Nothing is sent to it any more, and its log goes with it. Throws BAD_USER_INPUT, and FORBIDDEN: of what is not known too. */
export async function deleteWebhook(asking: Asking, webhookId: string): Promise<boolean> {
  await administered(asking, 'id', webhookId)
  return asking.store.webhooks.remove(webhookId)
}

/** Null where there is none that the caller may administer. */
export async function webhookOf(store: Store, access: Access, webhookId: string): Promise<Webhook | null> {
  const webhook = (await store.webhooks.list()).find((one) => one.webhookId === webhookId)
  return webhook !== undefined && mayAdminister(access, webhook) ? webhook : null
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

/** The webhook, which the audit log then names. Throws BAD_USER_INPUT, and FORBIDDEN: of what is not known too. */
export async function administered(
  { store, access, about }: Asking,
  field: string,
  webhookId: string,
): Promise<Webhook> {
  const webhook = await webhookOf(store, access, webhookId)
  if (webhook === null) throw unknown(access, field, webhookId, 'webhook')
  note(about, webhook)
  return webhook
}

/** Not all of its URL: who has that may tell its receiver something. */
export function note(
  about: Map<string, string>,
  { webhookId, url }: Pick<Webhook, 'webhookId' | 'url'>,
): void {
  about.set('webhook', webhookId).set('host', new URL(url).host)
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
export function unknown(access: Access, field: string, id: string, what: string): HeadwaterError {
  if (access.mayEverywhere('ADMIN')) return badUserInput(field, quoted(id), `the id of a ${what}`)
  return new HeadwaterError(
    'FORBIDDEN',
    'expected the id of one of the webhooks in all of whose namespaces this token has ADMIN, or of their deliveries',
  )
}
