import {
  CreateWebhookDocument,
  ReplayDeliveryDocument,
  type WebhookEvent,
  WebhooksDocument,
  type WebhooksQuery,
} from '../../../schema/operations.generated.js'
import { Client, type ServerOptions } from '../client.js'
import { CommandError } from '../command-error.js'
import { print, tell } from '../output.js'
import { plural } from '../plural.js'

/** As the command line gives them. */
export interface CreateWebhookOptions extends ServerOptions {
  event: readonly string[]
  namespace?: string[]
  keyPrefix?: string
  minutes?: number
}

/** As the command line gives them. */
export interface DeliveriesOptions extends ServerOptions {
  status?: 'pending' | 'delivered' | 'dead'
  json?: true
}

type Listed = WebhooksQuery['webhooks']['nodes'][number]
type Delivery = Listed['deliveries']['nodes'][number]

/** There are no more. */
const ALL = 100

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
  const webhooks = (await find(server)).map(({ deliveries: _, ...webhook }) => webhook)
  await print(
    json === true
      ? [JSON.stringify(webhooks, null, 2)]
      : webhooks.map(({ id, status, events, namespaces, url }) =>
          [id, status, events.join(','), namespaces.join(',') || 'all namespaces', url].join('\t'),
        ),
  )
}

/** Prints what a webhook was told last. */
export async function listDeliveries(
  webhookId: string,
  { status, json, ...server }: DeliveriesOptions,
): Promise<void> {
  const webhook = (await find(server, status)).find(({ id }) => id === webhookId)
  if (webhook === undefined)
    throw new CommandError(`no webhook ${webhookId} is known: see \`headwater webhook list\``)
  const { nodes } = webhook.deliveries
  await print(json === true ? [JSON.stringify(nodes, null, 2)] : nodes.map(lineOf))
}

/** Has it sent again, and says so. */
export async function replayDelivery(deliveryId: string, server: ServerOptions): Promise<void> {
  const { replayDelivery: replayed } = await new Client(server).request(ReplayDeliveryDocument, {
    id: deliveryId,
  })
  await print([lineOf(replayed)])
}

async function find(server: ServerOptions, status?: DeliveriesOptions['status']): Promise<Listed[]> {
  const { webhooks } = await new Client(server).request(WebhooksDocument, {
    first: ALL,
    status: status === undefined ? null : (status.toUpperCase() as 'PENDING' | 'DELIVERED' | 'DEAD'),
  })
  return webhooks.nodes
}

function lineOf({ id, createdAt, event, status, attempts, lastError }: Delivery): string {
  return [id, createdAt, event, status, `${attempts} ${plural(attempts, 'attempt')}`, lastError ?? '']
    .join('\t')
    .trimEnd()
}
