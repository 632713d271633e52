import { CommandError } from '../command-error.js'

/** How to reach a source, and what may be said of it. */
export interface SourceUrl {
  /** As given: with the password, if it has one. Never shown. */
  connectionString: string
  /** Without user and password: names the source in messages and in the file that keeps the place. */
  shown: string
}

/** Reads `postgresql://user:password@host:port/database`. What it throws repeats nothing of the text. */
export function readSourceUrl(text: string): SourceUrl {
  if (!URL.canParse(text) || !['postgresql:', 'postgres:'].includes(new URL(text).protocol)) {
    throw new CommandError(
      '--from: expected postgresql://user:password@host:port/database, with special characters of the password percent-encoded',
    )
  }
  const { host, pathname, searchParams } = new URL(text)
  const socket = searchParams.get('host')
  const query = socket === null ? '' : `?host=${socket}`
  return { connectionString: text, shown: `postgresql://${host}${pathname}${query}` }
}
