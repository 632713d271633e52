import { setTimeout as sleep } from 'node:timers/promises'
import {
  ReplayDeliveryDocument,
  TestWebhookDocument,
  WebhookDeliveriesDocument,
  WebhookDeliveryDocument,
  type WebhookDeliveryQuery,
} from '../../../schema/operations.generated.js'
import { Client, type ServerOptions } from '../client.js'
import { CommandError } from '../command-error.js'
import { print, tell } from '../output.js'
import { plural } from '../plural.js'

/** As the command line gives them. */
export interface DeliveriesOptions extends ServerOptions {
  status?: 'pending' | 'delivered' | 'dead'
  json?: true
}

/** As the command line gives them. */
export interface TestOptions extends ServerOptions {
  wait?: number
}

type Delivery = NonNullable<WebhookDeliveryQuery['webhookDelivery']>

const MOST = 100
const WAIT_SECONDS = 30
const LOOK_EVERY_MS = 250

/** Prints what a webhook was told last. */
export async function listDeliveries(
  id: string,
  { status, json, ...server }: DeliveriesOptions,
): Promise<void> {
  const { webhook } = await new Client(server).request(WebhookDeliveriesDocument, {
    id,
    first: MOST,
    status: status === undefined ? null : (status.toUpperCase() as 'PENDING' | 'DELIVERED' | 'DEAD'),
  })
  if (webhook == null) throw new CommandError(`no webhook ${id} is known: see \`headwater webhook list\``)
  const { nodes } = webhook.deliveries
  await print(json === true ? [JSON.stringify(nodes, null, 2)] : nodes.map(lineOf))
}

/** Has it sent again, and says so. */
export async function replayDelivery(id: string, server: ServerOptions): Promise<void> {
  const { replayDelivery: replayed } = await new Client(server).request(ReplayDeliveryDocument, { id })
  await print([lineOf(replayed)])
}

/** Has it told that this is a test, and says what came of the first attempt. */
export async function testWebhook(
  webhookId: string,
  { wait = WAIT_SECONDS, ...server }: TestOptions,
): Promise<void> {
  // Asked once: it would be told twice.
  const { testWebhook: told } = await new Client(server, 0).request(TestWebhookDocument, { id: webhookId })
  const { id } = told
  const delivery = await attempted(new Client(server), id, Date.now() + wait * 1_000)
  if (delivery === null)
    throw new CommandError(
      `no attempt to deliver ${id} has ended within ${wait} seconds: \`headwater webhook deliveries ${webhookId}\` says what comes of it`,
    )
  await print([lineOf(delivery)])
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

function lineOf({ id, createdAt, event, status, attempts, lastError }: Delivery): string {
  return [id, createdAt, event, status, `${attempts} ${plural(attempts, 'attempt')}`, lastError ?? '']
    .join('\t')
    .trimEnd()
}
