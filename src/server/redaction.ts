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

/**
 * An error as it is logged, with what caused it: without values that came in a request.
 * What else clients have said (variables) is part of no error that is logged.
 */
export function loggedError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const rest = Object.fromEntries(
    Object.entries(error).filter(([name]) => !WITH_VALUES.some((one) => one === name)),
  )
  const quotes = DATA_EXCEPTION.test(String(rest['code']))
  const of = (text: string) => (quotes ? text.replace(/"[^"]*"/g, '"***"') : text)
  return {
    ...rest,
    type: error.name,
    message: of(error.message),
    stack: of(error.stack ?? ''),
    ...(error.cause === undefined ? {} : { cause: loggedError(error.cause) }),
  }
}
