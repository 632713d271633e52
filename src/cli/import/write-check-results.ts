import {
  type CheckStatus,
  ImportCheckResultDocument,
  ImportedCheckResultsDocument,
} from '../../../schema/operations.generated.js'
import type { Client } from '../client.js'
import { inFlight } from '../record/in-flight.js'
import { parseJsonObject } from './exact-json.js'
import { instantFault } from './instant-fault.js'
import type { Journal } from './journal.js'
import type { SourceMaterialization } from './read-materializations.js'
import { type Refusals, refusalOf } from './refusals.js'
import { ASSET_CHECK_RESULT } from './tables.js'
import type { WrittenMaterialization } from './write-materializations.js'

const MOST_IN_FLIGHT = 4

/** By what the source calls it, in small letters. */
const STATUSES = new Map<string, CheckStatus>([
  ['passed', 'PASSED'],
  ['failed', 'FAILED'],
  ['skipped', 'SKIPPED'],
])

/**
 * Records what checks said of materializations, each result under a key of its own; counts those that are new. `made`:
 * the materializations that the server has, by their ids in the source.
 */
export async function writeCheckResults(
  client: Client,
  materializations: readonly SourceMaterialization[],
  made: ReadonlyMap<string, WrittenMaterialization>,
  keyPrefix: string,
  journal: Journal,
  refusals: Refusals,
): Promise<void> {
  const results = materializations.flatMap(({ checks }) => checks)
  const known = await knownResults(client, materializations, made)
  await inFlight(results, MOST_IN_FLIGHT, async (result) => {
    const refuse = (message: string) =>
      refusals.add({ table: ASSET_CHECK_RESULT.name, id: result.id ?? '', message })
    const materializationId = made.get(result.materialization_id ?? '')?.id
    if (materializationId === undefined) return refuse('its materialization was refused')
    const status = STATUSES.get(result.status?.toLowerCase() ?? '')
    if (status === undefined) {
      return refuse(`status: expected passed, failed or skipped, got ${JSON.stringify(result.status)}`)
    }
    const undated = instantFault(result.created_at)
    if (undated !== undefined) return refuse(undated)
    const refusal = await refusalOf(async () => {
      const details = parseJsonObject(result.details)
      const { recordCheckResults } = await client.request(ImportCheckResultDocument, {
        input: {
          materializationId,
          idempotencyKey: `${keyPrefix}check:${result.id}`,
          checkedAt: result.created_at,
          checks: [{ name: result.check_name ?? '', status, details }],
        },
      })
      if (!recordCheckResults.every(({ id }) => known.has(id))) journal.tally.checkResults++
    })
    if (refusal !== null) refuse(refusal)
  })
}

/** The ids of the results that the server has already: of materializations that it had already, if any. */
async function knownResults(
  client: Client,
  materializations: readonly SourceMaterialization[],
  made: ReadonlyMap<string, WrittenMaterialization>,
): Promise<ReadonlySet<string>> {
  const checked = materializations.flatMap(({ id, checks }) =>
    checks.length > 0 ? (made.get(id) ?? []) : [],
  )
  const known = new Set<string>()
  await inFlight(
    checked.filter(({ isNew }) => !isNew),
    MOST_IN_FLIGHT,
    async ({ id }) => {
      const { materialization } = await client.request(ImportedCheckResultsDocument, { id })
      for (const check of materialization?.checks.nodes ?? []) known.add(check.id)
    },
  )
  return known
}
