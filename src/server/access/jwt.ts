import { createHash } from 'node:crypto'
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose'
import { LRUCache } from 'lru-cache'
import { HeadwaterError } from '../../errors/headwater-error.js'
import { Access } from '../../lineage/access/access.js'
import { readGrants } from '../../lineage/access/grants.js'
import type { JwtConfig } from '../config.js'
import { Refused } from './refused.js'

/** How long a token that was checked is not checked again, in ms, unless it expires before. */
const TRUSTED_MS = 5_000
const MOST_KNOWN = 10_000

/** How far our clock and the issuer's may differ, in seconds. */
const CLOCK_TOLERANCE = 5

/** Keys are asked for again after so long, and for a key that is not known; not more often than that, in ms. */
const KEYS = { cacheMaxAge: 600_000, cooldownDuration: 10_000, timeoutDuration: 5_000 }

/** Longer ones are none. */
const MOST_CHARACTERS = 16_384

/** Tells by JSON Web Tokens who calls. */
export class Jwts {
  readonly #keys: ReturnType<typeof createRemoteJWKSet>
  readonly #checked = new LRUCache<string, { until: number; expiresAt: number; access: Access }>({
    max: MOST_KNOWN,
  })

  constructor(private readonly config: JwtConfig) {
    this.#keys = createRemoteJWKSet(config.jwksUrl, KEYS)
  }

  /**
   * What the holder of a token may do, or why it does not count. Throws SERVICE_UNAVAILABLE where the issuer's keys
   * cannot be had: nothing is known of the token then, and it may be tried again.
   */
  accessBy(text: string): Access | Refused | Promise<Access | Refused> {
    if (text.length > MOST_CHARACTERS) return new Refused('jwt: length')
    const hash = createHash('sha256').update(text).digest('base64')
    const known = this.#checked.get(hash)
    if (known !== undefined && performance.now() < known.until && Date.now() < known.expiresAt)
      return known.access
    return this.#check(text, hash)
  }

  async #check(text: string, hash: string): Promise<Access | Refused> {
    const { issuer, audience, algorithms, claim } = this.config
    let payload: JWTPayload
    try {
      const checked = await jwtVerify(text, this.#keys, {
        issuer,
        audience,
        algorithms: [...algorithms],
        clockTolerance: CLOCK_TOLERANCE,
        currentDate: new Date(Date.now()),
        requiredClaims: ['sub', 'exp'],
      })
      payload = checked.payload
    } catch (error) {
      if (isOfToken(error)) return new Refused(`jwt: ${faultOf(error)}`)
      throw new HeadwaterError(
        'SERVICE_UNAVAILABLE',
        'the keys of tokens cannot be had now; try again shortly',
        {
          cause: error,
        },
      )
    }
    const grants = readGrants(payload[claim])
    const about = grants === null ? ` (without a claim ${claim} that can be read)` : ''
    const access = new Access(`jwt ${payload.sub}${about}`, grants ?? [])
    const expiresAt = ((payload.exp ?? 0) + CLOCK_TOLERANCE) * 1_000
    this.#checked.set(hash, { until: performance.now() + TRUSTED_MS, expiresAt, access })
    return access
  }
}

/** Whether it is the token's fault: of the keys it is where they do not come, or are none. */
function isOfToken(error: unknown): error is errors.JOSEError {
  if (!(error instanceof errors.JOSEError)) return false
  return !(
    error instanceof errors.JWKSTimeout ||
    error instanceof errors.JWKSInvalid ||
    error.code === 'ERR_JOSE_GENERIC'
  )
}

/** What of a token is at fault: a claim, or a part of what is checked before claims are. */
function faultOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTClaimValidationFailed || error instanceof errors.JWTExpired)
    return error.claim
  return FAULTS[error.code] ?? error.code
}

const FAULTS: Readonly<Record<string, string>> = {
  ERR_JOSE_ALG_NOT_ALLOWED: 'alg',
  ERR_JWKS_NO_MATCHING_KEY: 'kid',
  ERR_JWKS_MULTIPLE_MATCHING_KEYS: 'kid',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'signature',
  ERR_JWS_INVALID: 'form',
  ERR_JWT_INVALID: 'form',
  ERR_JOSE_NOT_SUPPORTED: 'form',
}
