"""The GraphQL that the client sends."""

from __future__ import annotations

_REF = "namespace key"

_ASSET = f"{_REF} id kind kinds description tags owners createdAt updatedAt"

_MATERIALIZATION = f"""
  id asset {{ {_REF} }} version jobId dagId nodeTaskId partitionKey storageEventId sizeBytes checksum uri
  codeVersion metadata materializedAt recordedAt
"""

_INPUTS = f"inputs {{ asset {{ {_REF} }} version partitionKey resolution materialization {{ id }} }}"

_RECORDED = f"materializations {{ id asset {{ {_REF} }} }} duplicate watermark"

_NODE_STATUS = """
  dagId dagName nodeTaskId expectedAssets materializedAssets requiredAssets materializedRequired
  allRequiredMaterialized missingRequiredAssets lastMaterializedAt
"""

_STALE_CAUSE = f"reason upstream {{ {_REF} }} usedVersion latestVersion"

_EDGE = f"upstream {{ {_REF} }} downstream {{ {_REF} }} firstSeenAt lastSeenAt materializationCount isCurrent"

_CAUSES = f"causes {{ {_STALE_CAUSE} }} rootCauses {{ {_STALE_CAUSE} }}"

_CHECK = "id name status severity details checkedAt materialization { id }"

_WEBHOOK = "id url events namespaces assets incompleteAfterMinutes status failingSince createdAt createdBy"

_DELIVERY = """
  id event payload status createdAt attempts nextAttemptAt deliveredAt lastStatus lastError lastResponse
"""

RECORD = f"""mutation RecordMaterializations($input: RecordMaterializationsInput!) {{
  recordMaterializations(input: $input) {{ {_RECORDED} }}
}}"""

RECORD_BATCH = f"""mutation RecordMaterializationBatch($inputs: [RecordMaterializationsInput!]!) {{
  recordMaterializationBatch(inputs: $inputs) {{ {_RECORDED} }}
}}"""

ASSET = f"""query Asset($key: String!, $namespace: String) {{
  asset(key: $key, namespace: $namespace) {{ {_ASSET} }}
}}"""

ASSETS = f"""query Assets($filter: AssetFilter, $first: Int, $after: String) {{
  assets(filter: $filter, first: $first, after: $after) {{
    nodes {{ {_ASSET} }} pageInfo {{ hasNextPage endCursor }}
  }}
}}"""

FRESHNESS = """query Freshness($key: String!, $namespace: String) {
  asset(key: $key, namespace: $namespace) { freshness { status latestAt ageSeconds } }
}"""

MATERIALIZATION = f"""query Materialization($id: ID!) {{
  materialization(id: $id) {{ {_MATERIALIZATION} {_INPUTS} }}
}}"""

CONSUMERS = f"""query Consumers($id: ID!, $first: Int, $after: String) {{
  materialization(id: $id) {{
    consumers(first: $first, after: $after) {{
      nodes {{ {_MATERIALIZATION} }} pageInfo {{ hasNextPage endCursor }}
    }}
  }}
}}"""

LATEST = f"""query LatestMaterialization($key: String!, $namespace: String, $partitionKey: String) {{
  asset(key: $key, namespace: $namespace) {{
    latestMaterialization(partitionKey: $partitionKey) {{ {_MATERIALIZATION} {_INPUTS} }}
  }}
}}"""

HISTORY = f"""query Materializations(
  $key: String!, $namespace: String, $filter: MaterializationFilter, $first: Int, $after: String
) {{
  asset(key: $key, namespace: $namespace) {{
    materializations(filter: $filter, first: $first, after: $after) {{
      nodes {{ {_MATERIALIZATION} }} pageInfo {{ hasNextPage endCursor }}
    }}
  }}
}}"""

BY_VERSION = f"""query MaterializationByVersion($asset: AssetRef!, $version: String!) {{
  materializationByVersion(asset: $asset, version: $version) {{ {_MATERIALIZATION} {_INPUTS} }}
}}"""

UPSTREAM = f"""query Upstream(
  $key: String!, $namespace: String, $scope: EdgeScope, $first: Int, $after: String
) {{
  asset(key: $key, namespace: $namespace) {{
    upstream(scope: $scope, first: $first, after: $after) {{
      nodes {{ {_REF} }} pageInfo {{ hasNextPage endCursor }}
    }}
  }}
}}"""

DOWNSTREAM = f"""query Downstream(
  $key: String!, $namespace: String, $scope: EdgeScope, $first: Int, $after: String
) {{
  asset(key: $key, namespace: $namespace) {{
    downstream(scope: $scope, first: $first, after: $after) {{
      nodes {{ {_REF} }} pageInfo {{ hasNextPage endCursor }}
    }}
  }}
}}"""

LINEAGE = f"""query Lineage(
  $root: AssetRef!, $direction: LineageDirection!, $depth: Int, $limit: Int, $scope: EdgeScope,
  $after: String, $atLeast: String
) {{
  lineage(
    root: $root, direction: $direction, depth: $depth, limit: $limit, scope: $scope,
    after: $after, atLeast: $atLeast
  ) {{
    root {{ {_REF} }}
    nodes {{ asset {{ {_REF} kind }} distance hiddenUpstream hiddenDownstream }}
    edges {{ {_EDGE} }}
    backEdges {{ {_EDGE} }}
    completeness {{ complete stoppedBy nextCursor }}
    watermark
  }}
}}"""

IMPACT = """query Impact($key: String!, $namespace: String) {
  asset(key: $key, namespace: $namespace) {
    impact {
      directConsumers transitiveConsumers byDistance { distance assetCount } recentJobs recentDags advice
    }
  }
}"""

STALENESS = f"""query Staleness($key: String!, $namespace: String, $partitionKey: String) {{
  asset(key: $key, namespace: $namespace) {{
    staleness(partitionKey: $partitionKey) {{
      status {_CAUSES}
    }}
  }}
}}"""

NODE_STATUS = f"""query NodeStatus($dagId: String!, $nodeTaskId: String!) {{
  nodeStatus(dagId: $dagId, nodeTaskId: $nodeTaskId) {{ {_NODE_STATUS} }}
}}"""

DAG_STATUS = f"""query DagStatus($dagId: String!) {{
  dagStatus(dagId: $dagId) {{ {_NODE_STATUS} }}
}}"""

UPSTREAM_ASSETS = f"""query UpstreamAssets($dagId: String!, $nodeTaskId: String!) {{
  upstreamAssets(dagId: $dagId, nodeTaskId: $nodeTaskId) {{
    asset {{ {_REF} }} version partitionKey materialization {{ id }}
  }}
}}"""

ASSET_HEALTH = f"""query AssetHealth($lastHours: Int, $first: Int, $namespace: String) {{
  assetHealth(lastHours: $lastHours, first: $first, namespace: $namespace) {{
    asset {{ {_REF} kind }} dagCount materializationCount lastMaterializedAt
  }}
}}"""

REGISTER_ASSET_CONFIG = """mutation RegisterAssetConfig($input: AssetConfigInput!) {
  registerAssetConfig(input: $input) { nodeCount assetCount }
}"""

UPDATE_ASSET = f"""mutation UpdateAsset($input: UpdateAssetInput!) {{
  updateAsset(input: $input) {{ {_ASSET} }}
}}"""

RECORD_CHECKS = f"""mutation RecordCheckResults($input: RecordCheckResultsInput!) {{
  recordCheckResults(input: $input) {{ {_CHECK} }}
}}"""

CHECKS = f"""query Checks($key: String!, $namespace: String, $first: Int, $after: String) {{
  asset(key: $key, namespace: $namespace) {{
    checks(first: $first, after: $after) {{ nodes {{ {_CHECK} }} pageInfo {{ hasNextPage endCursor }} }}
  }}
}}"""

MATERIALIZATION_CHECKS = f"""query MaterializationChecks($id: ID!, $first: Int, $after: String) {{
  materialization(id: $id) {{
    checks(first: $first, after: $after) {{ nodes {{ {_CHECK} }} pageInfo {{ hasNextPage endCursor }} }}
  }}
}}"""

#: Where the database is now, of whatever assets.
CURRENT_WATERMARK = """query CurrentWatermark {
  lineageOfSelection(selection: "key:any", limit: 1) { watermark }
}"""

MATERIALIZATION_RECORDED = f"""subscription MaterializationRecorded(
  $filter: MaterializationFilter, $assets: AssetFilter, $after: String
) {{
  materializationRecorded(filter: $filter, assets: $assets, after: $after) {{
    materialization {{ {_MATERIALIZATION} }} watermark
  }}
}}"""

DAG_STATUS_CHANGED = f"""subscription DagStatusChanged($dagId: String!) {{
  dagStatusChanged(dagId: $dagId) {{ {_NODE_STATUS} }}
}}"""

STALENESS_CHANGED = f"""subscription StalenessChanged(
  $assets: AssetFilter, $selection: String, $scope: EdgeScope
) {{
  stalenessChanged(assets: $assets, selection: $selection, scope: $scope, withStale: true) {{
    asset {{ {_REF} staleness {{ status {_CAUSES} }} }} status previousStatus
  }}
}}"""

CREATE_WEBHOOK = f"""mutation CreateWebhook($input: CreateWebhookInput!) {{
  createWebhook(input: $input) {{ webhook {{ {_WEBHOOK} }} secret }}
}}"""

UPDATE_WEBHOOK = f"""mutation UpdateWebhook($input: UpdateWebhookInput!) {{
  updateWebhook(input: $input) {{ {_WEBHOOK} }}
}}"""

DELETE_WEBHOOK = "mutation DeleteWebhook($id: ID!) { deleteWebhook(id: $id) }"

TEST_WEBHOOK = f"mutation TestWebhook($id: ID!) {{ testWebhook(id: $id) {{ {_DELIVERY} }} }}"

REPLAY_DELIVERY = f"mutation ReplayDelivery($id: ID!) {{ replayDelivery(id: $id) {{ {_DELIVERY} }} }}"

WEBHOOK = f"query Webhook($id: ID!) {{ webhook(id: $id) {{ {_WEBHOOK} }} }}"

WEBHOOKS = f"""query Webhooks($first: Int, $after: String) {{
  webhooks(first: $first, after: $after) {{ nodes {{ {_WEBHOOK} }} pageInfo {{ hasNextPage endCursor }} }}
}}"""

WEBHOOK_DELIVERY = f"query WebhookDelivery($id: ID!) {{ webhookDelivery(id: $id) {{ {_DELIVERY} }} }}"

WEBHOOK_DELIVERIES = f"""query WebhookDeliveries(
  $id: ID!, $status: WebhookDeliveryStatus, $first: Int, $after: String
) {{
  webhook(id: $id) {{
    deliveries(status: $status, first: $first, after: $after) {{
      nodes {{ {_DELIVERY} }} pageInfo {{ hasNextPage endCursor }}
    }}
  }}
}}"""
