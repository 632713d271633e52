/** Where this package says what nobody else is told: what could not be recorded. */
export interface Logger {
  warn(message: string): void
}

/** The console of whatever this runs in. */
export const consoleLogger: Logger = {
  // biome-ignore lint/suspicious/noConsole: a library has no other log, until its application gives it one.
  warn: (message) => console.warn(`headwater: ${message}`),
}
