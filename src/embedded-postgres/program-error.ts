import {
  EmbeddedPostgresError,
  errorCode,
  errorMessage,
  useAnotherFolder,
  useYourOwn,
} from './embedded-postgres-error.js'

/** What keeps a program from starting at all, in one line. */
export function spawnError(error: unknown, program: string): unknown {
  const code = errorCode(error)
  if (code === undefined) return error
  const advice =
    code === 'ENOENT'
      ? `this system lacks what it is built for (glibc on Linux, which Alpine does not have): ${useYourOwn}`
      : `start Headwater as an ordinary user, or ${useYourOwn}`
  return new EmbeddedPostgresError(`cannot run ${program} (${errorMessage(error)}): ${advice}`, {
    cause: error,
  })
}

/** Finds in a program's output the line that says why it failed, and what to do about it. */
export function programError(name: string, output: readonly string[]): EmbeddedPostgresError {
  const lines = output.map((line) => line.trim()).filter((line) => line !== '')
  // On a full disk the last complaint is about something else.
  const worst = lines.findLast((line) => diskFull.test(line)) ?? lines.findLast((line) => severity.test(line))
  const reason = worst?.replace(beforeSeverity, '') ?? lines.at(-1) ?? 'it does not say why'
  const advice = advices.find(([pattern]) => pattern.test(reason))?.[1] ?? useYourOwn
  return new EmbeddedPostgresError(`PostgreSQL's ${name} failed (${reason}): ${advice}`)
}

const severity = /\b(FATAL|PANIC|ERROR|error):/
const beforeSeverity = /^.*?\b(?=(FATAL|PANIC|ERROR|error):)/
const diskFull = /No space left on device|Disk quota exceeded|wrote only \d+ of \d+ bytes/

const advices: readonly (readonly [RegExp, string])[] = [
  [diskFull, 'free some disk space'],
  [/could not look up effective user ID/, `give this user a name in /etc/passwd, or ${useYourOwn}`],
  [/configuration parameter|invalid value for parameter|outside the valid range/, 'correct this setting'],
  [/already exists|still in use/, 'end the PostgreSQL that uses the data folder'],
  [/invalid permissions/, `${useAnotherFolder}, on a file system with Unix permissions`],
  [/shared memory|Cannot allocate memory/, 'give it more memory, or set shared_buffers lower'],
  [/wrong ownership|Permission denied/, 'give the data folder and all in it to one user (chown -R)'],
  [/Read-only file system/, useAnotherFolder],
]
