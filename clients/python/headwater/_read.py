"""From the API's JSON to the models.

A server answers by its schema, so what is here does not check it again; LineageClient turns whatever goes wrong with
an answer of another form into a NotHeadwaterError.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Callable, Generic, TypeVar

from .models import AssetInfo, MaterializationEvent, MaterializationInfo, NodeMaterializationStatus, UpstreamAssetInfo
from .results import (
    AssetHealth,
    AssetRef,
    CheckResult,
    Freshness,
    Impact,
    LineageEdge,
    LineageGraph,
    LineageNode,
    Recorded,
    RegisteredConfig,
    StaleCause,
    Staleness,
    StalenessEvent,
)
from .webhooks import CreatedWebhook, Webhook, WebhookDelivery

Json = dict[str, Any]
T = TypeVar("T")
Convert = Callable[[Any], T]


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some of the items of a connection; without a cursor, the last of them."""

    items: list[T]
    next_cursor: str | None


def optional(convert: Convert[T]) -> Convert[T | None]:
    return lambda value: None if value is None else convert(value)


def each(convert: Convert[T]) -> Convert[list[T]]:
    return lambda values: [convert(value) for value in values]


def as_many_of(count: int, convert: Convert[T]) -> Convert[list[T]]:
    """Fewer would count as recorded what was not answered for."""

    def convert_all(values: list[Any]) -> list[T]:
        if len(values) != count:
            raise ValueError(f"expected {count} items, got {len(values)}")
        return each(convert)(values)

    return convert_all


def field(name: str, convert: Convert[T]) -> Convert[T]:
    return lambda value: convert(value[name])


def page_of(convert: Convert[T]) -> Convert[Page[T]]:
    def read(connection: Json) -> Page[T]:
        info = connection["pageInfo"]
        return Page(each(convert)(connection["nodes"]), info["endCursor"] if info["hasNextPage"] else None)

    return read


def time_of(text: str) -> datetime:
    """A DateTime, which is in UTC. Python before 3.11 does not read the Z."""
    return datetime.fromisoformat(text[:-1] + "+00:00" if text.endswith("Z") else text)


def optional_time_of(text: str | None) -> datetime | None:
    return None if text is None else time_of(text)


def optional_int_of(value: Any) -> int | None:
    """A BigInt: a number, or its digits."""
    return None if value is None else int(value)


def ref_of(asset: Json) -> AssetRef:
    return AssetRef(asset["key"], asset["namespace"])


def asset_of(asset: Json) -> AssetInfo:
    return AssetInfo(
        id=asset["id"],
        asset_key=asset["key"],
        namespace=asset["namespace"],
        kind=asset["kind"],
        description=asset["description"],
        tags=asset["tags"],
        created_at=time_of(asset["createdAt"]),
        updated_at=time_of(asset["updatedAt"]),
        kinds=asset["kinds"],
        owners=asset["owners"],
    )


def materialization_of(one: Json) -> MaterializationInfo:
    return MaterializationInfo(
        id=one["id"],
        storage_event_id=optional_int_of(one["storageEventId"]),
        asset_key=one["asset"]["key"],
        asset_version=one["version"],
        job_id=one["jobId"],
        dag_id=one["dagId"],
        node_task_id=one["nodeTaskId"],
        partition_key=one["partitionKey"],
        size_bytes=optional_int_of(one["sizeBytes"]),
        checksum=one["checksum"],
        uri=one["uri"],
        metadata=one["metadata"],
        created_at=time_of(one["materializedAt"]),
        namespace=one["asset"]["namespace"],
        code_version=one["codeVersion"],
        recorded_at=time_of(one["recordedAt"]),
        inputs=each(upstream_of)(one["inputs"]) if "inputs" in one else None,
    )


def upstream_of(one: Json) -> UpstreamAssetInfo:
    """Of an input of a materialization, and of an upstream asset of a node."""
    materialization = one["materialization"]
    return UpstreamAssetInfo(
        asset_key=one["asset"]["key"],
        version=one["version"],
        partition_key=one["partitionKey"],
        namespace=one["asset"]["namespace"],
        materialization_id=None if materialization is None else materialization["id"],
        resolution=one.get("resolution"),
    )


def recorded_of(payload: Json) -> Recorded:
    return Recorded(
        [(made["id"], made["asset"]["key"]) for made in payload["materializations"]],
        bool(payload["duplicate"]),
        payload["watermark"],
    )


def edge_of(edge: Json) -> LineageEdge:
    return LineageEdge(
        ref_of(edge["upstream"]),
        ref_of(edge["downstream"]),
        time_of(edge["firstSeenAt"]),
        time_of(edge["lastSeenAt"]),
        int(edge["materializationCount"]),
        edge["isCurrent"],
    )


def graph_of(graph: Json) -> LineageGraph:
    return LineageGraph(
        root=ref_of(graph["root"]),
        nodes=[
            LineageNode(
                ref_of(node["asset"]),
                node["asset"]["kind"],
                node["distance"],
                node["hiddenUpstream"],
                node["hiddenDownstream"],
            )
            for node in graph["nodes"]
        ],
        edges=[edge_of(edge) for edge in graph["edges"]],
        back_edges=[edge_of(edge) for edge in graph["backEdges"]],
        complete=graph["completeness"]["complete"],
        stopped_by=graph["completeness"]["stoppedBy"],
        next_cursor=graph["completeness"]["nextCursor"],
        watermark=graph["watermark"],
    )


def impact_of(impact: Json) -> Impact:
    return Impact(
        impact["directConsumers"],
        impact["transitiveConsumers"],
        {group["distance"]: group["assetCount"] for group in impact["byDistance"]},
        impact["recentJobs"],
        impact["recentDags"],
        impact["advice"],
    )


def freshness_of(freshness: Json) -> Freshness:
    return Freshness(
        freshness["status"], optional_time_of(freshness["latestAt"]), optional_int_of(freshness["ageSeconds"])
    )


def cause_of(cause: Json) -> StaleCause:
    return StaleCause(cause["reason"], ref_of(cause["upstream"]), cause["usedVersion"], cause["latestVersion"])


def staleness_of(staleness: Json) -> Staleness:
    return Staleness(
        staleness["status"],
        each(cause_of)(staleness["causes"]),
        each(cause_of)(staleness["rootCauses"]),
    )


def materialization_event_of(event: Json) -> MaterializationEvent:
    return MaterializationEvent(materialization_of(event["materialization"]), event["watermark"])


def staleness_event_of(event: Json) -> StalenessEvent:
    return StalenessEvent(
        ref_of(event["asset"]), event["status"], event["previousStatus"], staleness_of(event["asset"]["staleness"])
    )


def node_status_of(status: Json) -> NodeMaterializationStatus:
    return NodeMaterializationStatus(
        dag_id=status["dagId"],
        dag_name=status["dagName"],
        node_task_id=status["nodeTaskId"],
        expected_assets=status["expectedAssets"],
        materialized_assets=status["materializedAssets"],
        required_assets=status["requiredAssets"],
        materialized_required=status["materializedRequired"],
        all_required_materialized=status["allRequiredMaterialized"],
        missing_required_assets=status["missingRequiredAssets"],
        last_materialized_at=optional_time_of(status["lastMaterializedAt"]),
    )


def health_of(health: Json) -> AssetHealth:
    return AssetHealth(
        ref_of(health["asset"]),
        health["asset"]["kind"],
        health["dagCount"],
        int(health["materializationCount"]),
        time_of(health["lastMaterializedAt"]),
    )


def check_of(check: Json) -> CheckResult:
    return CheckResult(
        check["id"],
        check["materialization"]["id"],
        check["name"],
        check["status"],
        check["severity"],
        check["details"],
        time_of(check["checkedAt"]),
    )


def registered_of(payload: Json) -> RegisteredConfig:
    return RegisteredConfig(payload["nodeCount"], payload["assetCount"])


def webhook_of(webhook: Json) -> Webhook:
    return Webhook(
        webhook["id"],
        webhook["url"],
        webhook["events"],
        webhook["namespaces"],
        webhook["assets"],
        webhook["incompleteAfterMinutes"],
        webhook["status"],
        optional_time_of(webhook["failingSince"]),
        time_of(webhook["createdAt"]),
        webhook["createdBy"],
    )


def created_webhook_of(created: Json) -> CreatedWebhook:
    return CreatedWebhook(webhook_of(created["webhook"]), created["secret"])


def delivery_of(delivery: Json) -> WebhookDelivery:
    return WebhookDelivery(
        id=delivery["id"],
        event=delivery["event"],
        payload=delivery["payload"],
        status=delivery["status"],
        created_at=time_of(delivery["createdAt"]),
        attempts=delivery["attempts"],
        next_attempt_at=optional_time_of(delivery["nextAttemptAt"]),
        delivered_at=optional_time_of(delivery["deliveredAt"]),
        last_status=delivery["lastStatus"],
        last_error=delivery["lastError"],
        last_response=delivery["lastResponse"],
    )
