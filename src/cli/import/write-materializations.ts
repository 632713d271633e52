import type { GraphQLInputObjectType } from 'graphql'
import type { Client } from '../client.js'
import { inBatches } from '../record/batches.js'
import { checkEntry, type ReadyEntry } from '../record/check-entry.js'
import { inFlight } from '../record/in-flight.js'
import { sendGood } from '../record/send.js'
import { instantFault } from './instant-fault.js'
import type { Journal } from './journal.js'
import type { SourceMaterialization } from './read-materializations.js'
import type { Refusals } from './refusals.js'
import { ASSET_MATERIALIZATION } from './tables.js'

/** All are dated, so the order in which they arrive does not matter. */
const MOST_IN_FLIGHT = 4

/** A materialization that the server has. */
export interface WrittenMaterialization {
  id: string
  /** Whether it had not been there before. */
  isNew: boolean
}

/**
 * Records materializations with their upstreams; names those that cannot be. Answers with those that the server has,
 * by their ids in the source.
 */
export async function writeMaterializations(
  client: Client,
  type: GraphQLInputObjectType,
  rows: readonly SourceMaterialization[],
  journal: Journal,
  refusals: Refusals,
): Promise<Map<string, WrittenMaterialization>> {
  const refuse = (at: number, message: string) =>
    refusals.add({ table: ASSET_MATERIALIZATION.name, id: rows[at]?.id ?? '', message })
  const written = new Map<string, WrittenMaterialization>()
  const ready: ReadyEntry[] = []
  rows.forEach(({ madeAt, content }, at) => {
    // Without one the server would date it by its own clock, and take it for the latest.
    const undated = instantFault(madeAt)
    const checked = checkEntry(type, { number: at, position: at, content })
    if (undated !== undefined) refuse(at, undated)
    else if ('message' in checked) refuse(at, inItsOwnWords(checked.message))
    else ready.push(checked)
  })
  await inFlight(inBatches(ready), MOST_IN_FLIGHT, (batch) =>
    sendGood(
      client,
      batch,
      ({ number }, { duplicate, materializations: [made] }) => {
        const row = rows[number]
        if (row === undefined || made === undefined) return
        written.set(row.id, { id: made.id, isNew: !duplicate })
        journal.addWitness(made.id)
        if (duplicate) journal.tally.alreadyThere++
        else journal.tally.materializations++
        if (!duplicate) journal.tally.upstreams += row.upstreamCount
      },
      ({ number, message }) => refuse(number, message),
    ),
  )
  return written
}

/** A recording has one asset here: its place says nothing. */
function inItsOwnWords(message: string): string {
  return message.replaceAll('assets[0].', '')
}
