import type { Grant } from '../lineage/access/access.js'

/** A token, without what it is. */
export interface ApiToken {
  /** By which it is looked up. */
  prefix: string
  name: string
  grants: readonly Grant[]
  createdAt: Date
  /** Null for never. */
  expiresAt: Date | null
  revokedAt: Date | null
  /** To about a minute; null where it has never been used. */
  lastUsedAt: Date | null
}

/** What is kept of tokens. Throws SERVICE_UNAVAILABLE where storage cannot answer now. */
export interface TokenStore {
  /** `hash`: SHA-256 of its secret. */
  create(token: Omit<ApiToken, 'revokedAt' | 'lastUsedAt'> & { hash: Uint8Array }): Promise<void>
  find(prefix: string): Promise<(ApiToken & { hash: Uint8Array }) | null>
  /** Oldest first. */
  list(): Promise<ApiToken[]>
  /** It counts no more from `at` on; one that is revoked already stays as it is. Null where there is none. */
  revoke(prefix: string, at: Date): Promise<ApiToken | null>
  /** It has been used; no earlier time takes the place of a later one. */
  use(prefix: string, at: Date): Promise<void>
}
