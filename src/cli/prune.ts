import { Command } from 'commander'
import type { PrunedDatabase } from '../server/prune-database.js'
import { duration, wholeNumber } from './options.js'
import { print } from './output.js'
import { plural } from './plural.js'
import { type Progress, startProgress } from './progress.js'

/** `headwater prune` */
export function pruneCommand(): Command {
  return new Command('prune')
    .summary('Remove old materializations that nothing current needs.')
    .description(
      'Remove old materializations that nothing current needs, with all that hangs on them. Says what would go, unless --yes is given.',
    )
    .requiredOption(
      '--older-than <age>',
      'what was made and recorded longer ago: days (90d), hours (36h) or minutes (90m), 1h at least',
      duration('1h', 3_600_000),
    )
    .option(
      '--keep-latest <number>',
      'so many of each partition of an asset stay',
      wholeNumber(1, 1_000_000),
      5,
    )
    .option('--namespace <namespace>', 'of the assets of this namespace alone')
    .option('--yes', 'remove it: by default nothing is')
    .addHelpText('after', HELP)
    .action(prune)
}

const HELP = `
Assets and lineage edges stay, with all counts and times. So does what the latest
materialization of each partition was made from, what was the latest when the
age was reached, each run of which anything stays, and the latest of all that a
DAG run has made of which anything stays. An input whose materialization has gone
says so. The past before that time cannot be asked
about any more: asOf refuses it.

Settings come from the environment, as those of headwater serve do. It may run
beside servers. It removes some hundred at a time, and may be stopped and begun
again.

Exit code: 0 where all went well, 1 where something failed, 2 for wrong usage.

Examples:
  headwater prune --older-than 90d
  headwater prune --older-than 90d --keep-latest 5 --yes
  headwater prune --older-than 30d --namespace ocr --yes`

interface PruneOptions {
  olderThan: number
  keepLatest: number
  namespace?: string
  yes?: boolean
}

async function prune({ olderThan, keepLatest, namespace, yes = false }: PruneOptions): Promise<void> {
  // Only here: see serve.
  const { readConfig } = await import('../server/config.js')
  const { createLogger } = await import('../server/logger.js')
  const { pruneDatabase } = await import('../server/prune-database.js')
  const config = readConfig(process.env)
  const horizon = new Date(Date.now() - olderThan)
  let progress: Progress | undefined
  try {
    const pruned = await pruneDatabase(config, createLogger(config), {
      horizon,
      keepLatest,
      namespace: namespace ?? null,
      isDry: !yes,
      onTotal: (total) => {
        progress = startProgress('pruning', total)
      },
      advance: (by) => progress?.advance(by),
    })
    progress?.[Symbol.dispose]()
    await print(reportOf(pruned, horizon, yes))
  } finally {
    progress?.[Symbol.dispose]()
  }
}

function reportOf(
  { description, counts, recordedSince }: PrunedDatabase,
  horizon: Date,
  isDone: boolean,
): string[] {
  const tables = Object.entries(counts).filter(([, count]) => count > 0)
  const before = `${description}: before ${horizon.toISOString()}`
  if (tables.length === 0) {
    const late = recordedSince === 0 ? '' : `: ${recordedSince} were made before that, but recorded since`
    return [`${before} there is nothing to prune${late}`]
  }
  const rows = tables.reduce((sum, [, count]) => sum + count, 0)
  return [
    isDone
      ? `${before} ${rows} ${plural(rows, 'row')} pruned`
      : `${before} ${rows} ${plural(rows, 'row')} would go`,
    ...tables.map(([table, count]) => `  ${table}: ${count}`),
    ...(isDone ? [] : ['Nothing has been removed: --yes does it.']),
  ]
}
