import type { Materialization } from '../lineage/entities.js'
import { BOUNDS, checkInstant, checkText } from '../lineage/recording/bounds.js'
import type { MaterializationFilter, Store } from '../store/store.js'
import { cursorsOf } from './cursor.js'
import { materializationPosition, Page, type PageArgs, parsePage, positionOf } from './pages.js'

/** As clients give it: null means the same as absent. */
export type MaterializationFilterInput = {
  [Field in keyof MaterializationFilter]?: MaterializationFilter[Field] | null | undefined
}

/** Materializations of all assets, newest first. Throws BAD_USER_INPUT. */
export async function listMaterializations(
  store: Store,
  input: MaterializationFilterInput | null | undefined,
  args: PageArgs,
) {
  const filter = checkMaterializationFilter(input)
  const cursors = cursorsOf(['materializations', filter], materializationPosition)
  const { size, request } = parsePage(args, cursors)
  const found = await store.listMaterializations(filter, request)
  const cursorOf = (one: Materialization) => cursors.encode(positionOf(one))
  return new Page(found, size, request.after !== null, cursorOf, () => store.countMaterializations(filter))
}

/** Throws BAD_USER_INPUT. */
export function checkMaterializationFilter(
  input: MaterializationFilterInput | null | undefined,
): MaterializationFilter {
  const { jobId, dagId, nodeTaskId, partitionKey, version, since, until } = input ?? {}
  const checked = (field: string, text: string, most: number) => checkText(`filter.${field}`, text, most)
  return {
    ...(jobId == null ? {} : { jobId: checked('jobId', jobId, BOUNDS.idCharacters) }),
    ...(dagId == null ? {} : { dagId: checked('dagId', dagId, BOUNDS.idCharacters) }),
    ...(nodeTaskId == null ? {} : { nodeTaskId: checked('nodeTaskId', nodeTaskId, BOUNDS.idCharacters) }),
    ...(partitionKey == null
      ? {}
      : { partitionKey: checked('partitionKey', partitionKey, BOUNDS.partitionKeyCharacters) }),
    ...(version == null ? {} : { version: checked('version', version, BOUNDS.versionCharacters) }),
    ...(since == null ? {} : { since: checkInstant('filter.since', since) }),
    ...(until == null ? {} : { until: checkInstant('filter.until', until) }),
  }
}
