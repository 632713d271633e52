import { Command, Option } from 'commander'
import { tokenOption, urlOption } from './options.js'
import type { SelectOptions } from './select/show-selection.js'

/** `headwater select`. */
export function selectCommand(): Command {
  return new Command('select')
    .summary('List the assets that a selection selects.')
    .description('List the keys of the assets that a selection selects, in the order of their names.')
    .argument('<selection>', 'e.g. \'+key:"ocr/*" and not kind:json\'')
    .addOption(urlOption())
    .addOption(tokenOption())
    .addOption(
      new Option('--scope <edges>', 'all: whatever was ever so; current: as in the latest materializations')
        .choices(['all', 'current'])
        .default('all'),
    )
    .option('--json', 'print the assets as JSON, with namespaces and kinds')
    .addHelpText('after', HELP)
    .action(async (selection: string, options: SelectOptions) => {
      const { showSelection } = await import('./select/show-selection.js')
      await showSelection(selection, options)
    })
}

const HELP = `
A selection is made of a key, kind:, tag:, owner:, namespace: and status:, of
+x (and everything upstream), x+ (downstream), 2+x+3 (so many hops), roots(x),
sinks(x), and, or, not and parentheses. * stands for anything in a key, and
alone for every asset. Namespaces other than default follow keys behind a tab.

Exit code: 0 for an answer, even of no asset; 1 where something failed or the
selection is wrong; 2 for wrong usage.

Examples:
  headwater select 'key:"ocr/*" and not kind:json'
  headwater select 'roots(+extract/claims)'
  headwater select 'status:stale and owner:me' --json`
