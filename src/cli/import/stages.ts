import type { Client } from '../client.js'
import { recordingInputType } from '../record/input-schema.js'
import type { Catalog } from './catalog.js'
import type { Journal } from './journal.js'
import { readAssets } from './read-assets.js'
import { type ExpectedRun, readExpectedRuns } from './read-expected-runs.js'
import {
  type ReadOptions,
  readMaterializations,
  type SourceMaterialization,
} from './read-materializations.js'
import type { Refusals } from './refusals.js'
import type { Source } from './source.js'
import type { Stage } from './stage.js'
import { ASSET_MATERIALIZATION, ASSET_REGISTRY, DAG_ASSET_MAP, type RowOf } from './tables.js'
import { writeAssets } from './write-assets.js'
import { writeCheckResults } from './write-check-results.js'
import { writeExpectedRuns } from './write-expected-runs.js'
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

/** What was made, with its lineage and its checks. */
export function materializationStage(context: ImportContext): Stage<SourceMaterialization> {
  const { client, source, catalog, journal, refusals, options } = context
  const type = recordingInputType()
  return {
    table: ASSET_MATERIALIZATION.name,
    read: (after) => readMaterializations(source, catalog, options, after),
    write: async (made) => {
      const written = await writeMaterializations(client, type, made, journal, refusals)
      await writeCheckResults(client, made, written, options.keyPrefix, journal, refusals)
    },
  }
}

/** What DAG runs were expected to make. */
export function expectedRunStage(context: ImportContext): Stage<ExpectedRun> {
  const { client, source, catalog, journal, refusals, options } = context
  return {
    table: DAG_ASSET_MAP.name,
    read: (after) => readExpectedRuns(source, catalog, options, after),
    write: (runs) => writeExpectedRuns(client, runs, journal, refusals),
  }
}

/** What is known of the assets, which exist once something was made or expected of them. */
export function assetStage(context: ImportContext): Stage<RowOf<typeof ASSET_REGISTRY>> {
  const { client, source, catalog, journal, refusals, options } = context
  return {
    table: ASSET_REGISTRY.name,
    read: (after) => readAssets(source, catalog, options, after),
    write: (rows) => writeAssets(client, rows, options.namespace, journal, refusals),
  }
}
