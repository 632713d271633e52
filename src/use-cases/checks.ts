import { z } from 'zod'
import type { Access } from '../lineage/access/access.js'
import { demandUnnamed } from '../lineage/access/demand.js'
import type { CheckResult } from '../lineage/checks/check-result.js'
import { type CheckResultsInput, planChecks } from '../lineage/checks/plan-checks.js'
import type { MaterializationRef } from '../lineage/entities.js'
import type { Loaders } from '../loaders/loaders.js'
import type { CheckedThing, CheckPosition, Store } from '../store/store.js'
import { parseAssetPage } from './asset-pages.js'
import { instant, Page, type PageArgs } from './pages.js'

/**
 * Records what checks said of a materialization: all of it or nothing. Throws BAD_USER_INPUT, FORBIDDEN (of what is not
 * known too), MATERIALIZATION_NOT_FOUND, IDEMPOTENCY_KEY_REUSED.
 */
export async function recordCheckResults(
  store: Store,
  access: Access,
  ref: MaterializationRef,
  input: CheckResultsInput,
): Promise<CheckResult[]> {
  const [assetId = ref.assetId] = await store.canonicalIds([ref.assetId])
  if (!access.mayEverywhere('RECORD')) {
    const [asset] = await store.assets([assetId])
    demandUnnamed(access, 'RECORD', asset?.namespace)
  }
  return store.recordChecks(planChecks({ ...ref, assetId }, input, new Date()))
}

const checkPosition: z.ZodType<CheckPosition> = z.object({ checkedAt: instant, checkId: z.uuid() })

/** What checks said of a materialization, or of all of an asset, newest first. Throws BAD_USER_INPUT. */
export async function checksOf(loaders: Loaders, thing: CheckedThing, args: PageArgs) {
  const list = ['checks', thing.materializationId]
  const { size, request, encode } = await parseAssetPage(loaders, thing.assetId, list, checkPosition, args)
  const isWhole = thing.materializationId === null
  loaders.budget.spend(1)
  const found = await loaders.checkHistory.load({ key: thing, args: { isWhole, page: request } })
  loaders.budget.spend(found.length)
  const cursorOf = ({ checkedAt, checkId }: CheckResult) => encode({ checkedAt, checkId })
  return new Page(found, size, request.after !== null, cursorOf, () =>
    loaders.checkCount.load({ key: thing, args: { isWhole } }),
  )
}
