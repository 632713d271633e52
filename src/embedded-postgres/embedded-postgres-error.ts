/** Why the embedded PostgreSQL cannot run, in one line: what is wrong and what to do. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError'
}

/** The advice when nothing on this machine can help. */
export const useYourOwn = 'set DATABASE_URL to a PostgreSQL of your own'

/** The advice when the trouble is with this one folder. */
export const useAnotherFolder = 'set HEADWATER_DATA_DIR to another folder'

/**
 * The code of a system error ('ENOENT', …), or undefined for any other error. Not by `instanceof Error`: in
 * another realm, such as a test runner's, node's errors are of a class of their own.
 */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** What an error says. */
export function errorMessage(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error
    ? String(error.message)
    : String(error)
}

/** Turns a system error met while working in the data folder into one line for the operator. */
export function dataFolderError(dataFolder: string, error: unknown): unknown {
  const code = errorCode(error)
  if (error instanceof EmbeddedPostgresError || code === undefined) return error
  return new EmbeddedPostgresError(`data folder ${dataFolder} ${explain(code, errorMessage(error))}`, {
    cause: error,
  })
}

function explain(code: string, message: string): string {
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return `cannot be used (${message}): make it writable for the user that runs Headwater, or ${useAnotherFolder}`
    case 'EROFS':
      return `is on a read-only file system: ${useAnotherFolder}`
    case 'ENOSPC':
    case 'EDQUOT':
      return `is on a full disk (${message}): free some space, or ${useAnotherFolder}`
    case 'EEXIST':
    case 'ENOTDIR':
      return `is not a folder (${message}): remove what is there, or ${useAnotherFolder}`
    case 'ENOENT':
      // What node says when it cannot make the folder on a read-only file system.
      return `cannot be made (${message}; is its file system read-only?): ${useAnotherFolder}`
    default:
      return `cannot be used (${message}): ${useAnotherFolder}`
  }
}
