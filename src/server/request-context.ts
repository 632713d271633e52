import type { OperationStream, RequestContext } from '../context.js'
import type { Access } from '../lineage/access/access.js'
import { createLoaders } from '../loaders/loaders.js'
import { RequestEnd } from '../store/request-end.js'
import type { Store } from '../store/store.js'
import type { Config } from './config.js'
import { refusalOf } from './webhooks/refused-url.js'

/** Who asks, and how. */
export interface Asking {
  access: Access
  requestId: string
  remoteAddress: string | undefined
  end?: RequestEnd | undefined
  stream?: OperationStream | undefined
}

/** Makes what a resolver may use: for each request, and for each event of a subscription, anew. */
export type ContextMaker = (asking: Asking) => RequestContext

/** Of one server. */
export function contextMaker(
  store: Store,
  { freshness, walkTimeoutMs, webhooks }: Pick<Config, 'freshness' | 'walkTimeoutMs' | 'webhooks'>,
): ContextMaker {
  return ({ access, requestId, remoteAddress, end = new RequestEnd(), stream = null }) => {
    const own = store.within(end).visibleTo(access)
    return {
      store: own,
      access,
      loaders: createLoaders(own),
      freshness,
      webhookRetryMs: webhooks.retryMs,
      refusalOfUrl: (url) => refusalOf(url, webhooks.allowedHosts),
      walkTimeoutMs,
      end,
      requestId,
      remoteAddress,
      about: new Map(),
      stream,
    }
  }
}
