import { Field, ID, InterfaceType } from 'type-graphql'

@InterfaceType({
  description: 'Anything that has a global id.',
  resolveType: (value: object) => ('materializationId' in value ? 'Materialization' : 'Asset'),
})
export abstract class Node {
  @Field(() => ID, { description: 'Opaque and stable: ask for the same thing again by `node(id)`.' })
  readonly id!: string
}
