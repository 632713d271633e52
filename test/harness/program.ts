import type pg from 'pg'
import type { readConfig } from '../../src/server/config.js'
import type { createLogger } from '../../src/server/logger.js'
import type { startServer } from '../../src/server/server.js'

/** The parts of the server that tests start, and the driver with which it speaks to PostgreSQL. */
export interface Program {
  readConfig: typeof readConfig
  createLogger: typeof createLogger
  startServer: typeof startServer
  pg: typeof pg
}

declare global {
  var headwater: Program | undefined
}

/** As built (see environment.mjs); the sources where a test asks for Jest's own environment, to replace some of them. */
export const program: Program = globalThis.headwater ?? (await sources())

async function sources(): Promise<Program> {
  const [config, logger, server, driver] = await Promise.all([
    import('../../src/server/config.js'),
    import('../../src/server/logger.js'),
    import('../../src/server/server.js'),
    import('pg'),
  ])
  return { ...config, ...logger, ...server, pg: driver.default }
}
