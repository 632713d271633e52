import { Command } from 'commander'
import type { ServerOptions } from './client.js'
import { tokenOption, urlOption } from './options.js'

/** `headwater demo`. */
export function demoCommand(): Command {
  return new Command('demo')
    .summary('Record a week of a document pipeline, and ask three questions about it.')
    .description(
      'Record a week of a document pipeline (ocr, classify, extract) into a running server, and ask three questions about it.',
    )
    .addOption(urlOption())
    .addOption(tokenOption())
    .addHelpText('after', HELP)
    .action(async (server: ServerOptions, command: Command) => {
      const { runDemo } = await import('./demo/run-demo.js')
      // What is in the environment need not be said again.
      await runDemo(server, command.getOptionValueSource('url') === 'cli' ? ` --url ${server.url}` : '')
    })
}

const HELP = `
It records into the namespace "default", with fixed dates in January 2026. A
second run records nothing twice.

Exit code: 0 where all went well, 1 where something failed, 2 for wrong usage.

Examples:
  headwater demo
  headwater demo --url http://lineage.internal:4000`
