import { badUserInput } from '../errors/headwater-error.js'
import { BOUNDS, checkName } from '../lineage/recording/bounds.js'
import type { AssetHealth, Store } from '../store/store.js'
import { DEFAULT_PAGE_SIZE, LARGEST_PAGE } from './pages.js'

const DEFAULT_HOURS = 24
/** Ten years. */
const MOST_HOURS = 87_600

const MS_PER_HOUR = 3_600_000

/** What has been materialized in the last hours, of all namespaces or of one, most materialized first. Throws BAD_USER_INPUT. */
export async function assetHealth(
  store: Store,
  lastHours: number | null | undefined,
  first: number | null | undefined,
  namespace: string | null | undefined,
): Promise<AssetHealth[]> {
  const hours = lastHours ?? DEFAULT_HOURS
  const count = first ?? DEFAULT_PAGE_SIZE
  if (hours < 1 || hours > MOST_HOURS) throw badUserInput('lastHours', String(hours), `1 to ${MOST_HOURS}`)
  if (count < 1 || count > LARGEST_PAGE) throw badUserInput('first', String(count), `1 to ${LARGEST_PAGE}`)
  const place = namespace == null ? null : checkName('namespace', namespace, BOUNDS.namespaceCharacters)
  return store.assetHealth(new Date(Date.now() - hours * MS_PER_HOUR), count, place)
}
