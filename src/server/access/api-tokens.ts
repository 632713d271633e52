import { LRUCache } from 'lru-cache'
import { HeadwaterError } from '../../errors/headwater-error.js'
import { Access } from '../../lineage/access/access.js'
import { isOf, readToken } from '../../lineage/access/token.js'
import type { ApiToken, TokenStore } from '../../store/token-store.js'
import { Refused } from './refused.js'

/** How long it is taken for true what was found of a token, in ms: so long a revoked one may still count. */
export const TRUSTED_MS = 5_000

/** Of so many tokens, and as many that are none, it is known what was found. */
const MOST_KNOWN = 10_000

/** So many tokens that have not been good before are looked up in a second. */
const LOOK_UPS_A_SECOND = 100

/** How often it is noted that a token is used, in ms. */
const NOTED_MS = 60_000

/** A token, with what its holder may do. */
type Known = ApiToken & { hash: Uint8Array; access: Access; notedAt: number }

/** Tells by tokens who calls. */
export class ApiTokens {
  /** Also what is being looked up: whoever asks meanwhile waits for that. Null for no token. */
  readonly #found = new LRUCache<string, { at: number; token: Known | null | Promise<Known | null> }>({
    max: MOST_KNOWN,
  })
  /** Those that have been good: who holds one of them is not held up by what others guess. */
  readonly #good = new LRUCache<string, true>({ max: MOST_KNOWN })
  #second = { since: Number.NEGATIVE_INFINITY, lookUps: 0 }

  constructor(
    private readonly store: Pick<TokenStore, 'find' | 'use'>,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  /**
   * What the holder of a token may do, or why it does not count. What is known is told at once. Throws
   * SERVICE_UNAVAILABLE where storage does not answer, or where too many unknown ones come.
   */
  accessBy(text: string): Access | Refused | Promise<Access | Refused> {
    const shown = readToken(text)
    if (shown === null) return new Refused('api token: form')
    const judge = (token: Known | null): Access | Refused => {
      if (token === null) return new Refused('api token: unknown')
      if (!isOf(token.hash, shown)) return new Refused('api token: secret')
      const now = Date.now()
      const { caller } = token.access
      if (token.revokedAt !== null) return new Refused('api token: revoked', caller)
      if (token.expiresAt !== null && token.expiresAt.getTime() <= now)
        return new Refused('api token: expired', caller)
      this.#good.set(shown.prefix, true)
      this.#note(token, now)
      return token.access
    }
    const token = this.#lookedUp(shown.prefix)
    return token instanceof Promise ? token.then(judge) : judge(token)
  }

  #lookedUp(prefix: string): Known | null | Promise<Known | null> {
    const now = performance.now()
    const known = this.#found.get(prefix)
    if (known !== undefined && now - known.at < TRUSTED_MS) return known.token
    if (!this.#good.has(prefix)) this.#countLookUp(now)
    const found = { at: now, token: null as Known | null | Promise<Known | null> }
    found.token = this.store.find(prefix).then(
      (token) => {
        const before = known?.token
        const notedAt = before instanceof Promise ? undefined : before?.notedAt
        found.token = token && {
          ...token,
          access: new Access(`${token.name} (${prefix})`, token.grants),
          notedAt: notedAt ?? token.lastUsedAt?.getTime() ?? 0,
        }
        return found.token
      },
      (error: unknown) => {
        if (this.#found.peek(prefix) === found) this.#found.delete(prefix)
        throw error
      },
    )
    this.#found.set(prefix, found)
    return found.token
  }

  #countLookUp(now: number): void {
    if (now - this.#second.since >= 1_000) this.#second = { since: now, lookUps: 0 }
    this.#second.lookUps++
    if (this.#second.lookUps > LOOK_UPS_A_SECOND)
      throw new HeadwaterError('SERVICE_UNAVAILABLE', 'too many unknown tokens come now; try again shortly')
  }

  /** Nobody waits for it. */
  #note(token: Known, now: number): void {
    if (now - token.notedAt < NOTED_MS) return
    token.notedAt = now
    this.store.use(token.prefix, new Date(now)).catch(this.onFailure)
  }
}
