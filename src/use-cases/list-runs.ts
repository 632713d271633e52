import { z } from 'zod'
import { badUserInput } from '../errors/headwater-error.js'
import { EVENT_BOUNDS } from '../lineage/openlineage/parse-event.js'
import type { RunRef } from '../lineage/openlineage/run-id.js'
import type { Run } from '../lineage/openlineage/run-outcome.js'
import { BOUNDS, checkInstant, checkText } from '../lineage/recording/bounds.js'
import type { RunFilter, RunPosition, Store } from '../store/store.js'
import { cursorsOf } from './cursor.js'
import { instant, Page, type PageArgs, parsePage } from './pages.js'

/** As clients give it: null means the same as absent. */
export type RunFilterInput = { [Field in keyof RunFilter]?: RunFilter[Field] | null | undefined }

/** A position in lists of runs, newest first. */
export const runPosition: z.ZodType<RunPosition> = z.object({ begunAt: instant, id: z.uuid() })

/** Where a run stands in such a list. */
export function runPositionOf({ begunAt, id }: RunPosition): RunPosition {
  return { begunAt, id }
}

/** Runs, newest first. Throws BAD_USER_INPUT. */
export async function listRuns(store: Store, input: RunFilterInput | null | undefined, args: PageArgs) {
  const filter = checkRunFilter(input ?? {})
  const cursors = cursorsOf(['runs', filter], runPosition)
  const { size, request } = parsePage(args, cursors)
  const found = await store.listRuns(filter, request)
  const cursorOf = (run: Run) => cursors.encode(runPositionOf(run))
  return new Page(found, size, request.after !== null, cursorOf, () => store.countRuns(filter))
}

/** Throws BAD_USER_INPUT; `path`: where the names stand, e.g. `filter.parent.`. */
export function checkRunRef(path: string, { jobNamespace, jobName, runId }: RunRef): RunRef {
  return {
    jobNamespace: checkText(`${path}jobNamespace`, jobNamespace, BOUNDS.namespaceCharacters),
    jobName: checkText(`${path}jobName`, jobName, BOUNDS.keyCharacters),
    runId: checkText(`${path}runId`, runId, EVENT_BOUNDS.runIdCharacters),
  }
}

function checkRunFilter({
  jobNamespace,
  jobName,
  dagId,
  state,
  since,
  until,
  parent,
}: RunFilterInput): RunFilter {
  if (jobName != null && jobNamespace == null) {
    throw badUserInput('filter.jobNamespace', 'none', 'the namespace of the job that jobName names')
  }
  const checked = (field: string, text: string, most: number) => checkText(`filter.${field}`, text, most)
  return {
    ...(jobNamespace == null
      ? {}
      : { jobNamespace: checked('jobNamespace', jobNamespace, BOUNDS.namespaceCharacters) }),
    ...(jobName == null ? {} : { jobName: checked('jobName', jobName, BOUNDS.keyCharacters) }),
    ...(dagId == null ? {} : { dagId: checked('dagId', dagId, BOUNDS.idCharacters) }),
    ...(state == null ? {} : { state }),
    ...(since == null ? {} : { since: checkInstant('filter.since', since) }),
    ...(until == null ? {} : { until: checkInstant('filter.until', until) }),
    ...(parent == null ? {} : { parent: checkRunRef('filter.parent.', parent) }),
  }
}
