import { setTimeout as sleep } from 'node:timers/promises'
import {
  TestWebhookDocument,
  WebhookDeliveriesDocument,
  WebhookDeliveryDocument,
  type WebhookDeliveryQuery,
} from '../../../schema/operations.generated.js'
import { Client, type ServerOptions } from '../client.js'
import { CommandError } from '../command-error.js'
import { print, tell } from '../output.js'
import { plural } from '../plural.js'
import { unknownWebhook, withWebhook } from './known.js'

/** As the command line gives them. */
export interface DeliveriesOptions extends ServerOptions {
  status?: 'pending' | 'delivered' | 'dead'
  first?: number
  json?: true
}

/** As the command line gives them. */
export interface TestOptions extends ServerOptions {
  wait?: number
}

type Delivery = NonNullable<WebhookDeliveryQuery['webhookDelivery']>

/** On one page, as the server has them. */
const MOST_DELIVERIES = 1_000

const FIRST = 100
const WAIT_SECONDS = 30
const LOOK_EVERY_MS = 250

/** Prints what a webhook was told last. */
export async function listDeliveries(
  id: string,
  { status, json, first = FIRST, ...server }: DeliveriesOptions,
): Promise<void> {
  const { webhook } = await new Client(server).request(WebhookDeliveriesDocument, {
    id,
    first,
    status: status === undefined ? null : (status.toUpperCase() as 'PENDING' | 'DELIVERED' | 'DEAD'),
  })
  if (webhook == null) throw unknownWebhook(id)
  const { nodes, pageInfo } = webhook.deliveries
  await print(json === true ? [JSON.stringify(nodes, null, 2)] : nodes.map(deliveryLine))
  if (pageInfo.hasNextPage)
    tell(`there are more, older than these ${first}: --first takes up to ${MOST_DELIVERIES}`)
}

/** Has it told that this is a test, and says what came of the first attempt. */
export async function testWebhook(
  webhookId: string,
  { wait = WAIT_SECONDS, ...server }: TestOptions,
): Promise<void> {
  // Asked once: it would be told twice.
  const asked = new Client(server, 0).request(TestWebhookDocument, { id: webhookId })
  const { id } = (await withWebhook(webhookId, server, asked)).testWebhook
  const delivery = await attempted(new Client(server), id, Date.now() + wait * 1_000)
  if (delivery === null)
    throw new CommandError(
      `no attempt to deliver ${id} has ended within ${wait} seconds: \`headwater webhook deliveries ${webhookId}\` says what comes of it`,
    )
  await print([deliveryLine(delivery)])
  if (delivery.lastResponse != null) tell(`the receiver said: ${delivery.lastResponse}`)
  if (delivery.status === 'DELIVERED') {
    tell(`delivered: answered with ${delivery.lastStatus}`)
    return
  }
  const next = delivery.nextAttemptAt == null ? 'not tried again' : `tried again at ${delivery.nextAttemptAt}`
  throw new CommandError(`not delivered: ${delivery.lastError}; ${next}`)
}

/** Null where no attempt has ended until then. */
async function attempted(client: Client, id: string, until: number): Promise<Delivery | null> {
  while (Date.now() < until) {
    const { webhookDelivery: found } = await client.request(WebhookDeliveryDocument, { id })
    if (found == null) throw new CommandError(`delivery ${id} is gone, with its webhook`)
    if (found.status !== 'PENDING' || found.lastError != null) return found
    await sleep(LOOK_EVERY_MS)
  }
  return null
}

/** One line, of columns. */
export function deliveryLine({ id, createdAt, event, status, attempts, lastError }: Delivery): string {
  return [id, createdAt, event, status, `${attempts} ${plural(attempts, 'attempt')}`, lastError ?? '']
    .join('\t')
    .trimEnd()
}
