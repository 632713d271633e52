import { type CheckStatus, ImportCheckResultDocument } from '../../../schema/operations.generated.js'
import type { Client } from '../client.js'
import { inFlight } from '../record/in-flight.js'
import { parseJsonObject } from './exact-json.js'
import { instantFault } from './instant-fault.js'
import type { Journal } from './journal.js'
import type { SourceMaterialization } from './read-materializations.js'
import { type Refusals, refusalOf } from './refusals.js'
import { ASSET_CHECK_RESULT } from './tables.js'

const MOST_IN_FLIGHT = 4

/** By what the source calls it, in small letters. */
const STATUSES = new Map<string, CheckStatus>([
  ['passed', 'PASSED'],
  ['failed', 'FAILED'],
  ['skipped', 'SKIPPED'],
])

/** Records what checks said of materializations, each result under a key of its own. `ids`: of those that the server has. */
export async function writeCheckResults(
  client: Client,
  materializations: readonly SourceMaterialization[],
  ids: ReadonlyMap<string, string>,
  keyPrefix: string,
  journal: Journal,
  refusals: Refusals,
): Promise<void> {
  const results = materializations.flatMap(({ checks }) => checks)
  await inFlight(results, MOST_IN_FLIGHT, async (result) => {
    const refuse = (message: string) =>
      refusals.add({ table: ASSET_CHECK_RESULT.name, id: result.id ?? '', message })
    const materializationId = ids.get(result.materialization_id ?? '')
    if (materializationId === undefined) return refuse('its materialization was refused')
    const status = STATUSES.get(result.status?.toLowerCase() ?? '')
    if (status === undefined) {
      return refuse(`status: expected passed, failed or skipped, got ${JSON.stringify(result.status)}`)
    }
    const undated = instantFault(result.created_at)
    if (undated !== undefined) return refuse(undated)
    const refusal = await refusalOf(async () => {
      const details = parseJsonObject(result.details)
      await client.request(ImportCheckResultDocument, {
        input: {
          materializationId,
          idempotencyKey: `${keyPrefix}check:${result.id}`,
          checkedAt: result.created_at,
          checks: [{ name: result.check_name ?? '', status, details }],
        },
      })
    })
    if (refusal === null) journal.tally.checkResults++
    else refuse(refusal)
  })
}
