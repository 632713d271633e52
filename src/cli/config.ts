import { Command } from 'commander'
import type { ApplyOptions } from './config/apply-config.js'
import { tokenOption, urlOption } from './options.js'

/** `headwater config`. */
export function configCommand(): Command {
  return new Command('config')
    .description('Say what nodes are expected to make.')
    .addCommand(applyCommand())
    .addHelpText('after', HELP)
}

const HELP = `
Exit code: 0 where all went well, 1 where something failed, 2 for wrong usage.

Examples:
  headwater config apply assets.yaml`

function applyCommand(): Command {
  return new Command('apply')
    .summary('Register what a YAML file says that nodes are expected to make.')
    .description(
      'Register what a YAML file (asset_config) says that nodes are expected to make: all of it or nothing.',
    )
    .argument('<file>', 'YAML; - for standard input')
    .option('--dag-id <id>', 'of the one DAG run for which it holds; by default for all')
    .option('--dag-name <name>', 'what the DAG is called')
    .option('--namespace <name>', 'of the assets that name none; "default" by default')
    .option('--dry-run', 'check the file alone: no server is asked')
    .addOption(urlOption())
    .addOption(tokenOption())
    .option('--json', 'print the answer, or what is wrong, as JSON')
    .addHelpText('after', APPLY_HELP)
    .action(async (file: string, options: ApplyOptions) => {
      const { applyConfig } = await import('./config/apply-config.js')
      await applyConfig(file, options)
    })
}

const APPLY_HELP = `
The file, in both forms:

  asset_config:
    ocr:                     # short: keys; the first is primary, all required
      - ocr/text
      - ocr/bboxes
    extract:                 # long
      upstream_nodes: [ocr]
      assets:
        - key: extract/claims
          is_primary: true
        - key: extract/errors
          kind: metadata
          is_required: false

A long asset may also have kinds, namespace, description and metadata. What is
not said of a kind is inferred from the key. "asset_config:" may be left out.

What is wrong is named by line and column, all of it at once, and nothing is
applied. What was registered of the nodes in the file is replaced as a whole;
other nodes stay as they are. It gates nothing: recording what nobody expected
stays legal.

Exit code: 0 where it is applied, 1 where the file is bad or something failed, 2
for wrong usage.

Examples:
  headwater config apply assets.yaml
  headwater config apply assets.yaml --dry-run
  headwater config apply assets.yaml --dag-id invoices-2026-03-01`
