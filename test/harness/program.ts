import type { print } from 'graphql'
import type pg from 'pg'
import type { readConfig } from '../../src/server/config.js'
import type { createLogger } from '../../src/server/logger.js'
import type { startServer } from '../../src/server/server.js'
import type { preparedStatements } from '../../src/store/prisma/statement.js'

/** The parts of the server that tests start and look into, with its driver of PostgreSQL. */
export interface Program {
  readConfig: typeof readConfig
  createLogger: typeof createLogger
  startServer: typeof startServer
  preparedStatements: typeof preparedStatements
  pg: typeof pg
  /** Of the parser, whose many modules each test file would have to load anew. */
  print: typeof print
  /** By which it goes: those of tests are others. */
  clocks: { Date: DateConstructor; performance: Performance }
}

declare global {
  var headwater: Program
}

/** As it was built (see environment.mjs). */
export const program: Program = globalThis.headwater
