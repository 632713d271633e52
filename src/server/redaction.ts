/** What nobody may read in a log: our tokens, what proves who somebody is, passwords in URLs. */
const SECRETS: readonly [RegExp, string][] = [
  [/\bhw_[\w-]+/g, 'hw_***'],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, '$1 ***'],
  [/(\b[a-z][\w+.-]*:\/\/)[^/\s"'\\]*@/gi, '$1***@'],
  [/\b(\w*password=)[^&\s"'\\]*/gi, '$1***'],
]

/** A line of a log without secrets. */
export function redacted(line: string): string {
  return SECRETS.reduce((text, [secret, instead]) => text.replace(secret, instead), line)
}

/** Of what PostgreSQL says of an error these hold values of rows and parameters. */
const WITH_VALUES = ['detail', 'where', 'internalQuery', 'hint'] as const

/** Data exceptions quote the datum. */
const DATA_EXCEPTION = /^22/

/** Why something failed that comes right by itself: a line, without a stack. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error ? [String(error.code)] : []
  return [...code, withoutData(error, error.message)].filter((text) => text !== '').join(' ') || error.name
}

/**
 * An error as it is logged, with what caused it: without values that came in a request.
 * What else clients have said (variables) is part of no error that is logged.
 */
export function loggedError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const rest = Object.fromEntries(
    Object.entries(error).filter(([name]) => !WITH_VALUES.some((one) => one === name)),
  )
  return {
    ...rest,
    type: error.name,
    message: withoutData(error, error.message),
    stack: withoutData(error, error.stack ?? ''),
    ...(error.cause === undefined ? {} : { cause: loggedError(error.cause) }),
  }
}

function withoutData(error: Error, text: string): string {
  const isOfData = 'code' in error && DATA_EXCEPTION.test(String(error.code))
  return isOfData ? text.replace(/"[^"]*"/g, '"***"') : text
}
