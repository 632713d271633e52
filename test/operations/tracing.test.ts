import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { record } from '../harness/recordings.js'
import { startTestServer } from '../harness/server.js'

interface Span {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  attributes: { key: string; value: Record<string, unknown> }[]
  status: { code?: number }
}

interface Sent {
  resourceSpans: { resource: { attributes: Span['attributes'] }; scopeSpans: { spans: Span[] }[] }[]
}

/** What a collector is sent. */
const received: { path: string; body: string }[] = []
const collector = createServer((request, response) => {
  let body = ''
  request.on('data', (chunk) => {
    body += chunk
  })
  request.on('end', () => {
    received.push({ path: request.url ?? '', body })
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  })
})

beforeAll(() => new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve)))
afterAll(() => new Promise((resolve) => collector.close(resolve)))

const CALLER = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' }

test('a request, its operation, its walk and its statements are spans of the caller’s trace, without values', async () => {
  const { port } = collector.address() as AddressInfo
  const variables = {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}/`,
    OTEL_SERVICE_NAME: 'lineage of tests',
    HEADWATER_GRAPH_EDGES: '0',
  }
  const server = await startTestServer({ variables })
  await record(server, {
    jobId: 'secret job',
    assets: [{ key: 'secret/made' }],
    upstream: [{ key: 'secret/raw' }],
  })
  await fetch(`${server.url}/graphql?token=secret`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', traceparent: `00-${CALLER.traceId}-${CALLER.spanId}-01` },
    body: JSON.stringify({
      query:
        'query Up($key: String!) { lineage(root: { key: $key }, direction: UPSTREAM) { nodes { distance } } }',
      operationName: 'Up',
      variables: { key: 'secret/made' },
    }),
  })
  // A server that stops sends what it has.
  await server[Symbol.asyncDispose]()

  const bodies = received.map(({ body }) => JSON.parse(body) as Sent)
  expect(new Set(received.map(({ path }) => path))).toEqual(new Set(['/v1/traces']))
  expect(received.map(({ body }) => body).join()).not.toContain('secret')
  expect(bodies[0]?.resourceSpans[0]?.resource.attributes).toContainEqual({
    key: 'service.name',
    value: { stringValue: 'lineage of tests' },
  })
  const spans = bodies.flatMap(({ resourceSpans }) =>
    resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)),
  )
  const own = spans.filter(({ traceId }) => traceId === CALLER.traceId)
  const named = (name: string) => {
    const found = own.find((span) => span.name === name)
    if (found === undefined) throw new Error(`no span ${name} among ${own.map((span) => span.name)}`)
    return found
  }
  expect(named('POST graphql').parentSpanId).toBe(CALLER.spanId)
  expect(named('POST graphql').attributes).toContainEqual({
    key: 'http.response.status_code',
    value: { intValue: 200 },
  })
  expect(named('query Up').parentSpanId).toBe(named('POST graphql').spanId)
  expect(named('walk').parentSpanId).toBe(named('query Up').spanId)
  expect(named('walk').attributes).toContainEqual({ key: 'headwater.size', value: { intValue: 2 } })
  expect(named('headwater several rings UPSTREAM').parentSpanId).toBe(named('walk').spanId)
  // The recording is of another trace.
  const other = spans.find(({ name }) => name === 'recording')
  expect(
    spans.some(({ name, traceId }) => name.startsWith('headwater write') && traceId === other?.traceId),
  ).toBe(true)
  expect(other?.traceId).not.toBe(CALLER.traceId)
})

test('a collector that is away is told of in the log, once, and the server works and stops', async () => {
  const lines: string[] = []
  const server = await startTestServer({
    variables: {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1/',
      HEADWATER_LOG_LEVEL: 'warn',
    },
    logTo: { write: (line) => void lines.push(line) },
  })
  await record(server, { assets: [{ key: 'made' }] })
  await server[Symbol.asyncDispose]()
  expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
    'traces cannot be sent: these spans are lost',
  ])
})
