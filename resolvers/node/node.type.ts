import { Field, ID, InterfaceType } from 'type-graphql'

/** The type of what `node(id)` has found. */
export function nodeTypeOf(value: object) {
  if ('checkId' in value) return 'CheckResult'
  if ('jobName' in value) return 'Run'
  return 'materializationId' in value ? 'Materialization' : 'Asset'
}

@InterfaceType({ description: 'Anything that has a global id.', resolveType: nodeTypeOf })
export abstract class Node {
  @Field(() => ID, { description: 'Opaque and stable: ask for the same thing again by `node(id)`.' })
  readonly id!: string
}
