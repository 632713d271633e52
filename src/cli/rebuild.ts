import { Command } from 'commander'
import type { RebuiltDatabase } from '../server/rebuild-database.js'
import { print, tell } from './output.js'
import { plural } from './plural.js'
import { type Progress, startProgress } from './progress.js'

/** `headwater rebuild` */
export function rebuildCommand(): Command {
  return new Command('rebuild')
    .summary('Make what is derived anew, from events and recordings.')
    .description(
      'Make all that is derived anew, from the OpenLineage events that are kept and from what was recorded, and mend what is otherwise.',
    )
    .option('--check', 'only say what is wrong: change nothing')
    .addHelpText('after', HELP)
    .action(rebuild)
}

const HELP = `
For a database that may be wrong, and after an upgrade that reads more out of an
event. Settings come from the environment, as those of headwater serve do; the
database is brought to the present schema first.

It may run beside servers. They answer all the while; at its end recordings and
events wait until it has put right what is wrong, or are told to come again. It
does all or nothing: where it is interrupted the database is as it was.

Exit code: 0 where all is well now, 1 where something failed, where an event
cannot be read any more or, with --check, where something is wrong; 2 for wrong
usage.

Examples:
  headwater rebuild --check
  DATABASE_URL=postgresql://user:password@db/lineage headwater rebuild`

interface RebuildOptions {
  check?: boolean
}

async function rebuild({ check: isCheck = false }: RebuildOptions): Promise<void> {
  // Only here: see serve.
  const { readConfig } = await import('../server/config.js')
  const { createLogger } = await import('../server/logger.js')
  const { rebuildDatabase } = await import('../server/rebuild-database.js')
  const config = readConfig(process.env)
  let progress: Progress | undefined
  try {
    const rebuilt = await rebuildDatabase(config, createLogger(config), {
      isCheck,
      onTotal: (total) => {
        progress = startProgress('rebuilding', total)
      },
      advance: (by) => progress?.advance(by),
    })
    progress?.[Symbol.dispose]()
    for (const { hash, reason } of rebuilt.unread) tell(`event ${hash}: ${reason}`)
    await print(reportOf(rebuilt, isCheck))
    const isWrong = isCheck && rebuilt.corrections.length > 0
    if (isWrong || rebuilt.unread.length > 0) process.exitCode = 1
  } finally {
    progress?.[Symbol.dispose]()
  }
}

function reportOf(rebuilt: RebuiltDatabase, isCheck: boolean): string[] {
  const { description, events, recorded, keptRuns, corrections } = rebuilt
  const from = `${counted(events, 'event')} and ${counted(recorded, 'recorded materialization')}`
  const rows = corrections.reduce((sum, { added, removed, changed }) => sum + added + removed + changed, 0)
  const [were, are] = rows === 1 ? ['was', 'is'] : ['were', 'are']
  return [
    `${description}: ${isCheck ? 'checked against' : 'rebuilt from'} ${from}`,
    ...keptOf(keptRuns),
    rows === 0
      ? 'nothing was wrong'
      : `${counted(rows, 'row')} ${were} wrong${isCheck ? `, and still ${are}` : ''}`,
    ...corrections.map(({ table, added, removed, changed }) => {
      const parts: [number, string][] = [
        [added, 'missing'],
        [changed, 'different'],
        [removed, 'too many'],
      ]
      const some = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`)
      return `  ${table}: ${some.join(', ')}`
    }),
  ]
}

function keptOf(runs: number): string[] {
  if (runs === 0) return []
  const [stay, their] = runs === 1 ? ['stays as it is', 'its'] : ['stay as they are', 'their']
  return [`${counted(runs, 'run')} ${stay}: of ${their} events some are gone, or cannot be read`]
}

function counted(count: number, what: string): string {
  return `${count} ${plural(count, what)}`
}
