import type { CreateWebhookInput } from '../../schema/operations.generated.js'
import type { TestServer } from './server.js'

/** A webhook, and what it signs by. */
export interface Created {
  webhook: { id: string; status: string; url: string }
  secret: string
}

/** A delivery, as its log has it. */
export interface Logged {
  id: string
  event: string
  payload: { data: Record<string, unknown> }
  status: string
  attempts: number
  lastStatus: number | null
  lastError: string | null
  lastResponse: string | null
  nextAttemptAt: string | null
  deliveredAt: string | null
}

const CREATE =
  'mutation ($input: CreateWebhookInput!) { created: createWebhook(input: $input) { webhook { id status url } secret } }'
const UPDATE =
  'mutation ($input: UpdateWebhookInput!) { webhook: updateWebhook(input: $input) { id status url } }'
const LOG = `query ($status: WebhookDeliveryStatus) { webhooks { nodes { id status
  deliveries(first: 1000, status: $status) { nodes { id event payload status attempts lastStatus lastError
    lastResponse nextAttemptAt deliveredAt } } } } }`

export async function createWebhook(
  server: TestServer,
  url: string,
  events: string[],
  more: Partial<CreateWebhookInput> = {},
): Promise<Created> {
  const { created } = await server.query<{ created: Created }, object>(CREATE, {
    input: { url, events, ...more },
  })
  return created
}

export async function updateWebhook(
  server: TestServer,
  id: string,
  changes: object,
): Promise<Created['webhook']> {
  const { webhook } = await server.query<{ webhook: Created['webhook'] }, object>(UPDATE, {
    input: { id, ...changes },
  })
  return webhook
}

/** Newest first. */
export async function logOf(server: TestServer, webhookId: string, status?: string): Promise<Logged[]> {
  const { webhooks } = await server.query<
    { webhooks: { nodes: { id: string; deliveries: { nodes: Logged[] } }[] } },
    object
  >(LOG, { status })
  return webhooks.nodes.find(({ id }) => id === webhookId)?.deliveries.nodes ?? []
}

/** What a check said of the latest materialization of an asset, that is made for it. */
export async function check(server: TestServer, key: string, name: string, status = 'FAILED'): Promise<void> {
  const { recorded } = await server.query<{ recorded: { materializations: { id: string }[] } }, object>(
    'mutation ($input: RecordMaterializationsInput!) { recorded: recordMaterializations(input: $input) { materializations { id } } }',
    { input: { jobId: 'job', assets: [{ key }] } },
  )
  await server.query(
    'mutation ($input: RecordCheckResultsInput!) { recordCheckResults(input: $input) { id } }',
    { input: { materializationId: recorded.materializations[0]?.id, checks: [{ name, status }] } },
  )
}
