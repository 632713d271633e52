import { AssetResolver } from './asset/asset.resolver.js'
import { AssetConditionResolver, StaleCauseResolver } from './asset/asset-condition.resolver.js'
import { RetirementResolver } from './asset/retirement.resolver.js'
import { CheckResolver } from './check/check.resolver.js'
import {
  AssetColumnsResolver,
  ColumnLineageResolver,
  MaterializationColumnsResolver,
} from './column/column.resolver.js'
import { ConfigResolver } from './config/config.resolver.js'
import { LineageResolver } from './lineage/lineage.resolver.js'
import { LineageEdgeResolver } from './lineage/lineage-edge.resolver.js'
import { LineageOfSelectionResolver } from './lineage/lineage-of-selection.resolver.js'
import { LiveResolver } from './live/live.resolver.js'
import { MaterializationResolver } from './materialization/materialization.resolver.js'
import { MaterializationInputResolver } from './materialization/materialization-input.resolver.js'
import { NodeResolver } from './node/node.resolver.js'
import { RecordingResolver } from './recording/recording.resolver.js'
import { NamedRunResolver, RunResolver } from './run/run.resolver.js'
import { AssetSearchResolver } from './search/asset-search.resolver.js'
import { StatusResolver } from './status/status.resolver.js'
import { WebhookDeliveryResolver, WebhookResolver } from './webhook/webhook.resolver.js'

/** Every resolver of the schema. */
export const resolvers = [
  NodeResolver,
  AssetResolver,
  AssetSearchResolver,
  AssetConditionResolver,
  RetirementResolver,
  StaleCauseResolver,
  MaterializationResolver,
  MaterializationInputResolver,
  AssetColumnsResolver,
  MaterializationColumnsResolver,
  ColumnLineageResolver,
  RunResolver,
  NamedRunResolver,
  LineageResolver,
  LineageOfSelectionResolver,
  LineageEdgeResolver,
  RecordingResolver,
  ConfigResolver,
  StatusResolver,
  CheckResolver,
  LiveResolver,
  WebhookResolver,
  WebhookDeliveryResolver,
] as const
