import type { TestServer } from './server.js'

/** A dataset as an event names it. */
export interface EventDataset {
  namespace: string
  name: string
  facets?: Record<string, unknown>
  inputFacets?: Record<string, unknown>
  outputFacets?: Record<string, unknown>
}

/** An OpenLineage RunEvent, as producers send it. */
export interface RunEvent {
  eventType?: string
  eventTime: string
  producer: string
  schemaURL: string
  run: { runId: string; facets?: Record<string, unknown> }
  job: { namespace: string; name: string; facets?: Record<string, unknown> }
  inputs?: EventDataset[]
  outputs?: EventDataset[]
}

const FIXED = {
  producer: 'https://example.com/producer/1.0',
  schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent',
}

/** A dataset in the namespace of these tests. */
export const dataset = (name: string, rest: Omit<EventDataset, 'namespace' | 'name'> = {}): EventDataset => ({
  namespace: 'lake',
  name,
  ...rest,
})

/** An event of a run of the job `job` at `eventTime`. */
export function runEvent(
  job: string,
  runId: string,
  eventType: string,
  eventTime: string,
  rest: Partial<Omit<RunEvent, 'run' | 'job'>> & {
    runFacets?: Record<string, unknown>
    jobFacets?: Record<string, unknown>
  } = {},
): RunEvent {
  const { runFacets, jobFacets, ...others } = rest
  return {
    ...FIXED,
    eventType,
    eventTime,
    run: { runId, ...(runFacets === undefined ? {} : { facets: runFacets }) },
    job: { namespace: 'jobs', name: job, ...(jobFacets === undefined ? {} : { facets: jobFacets }) },
    ...others,
  }
}

/** Sends a body as OpenLineage clients do. */
export function postEvents(
  { url }: Pick<TestServer, 'url'>,
  body: unknown,
  { path = '/api/v1/lineage', ...init }: RequestInit & { path?: string } = {},
): Promise<Response> {
  return fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...init,
  })
}

/** Sends events, which must all be accepted, one after the other. */
export async function sendEvents(server: Pick<TestServer, 'url'>, events: readonly unknown[]): Promise<void> {
  for (const event of events) {
    const response = await postEvents(server, event)
    if (response.status !== 201) throw new Error(`${response.status}: ${await response.text()}`)
  }
}
