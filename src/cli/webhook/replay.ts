import {
  DeadDeliveriesDocument,
  ReplayDeliveryDocument,
  type ReplayDeliveryMutation,
  WebhookDeliveryDocument,
} from '../../../schema/operations.generated.js'
import { Client, type ServerOptions } from '../client.js'
import { CommandError } from '../command-error.js'
import { print, tell } from '../output.js'
import { ServerError } from '../server-error.js'
import { deliveryLine } from './deliveries.js'
import { unknownWebhook, withDelivery } from './known.js'

type Replayed = ReplayDeliveryMutation['replayDelivery']

const PAGE = 100

/** Has it sent again, and says so. */
export async function replayDelivery(id: string, server: ServerOptions): Promise<void> {
  await print([deliveryLine(await withDelivery(id, server, replay(new Client(server), id)))])
}

/** Has all that is dead of a webhook sent again, the oldest first: what is told in an order keeps it. */
export async function replayDead(webhookId: string, server: ServerOptions): Promise<void> {
  const client = new Client(server)
  const dead = await findDead(client, webhookId)
  let count = 0
  for (const id of dead.reverse()) {
    const replayed = await replayIfDead(client, id).catch((error: unknown) => {
      if (error instanceof CommandError && count > 0)
        tell(`${deliveries(count)} of ${dead.length} sent again`)
      throw error
    })
    if (replayed === null) continue
    count++
    await print([deliveryLine(replayed)])
  }
  tell(count === 0 ? 'nothing that is dead' : `${deliveries(count)} sent again`)
}

/** The newest first, whatever their number. */
async function findDead(client: Client, id: string): Promise<string[]> {
  const all: string[] = []
  for (let after: string | null | undefined; ; ) {
    const { webhook } = await client.request(DeadDeliveriesDocument, { id, first: PAGE, after })
    if (webhook == null) throw unknownWebhook(id)
    const { nodes, pageInfo } = webhook.deliveries
    all.push(...nodes.map((delivery) => delivery.id))
    if (!pageInfo.hasNextPage) return all
    after = pageInfo.endCursor
  }
}

/** Null for what is no longer in the log. What is on its way already, by whomever, is as it should be. */
async function replayIfDead(client: Client, id: string): Promise<Replayed | null> {
  try {
    return await replay(client, id)
  } catch (error) {
    if (!(error instanceof ServerError)) throw error
    const { webhookDelivery: found } = await client.request(WebhookDeliveryDocument, { id })
    if (found?.status === 'DEAD') throw error
    return found ?? null
  }
}

async function replay(client: Client, id: string): Promise<Replayed> {
  const { replayDelivery: replayed } = await client.request(ReplayDeliveryDocument, { id })
  return replayed
}

const deliveries = (count: number) => (count === 1 ? '1 delivery is' : `${count} deliveries are`)
