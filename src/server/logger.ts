import { type DestinationStream, type Logger, pino } from 'pino'
import type { Config } from './config.js'

export type { Logger } from 'pino'

/** Logs a line of JSON for each event to stderr, without what authenticates callers. */
export function createLogger(
  { logLevel }: Pick<Config, 'logLevel'>,
  destination?: DestinationStream,
): Logger {
  return pino(
    {
      name: 'headwater',
      level: logLevel,
      redact: {
        paths: [
          'req.headers.authorization',
          'req.headers.cookie',
          'req.headers["x-api-key"]',
          'res.headers["set-cookie"]',
        ],
        censor: '[redacted]',
      },
    },
    destination ?? pino.destination({ fd: 2, sync: true }),
  )
}
