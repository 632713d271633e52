import { Command } from 'commander'
import type { RunningServer } from '../server/server.js'

/** `headwater serve` */
export function serveCommand(): Command {
  return new Command('serve')
    .description('Start the server. Settings come from the environment: see the README.')
    .option('-p, --port <number>', 'as PORT')
    .option('--host <address>', 'as HOST')
    .option('--data-dir <folder>', 'as HEADWATER_DATA_DIR')
    .option('--database-url <url>', 'as DATABASE_URL')
    .addHelpText('after', HELP)
    .action(serve)
}

const HELP = `
Without a database URL it starts a PostgreSQL of its own, with its data in the
data folder. It runs until SIGINT or SIGTERM: requests under way are answered.

Exit code: 0 where it was asked to stop, 1 where it cannot start or go on, 2 for
wrong usage.

Examples:
  headwater serve
  headwater serve --port 8080 --data-dir /var/lib/headwater
  DATABASE_URL=postgresql://user:password@db/lineage headwater serve`

interface ServeOptions {
  port?: string
  host?: string
  dataDir?: string
  databaseUrl?: string
}

async function serve({ port, host, dataDir, databaseUrl }: ServeOptions): Promise<void> {
  // Only here, as in every command: none loads what another needs, so that even --help is fast.
  const { readConfig } = await import('../server/config.js')
  const { createLogger } = await import('../server/logger.js')
  const { startServer } = await import('../server/server.js')
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
  logger.info({ url: server.url }, 'listening')
  process.stdout.write(greeting(server, config.auth))

  const reason = await Promise.race([stopAsked, server.failure])
  if (reason instanceof Error) {
    logger.fatal({ err: reason }, 'the database is gone')
    process.exitCode = 1
  } else {
    logger.info({ signal: reason }, 'stopping')
  }
  await server.stop()
  logger.info('stopped')
}

/** The first SIGINT or SIGTERM asks for a graceful stop; a second one ends the process at once. */
function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve)
  })
}

const MUTATION =
  'mutation { recordMaterializations(input: { jobId: "job-1", idempotencyKey: "job-1", assets: [{ key: "extract/claims", version: "v1" }], upstream: [{ key: "ocr/text" }] }) { materializations { id asset { key } } duplicate watermark } }'

const LOOPBACK = /^http:\/\/(127\.|localhost|\[::1\])/

function whoMay(url: string, asksForTokens: boolean): string {
  if (asksForTokens) return '\n  Callers have to show a token: headwater token create makes one.\n'
  return LOOPBACK.test(url) ? '' : '\n  Whoever reaches this address can read and record everything.\n'
}

function greeting({ url, database }: RunningServer, asksForTokens: boolean): string {
  // A wildcard is no address to ask.
  const here = url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:')
  const token = asksForTokens ? ' -H "authorization: Bearer $HEADWATER_TOKEN"' : ''
  return `
  Headwater answers on ${url}  (GraphiQL: ${url}/graphql)
  Its data is in       ${database}
${whoMay(url, asksForTokens)}
  Record something: paste this into GraphiQL

    ${MUTATION}

  or this into a shell

    curl -s ${here}/graphql${token} -H 'content-type: application/json' -d '${JSON.stringify({ query: MUTATION })}'

  Stop with Ctrl-C.

`
}
