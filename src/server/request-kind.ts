import type { IncomingMessage } from 'node:http'
import type { RequestEnd } from '../store/request-end.js'

/** What a request asks for, as far as it is known: of GraphQL the type of the operation once it is read. */
export interface RequestKind {
  type: 'query' | 'mutation' | 'subscription' | 'graphql' | 'openlineage' | 'export' | 'other'
}

/** By the request, and by its end, which its operation knows: Apollo Server makes copies of a context. */
const kinds = new WeakMap<IncomingMessage | RequestEnd, RequestKind>()

/** Of a request, or of the operation in it. */
export function kindOf(of: IncomingMessage | RequestEnd): RequestKind {
  const known = kinds.get(of)
  if (known !== undefined) return known
  const kind: RequestKind = { type: 'url' in of ? typeOf(of.url ?? '') : 'graphql' }
  kinds.set(of, kind)
  return kind
}

/** What is found out of an operation is of the request that it came in. */
export function shareKind(request: IncomingMessage, end: RequestEnd): void {
  kinds.set(end, kindOf(request))
}

function typeOf(url: string): RequestKind['type'] {
  if (url.startsWith('/graphql')) return 'graphql'
  if (url.startsWith('/api/v1/lineage')) return 'openlineage'
  return url.startsWith('/export') ? 'export' : 'other'
}
