import type { TokenStore } from '../../store/token-store.js'
import type { Config } from '../config.js'
import type { Logger } from '../logger.js'
import { ApiTokens } from './api-tokens.js'
import type { Authenticator } from './guard.js'
import { Jwts } from './jwt.js'

/** Tells by the tokens of the database, and by those of the configured issuer; null where nobody is asked for any. */
export function createAuthenticator(
  { auth, jwt }: Pick<Config, 'auth' | 'jwt'>,
  store: TokenStore,
  logger: Logger,
): Authenticator | null {
  if (!auth) return null
  const tokens = new ApiTokens(store, (err) =>
    logger.warn({ err }, 'it cannot be noted when a token was used'),
  )
  const jwts = jwt === null ? null : new Jwts(jwt)
  return {
    accessBy: (token) =>
      token.startsWith('hw_') || jwts === null ? tokens.accessBy(token) : jwts.accessBy(token),
  }
}
