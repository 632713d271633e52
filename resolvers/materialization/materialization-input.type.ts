import { Field, ObjectType } from 'type-graphql'
import { InputResolution } from '../enums.js'
import { Materialization } from './materialization.type.js'

@ObjectType({
  simpleResolvers: true,
  description: 'One thing that a materialization was made from.',
})
export class MaterializationInput {
  @Field(() => String, {
    nullable: true,
    description: 'The version used: as named, else that of the materialization inferred.',
  })
  readonly version!: string | null

  @Field(() => String, { nullable: true, description: 'The partition named; null where none was.' })
  readonly partitionKey!: string | null

  @Field(() => Materialization, {
    nullable: true,
    description: 'The very materialization used; null where it is not recorded, or has been pruned.',
  })
  readonly materialization!: Materialization | null

  @Field(() => Boolean, {
    description:
      'Whether the materialization used was recorded, and has been pruned since (`headwater prune`): it is never found again, nor is another taken for it. `version` still says which one it was.',
  })
  readonly isPruned!: boolean

  @Field(() => InputResolution, { description: 'How the materialization used became known.' })
  readonly resolution!: InputResolution
}
