import { randomUUID } from 'node:crypto'
import type { RecordMaterializationsInput } from '../../schema/operations.generated.js'
import type { Answer, TestServer } from './server.js'

/** A recording, whose job does not matter unless it is given. */
export type Run = Omit<RecordMaterializationsInput, 'jobId'> & { jobId?: string }

/** What a recording answered. */
export interface Payload {
  materializations: MaterializationAnswer[]
  duplicate: boolean
  watermark: string
}

/** A materialization as GraphQL answers it. */
export interface MaterializationAnswer {
  id: string
  version: string | null
  jobId: string
  partitionKey: string | null
  materializedAt: string
}

/** An input as GraphQL answers it. */
export interface InputAnswer {
  asset: { key: string }
  version: string | null
  partitionKey: string | null
  resolution: string
  materialization: MaterializationAnswer | null
}

const MATERIALIZATION_FIELDS = 'id version jobId partitionKey materializedAt'

const PAYLOAD = `{ materializations { ${MATERIALIZATION_FIELDS} } duplicate watermark }`
const RECORD = `mutation ($input: RecordMaterializationsInput!) { payload: recordMaterializations(input: $input) ${PAYLOAD} }`
const RECORD_BATCH = `mutation ($inputs: [RecordMaterializationsInput!]!) { payloads: recordMaterializationBatch(inputs: $inputs) ${PAYLOAD} }`

/** A recording's answer, errors included. */
export function tryRecord(server: TestServer, run: Run): Promise<Answer<{ payload: Payload }>> {
  return server.ask(RECORD, { input: { jobId: 'job', ...run } })
}

/** A batch's answer, errors included. */
export function tryRecordBatch(
  server: TestServer,
  runs: readonly Run[],
): Promise<Answer<{ payloads: Payload[] }>> {
  return server.ask(RECORD_BATCH, { inputs: runs.map((run) => ({ jobId: 'job', ...run })) })
}

/** What a recording that must succeed came to. */
export async function record(server: TestServer, run: Run): Promise<Payload> {
  const { data, errors } = await tryRecord(server, run)
  if (data === null || errors.length > 0) throw new Error(`unexpected errors: ${JSON.stringify(errors)}`)
  return data.payload
}

/** What a batch that must succeed came to. */
export async function recordBatch(server: TestServer, runs: readonly Run[]): Promise<Payload[]> {
  const { data, errors } = await tryRecordBatch(server, runs)
  if (data === null || errors.length > 0) throw new Error(`unexpected errors: ${JSON.stringify(errors)}`)
  return data.payloads
}

/** Records one asset and answers with the id of its materialization. */
export async function make(
  server: TestServer,
  key: string,
  { version, ...run }: Omit<Run, 'assets'> & { version?: string } = {},
): Promise<string> {
  const { materializations } = await record(server, {
    ...run,
    assets: [{ key, ...(version === undefined ? {} : { version }) }],
  })
  return materializations[0]?.id ?? ''
}

/** The inputs of a materialization. */
export async function inputsOf(server: TestServer, id: string): Promise<InputAnswer[]> {
  const { materialization } = await server.query<
    { materialization: { inputs: InputAnswer[] } },
    { id: string }
  >(
    `query ($id: ID!) { materialization(id: $id) { inputs {
      asset { key } version partitionKey resolution materialization { ${MATERIALIZATION_FIELDS} } } } }`,
    { id },
  )
  return materialization.inputs
}

/** How each input of a materialization is resolved, and to which materialization. */
export async function resolutionsOf(server: TestServer, id: string): Promise<[string, string | null][]> {
  const inputs = await inputsOf(server, id)
  return inputs.map(({ resolution, materialization }) => [resolution, materialization?.id ?? null])
}

/** An instant, counted in minutes. */
export function minute(count: number): string {
  return new Date(Date.UTC(2026, 0, 1) + count * 60_000).toISOString()
}

/** A name that no other test uses. */
export function unique(name: string): string {
  return `${name}-${randomUUID().slice(0, 8)}`
}
