import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import {
  CreateWebhookDocument,
  DeleteWebhookDocument,
  UpdateWebhookDocument,
  type UpdateWebhookInput,
  type UpdateWebhookMutation,
  type WebhookEvent,
  WebhooksWithCountsDocument,
  type WebhooksWithCountsQuery,
} from '../../../schema/operations.generated.js'
import { Client, type ServerOptions } from '../client.js'
import { CommandError } from '../command-error.js'
import { print, tell } from '../output.js'
import { withWebhook } from './known.js'

/** As the command line gives them. */
export interface CreateWebhookOptions extends ServerOptions {
  event: readonly string[]
  namespace?: string[]
  keyPrefix?: string
  minutes?: number
}

/** As the command line gives them. */
export interface SecretOptions extends ServerOptions {
  from?: string
}

/** As the command line gives them: what is absent stays as it is. */
export interface UpdateWebhookOptions extends ServerOptions {
  to?: string
  event?: readonly string[]
  namespace?: string[]
  keyPrefix?: string
  minutes?: number
}

type Webhook = UpdateWebhookMutation['updateWebhook']
type ListedWebhook = Omit<WebhooksWithCountsQuery['webhooks']['nodes'][number], 'pending' | 'dead'> & {
  pending: number
  dead: number
}

const PAGE = 100
const SECRET_BYTES = 32

/** Makes a webhook and shows its secret. Asked once: another would be made. */
export async function createWebhook(
  url: string,
  { event, namespace, keyPrefix, minutes, ...server }: CreateWebhookOptions,
): Promise<void> {
  const { createWebhook: created } = await new Client(server, 0).request(CreateWebhookDocument, {
    input: {
      url,
      events: eventsOf(event),
      ...(namespace === undefined ? {} : { namespaces: namespace }),
      ...(keyPrefix === undefined ? {} : { assets: { keyPrefix } }),
      ...(minutes === undefined ? {} : { incompleteAfterMinutes: minutes }),
    },
  })
  tell(`webhook ${created.webhook.id} is told from now on; its secret is shown this once`)
  await print([created.secret])
}

/** Prints what is known of every webhook. */
export async function listWebhooks({ json, ...server }: ServerOptions & { json?: true }): Promise<void> {
  const webhooks = await findAll(new Client(server))
  await print(json === true ? [JSON.stringify(webhooks, null, 2)] : webhooks.map(listedLine))
  if (webhooks.length === 0) tell('no webhook that this token may administer')
}

async function findAll(client: Client): Promise<ListedWebhook[]> {
  const all: ListedWebhook[] = []
  for (let after: string | null | undefined; ; ) {
    const { webhooks } = await client.request(WebhooksWithCountsDocument, { first: PAGE, after })
    for (const { pending, dead, ...webhook } of webhooks.nodes)
      all.push({ ...webhook, pending: pending.totalCount, dead: dead.totalCount })
    if (!webhooks.pageInfo.hasNextPage) return all
    after = webhooks.pageInfo.endCursor
  }
}

/** Changes what is given of it. */
export async function updateWebhook(
  id: string,
  { to, event, namespace, keyPrefix, minutes, ...server }: UpdateWebhookOptions,
): Promise<void> {
  await change(id, server, {
    ...(to === undefined ? {} : { url: to }),
    ...(event === undefined ? {} : { events: eventsOf(event) }),
    ...(namespace === undefined ? {} : { namespaces: namespace }),
    ...(keyPrefix === undefined ? {} : { assets: keyPrefix === '' ? {} : { keyPrefix } }),
    ...(minutes === undefined ? {} : { incompleteAfterMinutes: minutes }),
  })
}

/** Pauses a webhook, or resumes it. */
export function setStatus(id: string, status: 'PAUSED' | 'ACTIVE', server: ServerOptions): Promise<void> {
  return change(id, server, { status })
}

async function change(
  id: string,
  server: ServerOptions,
  changes: Omit<UpdateWebhookInput, 'id'>,
): Promise<void> {
  const asked = new Client(server).request(UpdateWebhookDocument, { input: { id, ...changes } })
  await print([lineOf((await withWebhook(id, server, asked)).updateWebhook)])
}

/** Gives it another secret; one that is made here is shown. */
export async function setSecret(id: string, { from, ...server }: SecretOptions): Promise<void> {
  const secret =
    from === undefined ? `whsec_${randomBytes(SECRET_BYTES).toString('base64')}` : await readSecret(from)
  const asked = new Client(server).request(UpdateWebhookDocument, { input: { id, secret } })
  await withWebhook(id, server, asked)
  tell(`webhook ${id} signs by another secret from now on`)
  if (from === undefined) await print([secret])
}

/** Takes it away. */
export async function deleteWebhook(id: string, server: ServerOptions): Promise<void> {
  // Asked once: the second time it is not there.
  await withWebhook(id, server, new Client(server, 0).request(DeleteWebhookDocument, { id }))
  tell(`webhook ${id} is gone, with its log`)
}

async function readSecret(from: string): Promise<string> {
  const content = from === '-' ? text(process.stdin) : readFile(from, 'utf8')
  return (
    await content.catch((error: Error) =>
      Promise.reject(new CommandError(`cannot read ${from}: ${error.message}`)),
    )
  ).trim()
}

/** As the API has them, each once. */
function eventsOf(events: readonly string[]): WebhookEvent[] {
  return [...new Set(events)].map((one) => one.toUpperCase().replaceAll('-', '_') as WebhookEvent)
}

function listedLine(webhook: ListedWebhook): string {
  return [lineOf(webhook), `${webhook.pending} pending`, `${webhook.dead} dead`].join('\t')
}

function lineOf({ id, status, failingSince, events, namespaces, url }: Webhook): string {
  const health = failingSince === null ? status : `${status}, FAILING since ${failingSince}`
  return [id, health, events.join(','), namespaces.join(',') || 'all namespaces', url].join('\t')
}
