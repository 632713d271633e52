import { Command, InvalidArgumentError, Option } from 'commander'
import { HeadwaterError } from '../errors/headwater-error.js'
import { BOUNDS, checkName } from '../lineage/recording/bounds.js'
import type { ImportOptions } from './import/import-marie.js'
import { tokenOption, urlOption, wholeNumber } from './options.js'

const LARGEST_PAGE = 10_000

/** `headwater import`. */
export function importCommand(): Command {
  return new Command('import')
    .description('Import what another system has tracked.')
    .addCommand(marieCommand())
    .addHelpText('after', HELP)
}

const HELP = `
Exit code: 0 where all went well, 1 where something failed, 2 for wrong usage.

Examples:
  headwater import marie --from postgresql://reader@db/marie`

function marieCommand(): Command {
  return new Command('marie')
    .summary('Import the assets that a Marie-AI has tracked.')
    .description(
      'Import what a Marie-AI has tracked, from its tables in PostgreSQL: materializations with their times, versions and lineage, check results, expected assets, descriptions.',
    )
    .addOption(
      // Without a parser: commander repeats what it refuses, and this may hold a password.
      new Option('--from <url>', 'postgresql://user:password@host:port/database')
        .env('MARIE_DATABASE_URL')
        .makeOptionMandatory(),
    )
    .option('--schema <name>', 'of the tables', 'marie_scheduler')
    .option('--namespace <name>', 'of all assets, whatever the source says', namespaceName)
    .option(
      '--page-size <rows>',
      `the rows read at a time, 1 to ${LARGEST_PAGE}`,
      wholeNumber(1, LARGEST_PAGE),
      1_000,
    )
    .option('--state <file>', 'keeps the place; by default headwater-import-….json here')
    .addOption(urlOption())
    .addOption(tokenOption())
    .option('--json', 'print the counts, and what was refused, as JSON')
    .addHelpText('after', MARIE_HELP)
    .action(async (options: ImportOptions) => {
      const { importMarie } = await import('./import/import-marie.js')
      await importMarie(options)
    })
}

function namespaceName(text: string): string {
  try {
    return checkName('namespace', text, BOUNDS.namespaceCharacters / 2)
  } catch (error) {
    if (error instanceof HeadwaterError) throw new InvalidArgumentError(error.message)
    throw error
  }
}

const MARIE_HELP = `
The source is only read. Each asset keeps the namespace that the source gives
it (marie-ai, where it says nothing), or all get that of --namespace. A password
can also come from the environment, as PGPASSWORD.

It can be stopped at any time, and killed: the same command again goes on where
it was. How far it is, is kept in a file until it is done. Run again after that,
it adds what has come since; nothing is doubled.

A row that the server does not take (a bound, other content than was imported
before) is named by table and id; the rest goes on.

Exit code: 0 where all is imported, 1 where a row was refused or something
failed, 2 for wrong usage.

Examples:
  headwater import marie --from postgresql://reader@db/marie
  headwater import marie --from postgresql://reader@db/marie --namespace default
  PGPASSWORD=… headwater import marie --from postgresql://reader@db/marie --json`
