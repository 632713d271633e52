import { Command } from 'commander'
import type { ReplayOptions } from './openlineage/replay.js'
import { tokenOption, urlOption } from './options.js'

/** `headwater openlineage`. */
export function openLineageCommand(): Command {
  const replay = new Command('replay')
    .summary('Send recorded OpenLineage events to a server.')
    .description('Send recorded OpenLineage events to a server, in the order in which they are recorded.')
    .argument('<source>', 'a file of events, a folder of such files, or - for standard input')
    .addOption(urlOption())
    .addOption(tokenOption())
    .option('--state <file>', 'where to keep how far it is; by default a file in this folder')
    .addHelpText('after', HELP)
    .action(async (source: string, options: ReplayOptions) => {
      const { replayEvents } = await import('./openlineage/replay.js')
      await replayEvents(source, options)
    })
  return new Command('openlineage')
    .description('Take in what OpenLineage producers report.')
    .addCommand(replay)
}

const HELP = `
A file holds an event a line (NDJSON), one event, or a list of events. Of a
folder all files that end in .json, .jsonl or .ndjson count, in the order of
their names, those in folders below too.

What is interrupted goes on where it was when it is run again; an event that
the server has already is no other one, so nothing is doubled.

Exit code: 0 where every event was taken; 1 where one was refused (each is named
on standard error) or something failed; 2 for wrong usage.

Examples:
  headwater openlineage replay events.ndjson
  kcat -C -t openlineage -e | headwater openlineage replay -`
