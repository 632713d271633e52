import { defaultFieldResolver, type GraphQLFieldResolver, type GraphQLSchema } from 'graphql'
import type { RequestContext } from '../../context.js'
import { HeadwaterError } from '../../errors/headwater-error.js'
import type { Access } from '../../lineage/access/access.js'
import { DEFAULT_NAMESPACE } from '../../lineage/asset-ref.js'
import type { Logger } from '../logger.js'

/** Whoever has changed something, or was refused, and what. */
export interface AuditEntry {
  access: Access
  /** A field of Mutation, or `openlineage`. */
  operation: string
  /** Those that the caller has named. */
  namespaces: readonly string[]
  requestId: string
  /** Where the request came from: a proxy's, where there is one. */
  remoteAddress: string | undefined
  /** What it is about, where namespaces do not say so: ids, and the host of a webhook. */
  about?: Readonly<Record<string, string>>
}

/** Logs what has become of an attempt to change something: a code of an error, or null where it was done. */
export type Audit = (entry: AuditEntry, error: unknown) => void

/** Says who did what where, and no values of it. */
export function createAudit(logger: Logger): Audit {
  return ({ access, ...entry }, error) => {
    logger.info({ audit: true, caller: access.caller, ...entry, outcome: outcomeOf(error) }, 'audit')
  }
}

/** Has every mutation logged once it has ended. */
export function auditMutations(schema: GraphQLSchema, audit: Audit): void {
  for (const [operation, field] of Object.entries(schema.getMutationType()?.getFields() ?? {})) {
    const resolve = field.resolve ?? defaultFieldResolver
    const audited: GraphQLFieldResolver<unknown, RequestContext> = async (source, args, context, info) => {
      const { access, requestId, remoteAddress, about } = context
      // Mutations of one request are carried out one after the other.
      about.clear()
      const log = (error: unknown) => {
        const entry = { access, operation, namespaces: [...namespacesIn(args)], requestId, remoteAddress }
        audit(about.size === 0 ? entry : { ...entry, about: Object.fromEntries(about) }, error)
      }
      try {
        const answer = await resolve(source, args, context, info)
        log(null)
        return answer
      } catch (error) {
        log(error)
        throw error
      }
    }
    field.resolve = audited
  }
}

/** The namespaces of whatever has a key among arguments, and those that are listed. */
function namespacesIn(value: unknown, found = new Set<string>()): Set<string> {
  if (Array.isArray(value)) for (const one of value) namespacesIn(one, found)
  else if (typeof value === 'object' && value !== null) {
    const { key, namespace, namespaces } = value as Record<string, unknown>
    if (Array.isArray(namespaces)) for (const one of namespaces) if (typeof one === 'string') found.add(one)
    if (typeof key === 'string') found.add(typeof namespace === 'string' ? namespace : DEFAULT_NAMESPACE)
    for (const [name, one] of Object.entries(value)) if (!FREE.has(name)) namespacesIn(one, found)
  }
  return found
}

/** Whose members are the caller's. */
const FREE = new Set(['metadata', 'tags', 'details'])

function outcomeOf(error: unknown): string {
  if (error === null) return 'OK'
  return error instanceof HeadwaterError ? error.code : 'INTERNAL_SERVER_ERROR'
}
