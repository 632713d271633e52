import type { Grant } from '../lineage/access/access.js'
import { makeToken } from '../lineage/access/token.js'
import { openTokens } from '../store/prisma/api-tokens.js'
import { migrate } from '../store/prisma/migrate.js'
import type { ApiToken, TokenStore } from '../store/token-store.js'
import type { Config } from './config.js'
import type { Logger } from './logger.js'
import { provideDatabaseBeside, type WhereNone } from './provide-database.js'

/** What is to be made. */
export interface TokenRequest {
  name: string
  grants: readonly Grant[]
  /** Null for never. */
  expiresAt: Date | null
}

/** What can be done about the tokens of a database. */
export interface ManagedTokens {
  /** For people: in which database they are. */
  description: string
  /** `text` is the token: kept nowhere. */
  create(request: TokenRequest): Promise<{ text: string; prefix: string }>
  /** Oldest first. */
  list(): Promise<ApiToken[]>
  /** Null where there is none. */
  revoke(prefix: string): Promise<ApiToken | null>
}

/**
 * Lets `work` manage the tokens of the configured database, brought to the present schema first; a server may run on it.
 * Throws a StartupError where it cannot.
 */
export async function manageTokens<T>(
  config: Config,
  logger: Logger,
  whereNone: WhereNone,
  work: (tokens: ManagedTokens) => Promise<T>,
): Promise<T> {
  const database = await provideDatabaseBeside(config, logger, whereNone)
  try {
    await migrate(database.url, config.connectTimeoutMs)
    const { connectTimeoutMs, statementTimeoutMs } = config
    const store = openTokens({ url: database.url, connections: 1, connectTimeoutMs, statementTimeoutMs })
    try {
      return await work(managed(store, database.description))
    } finally {
      await store.close()
    }
  } finally {
    await database.stop()
  }
}

function managed(store: TokenStore, description: string): ManagedTokens {
  return {
    description,
    create: async ({ name, grants, expiresAt }) => {
      const { text, prefix, hash } = makeToken()
      await store.create({ prefix, hash, name, grants, createdAt: new Date(), expiresAt })
      return { text, prefix }
    },
    list: () => store.list(),
    revoke: (prefix) => store.revoke(prefix, new Date()),
  }
}
