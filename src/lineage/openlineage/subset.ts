import { createHash } from 'node:crypto'
import { firstCodePoints } from '../../util/code-points.js'
import { BOUNDS } from '../recording/bounds.js'
import type { Facets } from './event.js'

/** The partitions that a `subset` facet lists, by their identifiers or else as `dim=value/…`; none where it lists none. */
export function partitionsOf({ subset }: Facets): string[] {
  const condition = conditionOf(subset)
  const list = condition?.['type'] === 'partition' ? condition['partitions'] : null
  if (!Array.isArray(list)) return []
  return list.flatMap((partition: unknown) => {
    const name = partitionName(partition)
    return name === null || name === '' ? [] : [bounded(name, BOUNDS.partitionKeyCharacters)]
  })
}

/** The one location that a `subset` facet names; null where it names none, or several. */
export function locationOf({ subset }: Facets): string | null {
  const condition = conditionOf(subset)
  const list = condition?.['type'] === 'location' ? condition['locations'] : null
  if (!Array.isArray(list) || list.length !== 1) return null
  return typeof list[0] === 'string' ? list[0] : null
}

function conditionOf(subset: unknown): Record<string, unknown> | null {
  const { inputCondition, outputCondition } = asObject(subset) ?? {}
  return asObject(outputCondition ?? inputCondition)
}

function partitionName(partition: unknown): string | null {
  const { identifier, dimensions } = asObject(partition) ?? {}
  if (typeof identifier === 'string') return identifier
  const named = asObject(dimensions)
  if (named === null) return null
  return Object.keys(named)
    .sort()
    .map((name) => `${name}=${textOf(named[name])}`)
    .join('/')
}

/** A value that may be anything, as text. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}

function asObject(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null
}

const UNNAMEABLE = /\p{Surrogate}|\p{Control}/gu

/** A name that fits: of a longer one the beginning, and a digest of the whole. Control characters become U+FFFD. */
export function bounded(name: string, mostCharacters: number): string {
  const text = name.replace(UNNAMEABLE, '\u{fffd}')
  if (text.length <= mostCharacters) return text
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 16)
  return `${firstCodePoints(text, mostCharacters - 17)}~${digest}`
}
