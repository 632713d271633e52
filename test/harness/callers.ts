import type { Grant, Scope } from '../../src/lineage/access/access.js'
import { makeToken } from '../../src/lineage/access/token.js'
import { openTokens } from '../../src/store/prisma/api-tokens.js'
import { type Answer, startTestServer, type TestServer, type TestServerOptions } from './server.js'

/** Makes a server that asks for tokens. */
export function startGuardedServer({ variables, ...options }: TestServerOptions = {}): Promise<TestServer> {
  return startTestServer({ ...options, variables: { HEADWATER_AUTH: 'on', ...variables } })
}

/** A token of the server's database. */
export async function tokenFor(
  { database }: Pick<TestServer, 'database'>,
  grants: readonly Grant[],
  { name = 'test', expiresAt = null }: { name?: string; expiresAt?: Date | null } = {},
): Promise<string> {
  const tokens = openTokens({
    url: database.url,
    connections: 1,
    connectTimeoutMs: 10_000,
    statementTimeoutMs: 10_000,
  })
  const { text, prefix, hash } = makeToken()
  await tokens.create({ prefix, hash, name, grants, createdAt: new Date(), expiresAt })
  await tokens.close()
  return text
}

/** Something that one may do in some namespaces; in all, where none is named. */
export function grant(scope: Scope, ...namespaces: string[]): Grant {
  return { scope, namespaces: namespaces.length === 0 ? null : namespaces }
}

/** Whoever shows a token, or none. */
export interface Caller {
  /** What GraphQL answers. */
  ask<Data = Record<string, unknown>>(query: string, variables?: object): Promise<Answer<Data>>
  /** What any path answers. */
  fetch(path: string, init?: RequestInit): Promise<Response>
  /** What an OpenLineage event, or a list of them, is answered with. */
  send(events: unknown, path?: string): Promise<Response>
}

/** Asks a server with a token; with none, where that is null. */
export function callerOf({ url }: Pick<TestServer, 'url'>, token: string | null): Caller {
  const authorization: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` }
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(url + path, { ...init, headers: { ...authorization, ...(init.headers as Record<string, string>) } })
  const post = (path: string, body: unknown) =>
    ask(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  return {
    fetch: ask,
    send: (events, path = Array.isArray(events) ? '/api/v1/lineage/batch' : '/api/v1/lineage') =>
      post(path, events),
    ask: async <Data>(query: string, variables?: object) => {
      const response = await post('/graphql', { query, variables })
      const { data = null, errors = [] } = (await response.json()) as Partial<Answer<Data>>
      return { status: response.status, headers: response.headers, data, errors }
    },
  }
}
