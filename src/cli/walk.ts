import { Command, Option } from 'commander'
import { tokenOption, urlOption, wholeNumber } from './options.js'
import { LARGEST_LIMIT } from './walk/limits.js'
import type { WalkOptions } from './walk/show-walk.js'

/** `headwater walk`. */
export function walkCommand(): Command {
  return new Command('walk')
    .summary('Show what an asset was made from and what was made from it.')
    .description('Show what an asset was made from (--up) and what was made from it (--down), as trees.')
    .argument('<key>', 'of the asset to start at, e.g. ocr/text')
    .addOption(urlOption())
    .addOption(tokenOption())
    .option('--up', 'only what it was made from')
    .option('--down', 'only what was made from it')
    .option('--namespace <name>', 'of the asset', 'default')
    .option('--depth <hops>', 'the most hops; unlimited by default', wholeNumber(0, 2 ** 31 - 1))
    .option('--limit <assets>', `the most assets, 1 to ${LARGEST_LIMIT}`, wholeNumber(1, LARGEST_LIMIT), 500)
    .addOption(
      new Option('--scope <edges>', 'all: whatever was ever so; current: as in the latest materializations')
        .choices(['all', 'current'])
        .default('all'),
    )
    .option('--json', 'print the answer as JSON')
    .option('--after <cursor>', 'with --json: go on behind this nextCursor of the same walk')
    .addHelpText('after', HELP)
    .action(async (key: string, options: WalkOptions, command: Command) => {
      if (options.after !== undefined && options.json === undefined) {
        command.error('error: --after needs --json: a tree is drawn from its root')
      }
      const { showWalk } = await import('./walk/show-walk.js')
      await showWalk(key, options)
    })
}

const HELP = `
An asset is drawn with what is beyond it once; after that it says "(see above)",
or "↻" where it closes a cycle. "+12" counts direct neighbours that are not
shown. The last line says whether that is everything.

Exit code: 0 for an answer, complete or not; 1 where the asset is unknown or
something failed; 2 for wrong usage.

Examples:
  headwater walk extract/claims --up
  headwater walk ocr/text --down --depth 2
  headwater walk ocr/text --scope current --json`
