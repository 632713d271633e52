import { Field, ObjectType } from 'type-graphql'

@ObjectType({ simpleResolvers: true, description: 'A name that an asset can be asked for by.' })
export class AssetName {
  @Field(() => String, { description: 'The namespace of this name.' })
  readonly namespace!: string

  @Field(() => String, { description: 'The name within the namespace.' })
  readonly key!: string
}
