import { AssetResolver } from './asset/asset.resolver.js'
import { LineageResolver } from './lineage/lineage.resolver.js'
import { LineageEdgeResolver } from './lineage/lineage-edge.resolver.js'
import { MaterializationResolver } from './materialization/materialization.resolver.js'
import { MaterializationInputResolver } from './materialization/materialization-input.resolver.js'
import { NodeResolver } from './node/node.resolver.js'
import { RecordingResolver } from './recording/recording.resolver.js'

/** Every resolver of the schema. */
export const resolvers = [
  NodeResolver,
  AssetResolver,
  MaterializationResolver,
  MaterializationInputResolver,
  LineageResolver,
  LineageEdgeResolver,
  RecordingResolver,
] as const
