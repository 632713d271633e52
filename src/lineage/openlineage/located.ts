import { HeadwaterError } from '../../errors/headwater-error.js'

/** What applying the event at `path` has thrown, with the JSON path from there on. */
export function located(error: unknown, path: string): unknown {
  if (!(error instanceof HeadwaterError) || error.field?.startsWith('$') !== true) return error
  const { field, message, code } = error
  const where = path + field.slice(1)
  return new HeadwaterError(code, where + message.slice(field.length), { cause: error, field: where })
}
