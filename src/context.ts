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
  /** Of the time that the request has. */
  end: RequestEnd
  requestId: string
}
