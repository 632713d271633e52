import { Command } from 'commander'
import { tokenOption, urlOption } from './options.js'
import type { RecordOptions } from './record/record-file.js'

/** `headwater record`. */
export function recordCommand(): Command {
  return new Command('record')
    .summary('Record the runs that a file lists.')
    .description(
      'Record the runs that a file lists: what each made, and from what. Each is the input of the mutation recordMaterializations.',
    )
    .argument(
      '<file>',
      'NDJSON, one recording a line; or JSON, one recording or an array of them; - for standard input',
    )
    .addOption(urlOption())
    .addOption(tokenOption())
    .option('--keep-good', 'record the good ones where some are bad')
    .option('--json', 'print the counts, and what is bad, as JSON')
    .addHelpText('after', HELP)
    .action(async (file: string, options: RecordOptions) => {
      const { recordFile } = await import('./record/record-file.js')
      await recordFile(file, options)
    })
}

const HELP = `
Every recording is checked before the first is sent. If one is bad, all that are
bad are named by line and nothing is recorded; with --keep-good the good ones
are. What only the server can see (an idempotencyKey that it knows with other
content) shows while sending: up to 100 recordings go in one transaction, all or
nothing. Of a longer file those sent before stay recorded, and the message says
how many.

The same file again records nothing twice. A recording without an idempotencyKey
gets one, made of its content and its place among the recordings of the file. So
more may be appended, and a bad line corrected, before the file is recorded
again; but what stands behind an inserted or a removed recording has a new place
and is recorded again. And two files with the same content at the same place
name the same run: give runs that differ in nothing else a materializedAt, or an
idempotencyKey of your own.

Exit code: 0 where all is recorded, 1 where something is bad (with --keep-good
too) or has failed, 2 for wrong usage.

Examples:
  headwater record runs.ndjson
  headwater record runs.json --keep-good --json
  zcat runs.ndjson.gz | headwater record - --url https://lineage.example.com`
