import { HeadwaterError } from '../../errors/headwater-error.js'
import type { Access } from '../../lineage/access/access.js'
import type { NoteTaker } from '../access/guard.js'

/** What a caller may do, by its header. Throws UNAUTHENTICATED or FORBIDDEN where it may not even ask. */
export type AccessBy = (authorization: string | undefined, note: NoteTaker) => Promise<Access>

/** How often it is asked whether a token still counts, by which something was begun that goes on, in ms. */
export const RECHECK_MS = 5_000

/** Calls `refused` once the token does not count any more, unless what this answers with is called before. */
export function whileAdmitted(
  accessBy: AccessBy,
  authorization: string | undefined,
  refused: () => void,
): () => void {
  const timer = setInterval(() => {
    accessBy(authorization, () => undefined).catch((error: unknown) => {
      // While storage cannot say it, what was said before holds.
      if (error instanceof HeadwaterError && error.code === 'SERVICE_UNAVAILABLE') return
      clearInterval(timer)
      refused()
    })
  }, RECHECK_MS)
  timer.unref()
  return () => clearInterval(timer)
}
