import type { Client } from '../client.js'
import { recordingInputType } from '../record/input-schema.js'
import type { Catalog } from './catalog.js'
import type { Journal } from './journal.js'
import {
  type ReadOptions,
  readMaterializations,
  type SourceMaterialization,
} from './read-materializations.js'
import type { Refusals } from './refusals.js'
import type { Source } from './source.js'
import type { Stage } from './stage.js'
import { ASSET_MATERIALIZATION } from './tables.js'
import { writeMaterializations } from './write-materializations.js'

/** What an import works with. */
export interface ImportContext {
  client: Client
  source: Source
  catalog: Catalog
  journal: Journal
  refusals: Refusals
  options: ReadOptions
}

/** The tables in the order in which they are imported; those that come with others, or are not there, left out. */
export function* stagesOf(context: ImportContext): Generator<Stage<SourceMaterialization>> {
  yield materializationStage(context)
}

function materializationStage({
  client,
  source,
  catalog,
  journal,
  refusals,
  options,
}: ImportContext): Stage<SourceMaterialization> {
  const type = recordingInputType()
  return {
    table: ASSET_MATERIALIZATION.name,
    read: (after) => readMaterializations(source, catalog, options, after),
    write: async (rows) => {
      await writeMaterializations(client, type, rows, journal, refusals)
    },
  }
}
