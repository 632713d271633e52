import { Field, Int, ObjectType } from 'type-graphql'
import { PageInfo } from '../node/page-info.type.js'
import { Materialization } from './materialization.type.js'

@ObjectType({ simpleResolvers: true })
export class MaterializationConnectionEdge {
  @Field(() => String)
  readonly cursor!: string

  @Field(() => Materialization)
  readonly node!: Materialization
}

@ObjectType({
  simpleResolvers: true,
  description: 'A page of materializations, newest (by materializedAt) first.',
})
export class MaterializationConnection {
  @Field(() => [MaterializationConnectionEdge])
  readonly edges!: readonly MaterializationConnectionEdge[]

  @Field(() => [Materialization])
  readonly nodes!: readonly Materialization[]

  @Field(() => PageInfo)
  readonly pageInfo!: PageInfo

  /** Asked of the database only where a client selects it. */
  readonly count!: () => Promise<number>

  @Field(() => Int, { description: 'The length of the whole list.' })
  totalCount(): Promise<number> {
    return this.count()
  }
}
