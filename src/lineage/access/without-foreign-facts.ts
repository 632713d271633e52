import type { LineageEvent } from '../openlineage/event.js'
import type { Access } from './access.js'

/** What is read of an input beside its name: which of it was used. */
const OF_THE_USE = { facets: ['version'], inputFacets: ['subset'] } as const

/**
 * An event, as JSON, without what it says of inputs in namespaces in which the caller may not record: their names stay,
 * with the version and the partitions that were used. Null where it says nothing of these.
 *
 * What is left out must be left out of what is kept: all that is derived can be made anew from that.
 */
export function withoutForeignFacts(json: unknown, event: LineageEvent, access: Access): unknown {
  if (event.is === 'DATASET' || access.mayEverywhere('RECORD')) return null
  const { inputs } = json as { inputs?: unknown[] | null }
  if (inputs == null) return null
  let isLess = false
  const kept = event.inputs.map(({ asset }, at) => {
    const input = inputs[at] as Record<string, unknown>
    if (access.may('RECORD', asset.namespace)) return input
    const bare = { ...input }
    for (const [place, names] of Object.entries(OF_THE_USE)) {
      const facets = input[place]
      if (facets == null) continue
      const own = Object.entries(facets).filter(([name]) => (names as readonly string[]).includes(name))
      if (own.length < Object.keys(facets).length) isLess = true
      bare[place] = Object.fromEntries(own)
    }
    return bare
  })
  return isLess ? { ...(json as object), inputs: kept } : null
}
