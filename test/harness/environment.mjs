// Tests run apart from each other, each with modules of its own; the server does not: as it was built, it is loaded once
// in each process that runs tests, and is soon as fast as servers are.
import { print } from 'graphql'
import { TestEnvironment } from 'jest-environment-node'
import pg from 'pg'
import { readConfig } from '../../dist/src/server/config.js'
import { createLogger } from '../../dist/src/server/logger.js'
import { startServer } from '../../dist/src/server/server.js'
import { preparedStatements } from '../../dist/src/store/prisma/statement.js'

export default class extends TestEnvironment {
  async setup() {
    await super.setup()
    const clocks = { Date, performance }
    this.global.headwater = { pg, readConfig, createLogger, startServer, preparedStatements, print, clocks }
  }
}
