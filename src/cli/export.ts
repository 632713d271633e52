import { Command, Option } from 'commander'
import type { ExportOptions } from './export/export-lineage.js'
import { tokenOption, urlOption, wholeNumber } from './options.js'

/** `headwater export`. */
export function exportCommand(): Command {
  return new Command('export')
    .summary('Write all that an asset was made from and that was made from it.')
    .description(
      'Write all that an asset was made from (--up) and that was made from it (--down), however much that is, to a file or to standard output.',
    )
    .argument('<key>', 'of the asset to start at, e.g. ocr/text')
    .addOption(urlOption())
    .addOption(tokenOption())
    .option('--up', 'only what it was made from')
    .option('--down', 'only what was made from it')
    .option('--namespace <name>', 'of the asset', 'default')
    .option('--depth <hops>', 'the most hops; unlimited by default', wholeNumber(0, 999_999_999))
    .addOption(
      new Option('--scope <edges>', 'all: whatever was ever so; current: as in the latest materializations')
        .choices(['all', 'current'])
        .default('all'),
    )
    .addOption(
      new Option('--format <name>', 'of what is written')
        .choices(['ndjson', 'csv', 'dot', 'mermaid', 'openlineage'])
        .default('ndjson'),
    )
    .option('--as-of <time>', 'as it was then, e.g. 2026-03-01T12:00:00Z')
    .option('--output <file>', 'where to write; standard output by default')
    .addHelpText('after', HELP)
    .action(async (key: string, options: ExportOptions) => {
      const { exportLineage } = await import('./export/export-lineage.js')
      await exportLineage(key, options)
    })
}

const HELP = `
The last line of what is written is a trailer: how many assets and edges there
are, and whether that is everything. A file is written beside its place, and
gets its name once it is whole; what was there before is replaced.

Exit code: 0 where everything was written; 1 where that is not everything (more
lies beyond --depth), the asset is unknown or something failed; 2 for wrong
usage.

Examples:
  headwater export extract/claims --up > claims.ndjson
  headwater export ocr/text --format csv --output text.csv
  headwater export ocr/text --down --format dot | dot -Tsvg > text.svg`
