import type { FieldNode, FragmentDefinitionNode, OperationDefinitionNode, SelectionSetNode } from 'graphql'
import { Kind } from 'graphql'
import { HeadwaterError } from '../../errors/headwater-error.js'
import type { QueryLimits } from '../config.js'

/** The fragments of a document, by name. */
export type FragmentsByName = ReadonlyMap<string, FragmentDefinitionNode>

/** What can be counted of an operation without its variables, every fragment standing where it is used. */
interface Shape {
  depth: number
  aliases: number
  directives: number
  /** The name under which the most fields come, and how many. */
  sameKey: { key: string; fields: number }
}

/** Throws QUERY_TOO_COMPLEX where a valid operation breaks a limit. */
export function checkShape(
  operation: OperationDefinitionNode,
  fragments: FragmentsByName,
  limits: QueryLimits,
): void {
  const { depth, aliases, directives, sameKey } = shapeOf(operation, fragments)
  check(depth, limits.depth, 'levels', 'HEADWATER_QUERY_DEPTH')
  check(aliases, limits.aliases, 'aliases', 'HEADWATER_QUERY_ALIASES')
  check(sameKey.fields, limits.sameKey, `fields named ${sameKey.key}`, 'HEADWATER_QUERY_SAME_KEY')
  check(directives, limits.directives, 'directives', 'HEADWATER_QUERY_DIRECTIVES')
}

function check(count: number, most: number, what: string, setting: string): void {
  if (count <= most) return
  throw new HeadwaterError(
    'QUERY_TOO_COMPLEX',
    `expected a query of at most ${most} ${what} (${setting}), got ${count}`,
  )
}

function shapeOf(operation: OperationDefinitionNode, fragments: FragmentsByName): Shape {
  const shape: Shape = {
    depth: 0,
    aliases: 0,
    directives: operation.directives?.length ?? 0,
    sameKey: { key: '', fields: 0 },
  }
  /** All that is asked of one object, which may stand in several places. */
  const look = (sets: readonly SelectionSetNode[], depth: number): void => {
    const named = new Map<string, FieldNode[]>()
    for (const set of sets) collect(set, named)
    if (named.size > 0) shape.depth = Math.max(shape.depth, depth)
    for (const [key, fields] of named) {
      if (fields.length > shape.sameKey.fields) shape.sameKey = { key, fields: fields.length }
      const below = fields.flatMap(({ selectionSet }) => selectionSet ?? [])
      if (below.length > 0) look(below, depth + 1)
    }
  }
  const collect = ({ selections }: SelectionSetNode, named: Map<string, FieldNode[]>): void => {
    for (const selection of selections) {
      shape.directives += selection.directives?.length ?? 0
      if (selection.kind === Kind.FIELD) {
        const { alias, name } = selection
        if (alias !== undefined) shape.aliases++
        const known = named.get((alias ?? name).value)
        if (known === undefined) named.set((alias ?? name).value, [selection])
        else known.push(selection)
        continue
      }
      const fragment =
        selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value)
      if (fragment !== undefined) collect(fragment.selectionSet, named)
    }
  }
  look([operation.selectionSet], 1)
  return shape
}
