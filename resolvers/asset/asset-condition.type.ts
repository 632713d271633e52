import { Field, Int, ObjectType } from 'type-graphql'
import { FreshnessStatus, ImpactAdvice, StalenessStatus, StaleReason } from '../enums.js'
import { BigIntScalar } from '../scalars/big-int.js'

@ObjectType({ simpleResolvers: true, description: 'How long ago an asset was last materialized.' })
export class Freshness {
  @Field(() => FreshnessStatus, {
    description: 'By the age of the latest materialization, against the server’s thresholds.',
  })
  readonly status!: FreshnessStatus

  @Field(() => Date, {
    nullable: true,
    description: 'materializedAt of the latest materialization; null where there is none.',
  })
  readonly latestAt!: Date | null

  @Field(() => BigIntScalar, {
    nullable: true,
    description: 'Whole seconds since latestAt, 0 for a time to come; null where there is none.',
  })
  readonly ageSeconds!: bigint | null
}

@ObjectType({ simpleResolvers: true, description: 'Why something is stale.' })
export class StaleCause {
  readonly upstreamId!: string

  @Field(() => StaleReason, { description: 'What is the matter with the upstream.' })
  readonly reason!: StaleReason

  @Field(() => String, {
    nullable: true,
    description: 'The upstream’s version that was used; null where it has none.',
  })
  readonly usedVersion!: string | null

  @Field(() => String, {
    nullable: true,
    description: 'The upstream’s latest version, in the partition used; null where it has none.',
  })
  readonly latestVersion!: string | null
}

@ObjectType({
  simpleResolvers: true,
  description:
    'Whether the latest materialization of an asset, or of a partition, is still what its upstreams would make of it.',
})
export class Staleness {
  @Field(() => StalenessStatus, { description: 'STALE where there is any cause.' })
  readonly status!: StalenessStatus

  @Field(() => [StaleCause], { description: 'What is the matter with direct upstreams; each cause once.' })
  readonly causes!: readonly StaleCause[]

  @Field(() => [StaleCause], {
    description:
      'The changes furthest upstream that explain it, each once; their reason is UPSTREAM_CHANGED.',
  })
  readonly rootCauses!: readonly StaleCause[]

  @Field(() => Int, {
    description:
      'How many more causes there are, of upstreams that the caller may not see. The status is by these too.',
  })
  readonly hiddenCauses!: number

  @Field(() => Int, { description: 'The same of root causes.' })
  readonly hiddenRootCauses!: number
}

@ObjectType({ simpleResolvers: true, description: 'How much an asset touches at one distance.' })
export class ImpactByDistance {
  @Field(() => Int, { description: 'Least number of hops from the asset: 1 or more.' })
  readonly distance!: number

  @Field(() => Int, { description: 'How many assets lie there.' })
  readonly assetCount!: number
}

@ObjectType({
  simpleResolvers: true,
  description:
    'What a change of an asset would touch: everything that was ever made from it. The asset itself does not count, also where it is made from itself.',
})
export class Impact {
  @Field(() => Int, { description: 'Assets made from it directly.' })
  readonly directConsumers!: number

  @Field(() => Int, { description: 'Assets made from it, directly or over others.' })
  readonly transitiveConsumers!: number

  @Field(() => [ImpactByDistance], { description: 'The same, by distance, the nearest first.' })
  readonly byDistance!: readonly ImpactByDistance[]

  @Field(() => Int, { description: 'Distinct jobs among its last 100 materializations.' })
  readonly recentJobs!: number

  @Field(() => Int, { description: 'Distinct DAG runs among its last 100 materializations.' })
  readonly recentDags!: number

  @Field(() => Int, {
    description:
      'Further assets made from it, or from one of these, directly, that the caller may not see. What was made from those in turn is not counted.',
  })
  readonly hiddenConsumers!: number

  @Field(() => ImpactAdvice, {
    description: 'MANY_CONSUMERS where more than ten assets are made from it directly, hidden ones included.',
  })
  readonly advice!: ImpactAdvice
}
