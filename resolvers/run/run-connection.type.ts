import { Field, Int, ObjectType } from 'type-graphql'
import { PageInfo } from '../node/page-info.type.js'
import { Run } from './run.type.js'

@ObjectType({ simpleResolvers: true })
export class RunConnectionEdge {
  @Field(() => String)
  readonly cursor!: string

  @Field(() => Run)
  readonly node!: Run
}

@ObjectType({
  simpleResolvers: true,
  description: 'A page of runs, newest (by begunAt) first.',
})
export class RunConnection {
  @Field(() => [RunConnectionEdge])
  readonly edges!: readonly RunConnectionEdge[]

  @Field(() => [Run])
  readonly nodes!: readonly Run[]

  @Field(() => PageInfo)
  readonly pageInfo!: PageInfo

  /** Asked of the database only where a client selects it. */
  readonly count!: () => Promise<number>

  @Field(() => Int, { description: 'The length of the whole list.' })
  totalCount(): Promise<number> {
    return this.count()
  }
}
