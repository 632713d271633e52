import { WebhookDeliveryDocument, WebhookDocument } from '../../../schema/operations.generated.js'
import { Client, type ServerOptions } from '../client.js'
import { CommandError } from '../command-error.js'
import { ServerError } from '../server-error.js'

const FIELDS_OF_ID: readonly (string | undefined)[] = ['id', 'input.id']

/** That there is none which the token may administer. */
export function unknownWebhook(id: string): CommandError {
  return new CommandError(`no webhook ${id} is known: see \`headwater webhook list\``)
}

/** What is done with a webhook; throws, where it is refused because there is none of this id, what says so. */
export function withWebhook<T>(id: string, server: ServerOptions, answer: Promise<T>): Promise<T> {
  return answer.catch(async (error: unknown) => {
    if (!mayBeOfId(error)) throw error
    const { webhook } = await new Client(server).request(WebhookDocument, { id })
    throw webhook == null ? unknownWebhook(id) : error
  })
}

/** As `withWebhook`, of a delivery. */
export function withDelivery<T>(id: string, server: ServerOptions, answer: Promise<T>): Promise<T> {
  return answer.catch(async (error: unknown) => {
    if (!mayBeOfId(error)) throw error
    const { webhookDelivery } = await new Client(server).request(WebhookDeliveryDocument, { id })
    if (webhookDelivery != null) throw error
    throw new CommandError(
      `no delivery ${id} is known: see \`headwater webhook deliveries\`, of its webhook's id`,
    )
  })
}

/** Who may not administer everything is not told more. */
function mayBeOfId(error: unknown): boolean {
  if (!(error instanceof ServerError)) return false
  return error.code === 'FORBIDDEN' || (error.code === 'BAD_USER_INPUT' && FIELDS_OF_ID.includes(error.field))
}
