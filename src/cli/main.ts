#!/usr/bin/env node
import { Command } from 'commander'
import { EmbeddedPostgresError } from '../embedded-postgres/embedded-postgres.js'
import { StartupError } from '../errors/startup-error.js'
import { VERSION } from '../util/package-root.js'
import { migrateCommand } from './migrate.js'
import { serveCommand } from './serve.js'

const program = new Command('headwater')
  .description('A GraphQL lineage server: record what your pipelines made and from what, and walk it.')
  .version(VERSION)
  .showHelpAfterError()
  .addCommand(serveCommand())
  .addCommand(migrateCommand())

try {
  await program.parseAsync()
} catch (error) {
  // What was foreseen is one line; anything else is a defect and shows where.
  const isForeseen = error instanceof StartupError || error instanceof EmbeddedPostgresError
  process.stderr.write(
    `headwater: ${isForeseen ? error.message : String(error instanceof Error ? error.stack : error)}\n`,
  )
  process.exitCode = 1
}
