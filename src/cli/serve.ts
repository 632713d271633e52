import { Command } from 'commander'
import { readConfig } from '../server/config.js'
import { createLogger } from '../server/logger.js'
import { type RunningServer, startServer } from '../server/server.js'

export function serveCommand(): Command {
  return new Command('serve')
    .description('Start the server. Settings come from the environment: see the README.')
    .option('-p, --port <number>', 'as PORT')
    .option('--host <address>', 'as HOST')
    .option('--data-dir <folder>', 'as HEADWATER_DATA_DIR')
    .option('--database-url <url>', 'as DATABASE_URL')
    .action(serve)
}

interface ServeOptions {
  port?: string
  host?: string
  dataDir?: string
  databaseUrl?: string
}

async function serve({ port, host, dataDir, databaseUrl }: ServeOptions): Promise<void> {
  const config = readConfig({
    ...process.env,
    ...(port === undefined ? {} : { PORT: port }),
    ...(host === undefined ? {} : { HOST: host }),
    ...(dataDir === undefined ? {} : { HEADWATER_DATA_DIR: dataDir }),
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
  })
  const logger = createLogger(config)
  const stopAsked = untilSignal()
  const server = await startServer({ config, logger })
  process.stdout.write(greeting(server))

  const reason = await Promise.race([stopAsked, server.failure])
  if (reason instanceof Error) {
    logger.fatal({ err: reason }, 'the database is gone')
    process.exitCode = 1
  } else {
    logger.info({ signal: reason }, 'stopping')
  }
  await server.stop()
}

/** The first SIGINT or SIGTERM asks for a graceful stop; a second one ends the process at once. */
function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve)
  })
}

const MUTATION =
  'mutation { recordMaterializations(input: { jobId: "job-1", assets: [{ key: "extract/claims", version: "v1" }], upstream: [{ key: "ocr/text" }] }) { materializations { id asset { key } } watermark } }'

function greeting({ url, database }: RunningServer): string {
  return `
  Headwater answers on ${url}  (GraphiQL: ${url}/graphql)
  Its data is in       ${database}

  Record something: paste this into GraphiQL

    ${MUTATION}

  or this into a shell

    curl -s ${url}/graphql -H 'content-type: application/json' -d '${JSON.stringify({ query: MUTATION })}'

  Stop with Ctrl-C.

`
}
