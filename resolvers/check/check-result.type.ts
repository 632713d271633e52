import { Field, Int, ObjectType } from 'type-graphql'
import { CheckSeverity, CheckStatus } from '../enums.js'
import { Node } from '../node/node.type.js'
import { PageInfo } from '../node/page-info.type.js'
import { JsonObject } from '../scalars/json-object.js'

@ObjectType({
  simpleResolvers: true,
  implements: Node,
  description:
    'What a check said of one materialization: as it was recorded, or as an OpenLineage run asserted it (dataQualityAssertions). It is kept, also where the check runs again.',
})
export class CheckResult extends Node {
  @Field(() => String, {
    description:
      'What was checked, e.g. `no_nulls`; of an assertion without a name what it says, and of which column: `not_null(amount)`.',
  })
  readonly name!: string

  @Field(() => CheckStatus, { description: 'How it ended.' })
  readonly status!: CheckStatus

  @Field(() => CheckSeverity, { description: 'How bad it is where it fails.' })
  readonly severity!: CheckSeverity

  @Field(() => JsonObject, {
    nullable: true,
    description:
      'What it found; null where it said nothing. Of an assertion: assertion, column, expected, actual, and the run that asserted it: jobNamespace, jobName, runId.',
  })
  readonly details!: Record<string, unknown> | null

  @Field(() => Date, {
    description:
      'When it ran, as the executor says; else when it was recorded. Of an assertion the time of the event that told of it.',
  })
  readonly checkedAt!: Date
}

@ObjectType({ simpleResolvers: true })
export class CheckResultConnectionEdge {
  @Field(() => String)
  readonly cursor!: string

  @Field(() => CheckResult)
  readonly node!: CheckResult
}

@ObjectType({
  simpleResolvers: true,
  description: 'A page of check results, newest (by checkedAt) first.',
})
export class CheckResultConnection {
  @Field(() => [CheckResultConnectionEdge])
  readonly edges!: readonly CheckResultConnectionEdge[]

  @Field(() => [CheckResult])
  readonly nodes!: readonly CheckResult[]

  @Field(() => PageInfo)
  readonly pageInfo!: PageInfo

  /** Asked of the database only where a client selects it. */
  readonly count!: () => Promise<number>

  @Field(() => Int, { description: 'The length of the whole list.' })
  totalCount(): Promise<number> {
    return this.count()
  }
}
