import { ImportWitnessDocument } from '../../../schema/operations.generated.js'
import { Client, type ServerOptions } from '../client.js'
import { CommandError } from '../command-error.js'
import { print, tell } from '../output.js'
import { type Catalog, readCatalog } from './catalog.js'
import { type ImportIdentity, Journal } from './journal.js'
import { Refusals } from './refusals.js'
import { jsonReport, textReport } from './report.js'
import { openSource, type Source } from './source.js'
import { readSourceUrl } from './source-url.js'
import { runStage, type Stage } from './stage.js'
import { assetStage, expectedRunStage, materializationStage } from './stages.js'
import { defaultStatePath } from './state-path.js'
import { TABLES } from './tables.js'

/** In ms: long enough for a server that is being replaced. */
const PATIENCE_MS = 60_000

/** As the command line gives them. */
export interface ImportOptions extends ServerOptions {
  /** Of the source, with its password. */
  from: string
  schema: string
  namespace?: string
  pageSize: number
  state?: string
  json?: true
}

/** Imports what a Marie-AI has tracked, from where an earlier run of the same import stopped, and says what came of it. */
export async function importMarie(options: ImportOptions): Promise<void> {
  const { from, schema, namespace = null, url } = options
  const sourceUrl = readSourceUrl(from)
  const client = new Client(options, PATIENCE_MS)
  await using source = await openSource(sourceUrl)
  const catalog = await readCatalog(source, schema)
  const identity = { source: sourceUrl.shown, schema, server: url.href, namespace }
  const journal = await journalOf(client, options.state ?? defaultStatePath(identity), identity)
  const refusals = new Refusals(journal.tally)

  let failure: CommandError | undefined
  try {
    await importTables(client, source, catalog, journal, refusals, options)
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    failure = journal.hasBegun
      ? new CommandError(
          `${error.message}; the same command again goes on where it stopped (${journal.path})`,
          { cause: error },
        )
      : error
  }
  await print([
    options.json === true
      ? jsonReport(journal.tally, refusals.listed, failure?.message)
      : textReport(journal.tally),
  ])
  if (journal.tally.refused > 0) process.exitCode = 1
  if (failure !== undefined) throw failure
}

/** The journal of this import; a new one where the server has lost what it was about. */
async function journalOf(client: Client, path: string, identity: ImportIdentity): Promise<Journal> {
  const journal = await Journal.open(path, identity)
  if (journal.witness === null) return journal
  const { materialization } = await client.request(ImportWitnessDocument, { id: journal.witness })
  if (materialization !== null) {
    tell(`going on where an earlier run stopped (${path})`)
    return journal
  }
  tell(`beginning anew: the server no longer has what an earlier run imported (${path})`)
  return journal.anew()
}

async function importTables(
  client: Client,
  source: Source,
  catalog: Catalog,
  journal: Journal,
  refusals: Refusals,
  { namespace, pageSize }: ImportOptions,
): Promise<void> {
  for (const { name } of TABLES.filter((table) => !catalog.has(table))) {
    tell(`${name}: the source has no such table`)
  }
  const totals = await countRows(source, catalog)
  // Two sources in namespaces of their own are two imports: what one calls 17 is not what the other does.
  const keyPrefix = namespace === undefined ? 'marie:' : `marie:${namespace}:`
  const options = { pageSize, namespace: namespace ?? null, keyPrefix }
  const context = { client, source, catalog, journal, refusals, options }
  const run = async <Item>(stage: Stage<Item>) => {
    const total = totals.get(stage.table)
    if (total !== undefined) await runStage(stage, journal, total)
  }
  await run(materializationStage(context))
  await run(expectedRunStage(context))
  await run(assetStage(context))
  await journal.finish()
}

async function countRows(source: Source, catalog: Catalog): Promise<Map<string, number>> {
  const tables = TABLES.filter((table) => catalog.has(table))
  const counts = tables.map((table) => `(SELECT count(*) FROM ${catalog.nameOf(table)}) AS "${table.name}"`)
  const [row = {}] = await source.read((query) =>
    query<Record<string, string>>(`SELECT ${counts.join(', ')}`),
  )
  return new Map(Object.entries(row).map(([name, count]) => [name, Number(count)]))
}
