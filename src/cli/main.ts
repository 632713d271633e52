#!/usr/bin/env node
import { Command, CommanderError } from 'commander'
import { EmbeddedPostgresError } from '../embedded-postgres/embedded-postgres-error.js'
import { StartupError } from '../errors/startup-error.js'
import { VERSION } from '../util/package-root.js'
import { backupCommand, restoreCommand } from './backup.js'
import { CommandError } from './command-error.js'
import { configCommand } from './config.js'
import { demoCommand } from './demo.js'
import { exportCommand } from './export.js'
import { importCommand } from './import.js'
import { migrateCommand } from './migrate.js'
import { openLineageCommand } from './openlineage.js'
import { endQuietlyWithReader, tell } from './output.js'
import { pathCommand } from './path.js'
import { pruneCommand } from './prune.js'
import { rebuildCommand } from './rebuild.js'
import { recordCommand } from './record.js'
import { selectCommand } from './select.js'
import { serveCommand } from './serve.js'
import { tokenCommand } from './token.js'
import { walkCommand } from './walk.js'
import { webhookCommand } from './webhook.js'

// Read by graphql and express when a command loads them: in development they check what a typed program need not.
process.env['NODE_ENV'] ??= 'production'

const WRONG_USAGE = 2

const program = new Command('headwater')
  .description('A GraphQL lineage server: record what your pipelines made and from what, and walk it.')
  .version(VERSION)
  .addCommand(serveCommand())
  .addCommand(demoCommand())
  .addCommand(recordCommand())
  .addCommand(walkCommand())
  .addCommand(pathCommand())
  .addCommand(selectCommand())
  .addCommand(exportCommand())
  .addCommand(configCommand())
  .addCommand(importCommand())
  .addCommand(openLineageCommand())
  .addCommand(migrateCommand())
  .addCommand(rebuildCommand())
  .addCommand(pruneCommand())
  .addCommand(backupCommand())
  .addCommand(restoreCommand())
  .addCommand(tokenCommand())
  .addCommand(webhookCommand())
  .addHelpText(
    'after',
    `
Exit code: 0 where all went well, 1 where something failed, 2 for wrong usage.

Example: a server, and in another terminal something to look at
  headwater serve
  headwater demo`,
  )

withExits(program, 'headwater')

endQuietlyWithReader()
try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = exitCodeOf(error)
}

/** Has a command and those below it throw instead of exiting, and point to their help. */
function withExits(command: Command, name: string): void {
  command.exitOverride().showHelpAfterError(`See ${name} --help`)
  for (const child of command.commands) withExits(child, `${name} ${child.name()}`)
}

/** Says what went wrong. What was foreseen is one line; anything else is a defect and shows where. */
function exitCodeOf(error: unknown): number {
  // Help and version end this way too, with 0; commander has written the rest.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USAGE
  const isForeseen =
    error instanceof CommandError || error instanceof StartupError || error instanceof EmbeddedPostgresError
  if (isForeseen) tell(`headwater: ${error.message}`)
  else process.stderr.write(`headwater: ${String(error instanceof Error ? error.stack : error)}\n`)
  return 1
}
