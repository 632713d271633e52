import { type Run, unique } from '../../harness/recordings.js'
import type { TestServer } from '../../harness/server.js'
import { keyAt } from './seed.js'

/** Something that clients ask, small or as large as it may be. */
export interface Request {
  name: string
  send(server: TestServer): Promise<unknown>
  /** Of a request that takes seconds: sent once. What it sends is sent twice all the same, if not all by itself. */
  isLarge?: boolean
  /** Of a request for which a statement is put together from what was asked: why, and which indexes that uses. */
  composed?: { because: string; uses: readonly string[] }
}

export const EARLY = keyAt(3)
export const MIDDLE = keyAt(100_000)
export const LATE = keyAt(259_999)

export const query = (name: string, text: string, composed?: Request['composed']): Request => ({
  name,
  send: (server) => server.query<object, undefined>(text),
  ...(composed === undefined ? {} : { composed }),
})

export const large = (request: Request): Request => ({ ...request, isLarge: true })

export const asset = (fields: string) => `{ asset(key: "${MIDDLE}") { ${fields} } }`
export const latest = (fields: string) => asset(`latestMaterialization { ${fields} }`)

/** A key that is not used again. */
export const keyed = (run: Run): Run => ({ idempotencyKey: unique('key'), ...run })
