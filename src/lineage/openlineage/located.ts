import { HeadwaterError } from '../../errors/headwater-error.js'
import { type LineageEvent, placedDatasetsOf } from './event.js'

/** What applying an event, at `path`, has thrown: by the JSON path of what is to blame, where that is in the event. */
export function located(error: unknown, event: LineageEvent, path: string): unknown {
  if (!(error instanceof HeadwaterError) || error.field === undefined) return error
  const { field, message, code } = error
  const where = field.startsWith('$') ? path + field.slice(1) : `${path}${blamed(event)}.${field}`
  return new HeadwaterError(code, where + message.slice(field.length), { cause: error, field: where })
}

/** The facets of the first dataset that has other names. */
function blamed(event: LineageEvent): string {
  const named = placedDatasetsOf(event)
  const having = (facet: string) => named.find(([, { facets }]) => facets[facet] != null)
  const [place] = having('symlinks') ?? having('lifecycleStateChange') ?? []
  return place === undefined ? '' : `${place}.facets`
}
