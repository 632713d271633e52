import { Command, Option } from 'commander'
import { tokenOption, urlOption, wholeNumber } from './options.js'
import { LARGEST_LIMIT } from './path/limits.js'
import type { PathOptions } from './path/show-paths.js'

/** `headwater path`. */
export function pathCommand(): Command {
  return new Command('path')
    .summary('Show how one asset comes to flow into another.')
    .description('Show how one asset comes to flow into another: the shortest paths, in order.')
    .argument('<from>', 'key of the asset upstream, e.g. raw/documents')
    .argument('<to>', 'key of the asset downstream, e.g. extract/claims')
    .addOption(urlOption())
    .addOption(tokenOption())
    .option('--namespace <name>', 'of the asset upstream', 'default')
    .option('--to-namespace <name>', 'of the asset downstream, where it is another')
    .option('--limit <paths>', `the most paths, 1 to ${LARGEST_LIMIT}`, wholeNumber(1, LARGEST_LIMIT), 10)
    .option('--max-length <hops>', 'leave out longer paths', wholeNumber(0, 2 ** 31 - 1))
    .addOption(
      new Option('--scope <edges>', 'all: whatever was ever so; current: as in the latest materializations')
        .choices(['all', 'current'])
        .default('all'),
    )
    .option('--json', 'print the answer as JSON')
    .option('--after <cursor>', 'go on behind this nextCursor of the same question')
    .addHelpText('after', HELP)
    .action(async (from: string, to: string, options: PathOptions) => {
      const { showPaths } = await import('./path/show-paths.js')
      await showPaths(from, to, options)
    })
}

const HELP = `
A path holds each asset once. The last line says whether there are no more.

Exit code: 0 for an answer, complete or not, and where there is no path; 1 where
an asset is unknown or something failed; 2 for wrong usage.

Examples:
  headwater path raw/documents extract/claims
  headwater path raw/documents extract/claims --scope current --limit 1`
