/** Where this package says what nobody else is told: what could not be recorded. */
export interface Logger {
  warn(message: string): void
}

/** The console of whatever this runs in. */
export const consoleLogger: Logger = {
  // biome-ignore lint/suspicious/noConsole: a library has no other log, until its application gives it one.
  warn: (message) => console.warn(`headwater: ${message}`),
}

/**
 * Runs what a caller gave to be told by, which must not fail the job that is told of: what it throws, or rejects
 * with, goes to the console. `name`: what it is called there.
 */
export function tellSafely(name: string, tell: () => unknown): void {
  const onFailure = (error: unknown) => {
    try {
      consoleLogger.warn(`${name} failed: ${error instanceof Error ? error.message : typeof error}`)
    } catch {
      // There is nobody left to tell.
    }
  }
  try {
    Promise.resolve(tell()).catch(onFailure)
  } catch (error) {
    onFailure(error)
  }
}
