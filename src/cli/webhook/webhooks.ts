import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import {
  CreateWebhookDocument,
  DeleteWebhookDocument,
  UpdateWebhookDocument,
  type WebhookEvent,
  WebhooksDocument,
  type WebhooksQuery,
} from '../../../schema/operations.generated.js'
import { Client, type ServerOptions } from '../client.js'
import { CommandError } from '../command-error.js'
import { print, tell } from '../output.js'

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

type Webhook = WebhooksQuery['webhooks']['nodes'][number]

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
      events: [...new Set(event)].map((one) => one.toUpperCase().replaceAll('-', '_') as WebhookEvent),
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
  await print(json === true ? [JSON.stringify(webhooks, null, 2)] : webhooks.map(lineOf))
}

async function findAll(client: Client): Promise<Webhook[]> {
  const all: Webhook[] = []
  for (let after: string | null | undefined; ; ) {
    const { webhooks } = await client.request(WebhooksDocument, { first: PAGE, after })
    all.push(...webhooks.nodes)
    if (!webhooks.pageInfo.hasNextPage) return all
    after = webhooks.pageInfo.endCursor
  }
}

/** Pauses a webhook, or resumes it. */
export async function setStatus(
  id: string,
  status: 'PAUSED' | 'ACTIVE',
  server: ServerOptions,
): Promise<void> {
  const { updateWebhook } = await new Client(server).request(UpdateWebhookDocument, { input: { id, status } })
  await print([lineOf(updateWebhook)])
}

/** Gives it another secret; one that is made here is shown. */
export async function setSecret(id: string, { from, ...server }: SecretOptions): Promise<void> {
  const secret =
    from === undefined ? `whsec_${randomBytes(SECRET_BYTES).toString('base64')}` : await readSecret(from)
  await new Client(server).request(UpdateWebhookDocument, { input: { id, secret } })
  tell(`webhook ${id} signs by another secret from now on`)
  if (from === undefined) await print([secret])
}

/** Takes it away. */
export async function deleteWebhook(id: string, server: ServerOptions): Promise<void> {
  // Asked once: the second time it is not there.
  await new Client(server, 0).request(DeleteWebhookDocument, { id })
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

function lineOf({ id, status, events, namespaces, url }: Webhook): string {
  return [id, status, events.join(','), namespaces.join(',') || 'all namespaces', url].join('\t')
}
