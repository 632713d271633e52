import type { ExecutionResult } from 'graphql'
import type { Access } from './lineage/access/access.js'
import type { FreshnessThresholds } from './lineage/freshness.js'
import type { Loaders } from './loaders/loaders.js'
import type { RequestEnd } from './store/request-end.js'
import type { Store } from './store/store.js'

/** What a resolver may use. One for each request. */
export interface RequestContext {
  /** For use cases, which take it as it is. */
  store: Store
  loaders: Loaders
  /** What the caller may do. */
  access: Access
  /** From which ages on an asset is no longer fresh. */
  freshness: FreshnessThresholds
  /** How long a walk may go on, in ms. */
  walkTimeoutMs: number
  /** How long a delivery to a webhook is tried, in ms. */
  webhookRetryMs: number
  /** Why nothing will ever be sent to a URL; null where something may be. */
  refusalOfUrl: (url: URL) => string | null
  /** Of the time that the request has. */
  end: RequestEnd
  requestId: string
  /** Where it came from. */
  remoteAddress: string | undefined
  /** What the mutation that is being carried out is about, as the audit log says it: by name. */
  about: Map<string, string>
  /** Of an operation that may be answered again and again; null where an answer is all that the way it came has room for. */
  stream: OperationStream | null
}

/** What becomes of a subscription. */
export interface OperationStream {
  /** Nobody wants any more of it. */
  signal: AbortSignal
  /** Whether it may change something. */
  mayWrite: boolean
  /** The watermark of what its client was told of last before it was cut off: it counts before what the operation says. */
  lastWatermark: string | null
  /** The watermark from which it goes on; null where it has none. */
  watermark: string | null
  /** Its events, and how to answer each, once it has begun; null until then, and for what is no subscription. */
  begun: {
    events: AsyncGenerator<unknown>
    answer: (event: unknown, context: RequestContext) => Promise<ExecutionResult>
    /** Of operations that have the same, the same event has the same answer for the same caller. */
    key: string
  } | null
}
