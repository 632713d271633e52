import pg from 'pg'
import { CommandError } from '../command-error.js'

/** What pg says of a connection that could not be had, or broke, where it has no code of its own. */
const CONNECTION_MESSAGE = /^(Connection terminated|timeout (exceeded|expired)|Query read timeout)/i

/** Says in one line why the source could not be read. What is no fault of the source comes back as it is. */
export function asSourceFault(error: unknown, shown: string): unknown {
  const reason = reasonOf(error)
  return reason === undefined
    ? error
    : new CommandError(`cannot read the source ${shown}: ${reason}`, { cause: error })
}

function reasonOf(error: unknown): string | undefined {
  if (error instanceof CommandError || !(error instanceof Error)) return undefined
  if (error instanceof pg.DatabaseError) return databaseReason(error)
  // Of a name with several addresses each attempt has failed; the first says enough.
  if (error instanceof AggregateError) return reasonOf(error.errors[0])
  if ('code' in error && typeof error.code === 'string' && /^E[A-Z_]+$/.test(error.code)) {
    return `no PostgreSQL answers there (${error.code})`
  }
  if (CONNECTION_MESSAGE.test(error.message)) return `no answer (${error.message})`
  return /SSL|certificate/i.test(error.message) ? error.message : undefined
}

function databaseReason({ code, message }: pg.DatabaseError): string {
  switch (code) {
    case '42501':
      return `${message}; its user needs USAGE of the schema and SELECT on its tables`
    case '57014':
      return `a statement took too long (${message})`
    default:
      return message
  }
}
