import { type DestinationStream, type Logger, pino } from 'pino'
import type { Config } from './config.js'
import { loggedError, redacted } from './redaction.js'

export type { Logger } from 'pino'

/** Logs a line of JSON for each event to stderr, without secrets. */
export function createLogger(
  { logLevel }: Pick<Config, 'logLevel'>,
  destination?: DestinationStream,
): Logger {
  return pino(
    {
      name: 'headwater',
      level: logLevel,
      serializers: { err: loggedError },
      hooks: { streamWrite: redacted },
    },
    destination ?? pino.destination({ fd: 2, sync: true }),
  )
}
