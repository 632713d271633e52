"""What the server is asked about, by the reference's names; fields that the reference lacks stand at the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .kinds import AssetKind, AssetTechnologyKind
from .results import AssetRef
from .specs import (
    CLASSIFY_NODE_ASSETS,
    EXTRACT_NODE_ASSETS,
    LOCATE_NODE_ASSETS,
    OCR_NODE_ASSETS,
    PREDEFINED_ASSET_SPECS,
    AssetSpec,
    NodeAssetSpec,
)

# What the module of this name has in the reference is found here as well.
__all__ = [
    "CLASSIFY_NODE_ASSETS",
    "EXTRACT_NODE_ASSETS",
    "LOCATE_NODE_ASSETS",
    "OCR_NODE_ASSETS",
    "PREDEFINED_ASSET_SPECS",
    "AssetInfo",
    "AssetKey",
    "AssetKind",
    "AssetLatestInfo",
    "AssetLineage",
    "AssetSpec",
    "AssetTechnologyKind",
    "AssetVersion",
    "LineageInfo",
    "MaterializationEvent",
    "MaterializationInfo",
    "NodeAssetSpec",
    "NodeMaterializationStatus",
    "UpstreamAssetInfo",
]

#: (namespace, key)
AssetKey = tuple[str, str]


@dataclass
class AssetInfo:
    """A named thing that is produced, identified by (namespace, asset_key). ``id`` is opaque and stable."""

    id: str
    asset_key: str
    namespace: str
    kind: str
    description: str | None
    tags: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    kinds: list[str] = field(default_factory=list)
    owners: list[str] = field(default_factory=list)


@dataclass
class AssetLatestInfo:
    """The latest materialization of an asset: ``latest_at`` is when it was made."""

    asset_key: str
    version: str | None
    latest_at: datetime
    partition_key: str | None = None


@dataclass
class AssetVersion:
    """A version of an asset, and when it was made."""

    asset_key: str
    version: str
    created_at: datetime


@dataclass
class LineageInfo:
    """An upstream of a materialization, as it was recorded."""

    upstream_asset_key: str
    upstream_version: str | None
    upstream_partition_key: str | None


@dataclass
class UpstreamAssetInfo:
    """An upstream asset with the version that was used.

    ``resolution`` says how the version became known: REPORTED, INFERRED or UNRESOLVED (see docs/concepts.md);
    ``materialization_id`` is the very materialization that was used, where it is recorded.
    """

    asset_key: str
    version: str | None
    partition_key: str | None
    namespace: str | None = None
    materialization_id: str | None = None
    resolution: str | None = None


@dataclass
class MaterializationInfo:
    """One production of an asset. ``created_at`` is when it was made, ``recorded_at`` when the server heard of it.

    ``inputs`` is what it was made from; None where it was not asked for.
    """

    id: str
    storage_event_id: int | None
    asset_key: str
    asset_version: str | None
    job_id: str
    dag_id: str | None
    node_task_id: str | None
    partition_key: str | None
    size_bytes: int | None
    checksum: str | None
    uri: str | None
    metadata: dict[str, Any]
    created_at: datetime
    namespace: str | None = None
    code_version: str | None = None
    recorded_at: datetime | None = None
    inputs: list[UpstreamAssetInfo] | None = None


@dataclass(frozen=True)
class MaterializationEvent:
    """Something has been recorded. ``watermark`` is that of everything up to this: pass it as ``after`` to go on."""

    materialization: MaterializationInfo
    watermark: str


@dataclass
class NodeMaterializationStatus:
    """What a node of a DAG run has produced of what was expected of it."""

    dag_id: str
    dag_name: str | None
    node_task_id: str
    expected_assets: int
    materialized_assets: int
    required_assets: int
    materialized_required: int
    all_required_materialized: bool
    missing_required_assets: list[str] = field(default_factory=list)
    last_materialized_at: datetime | None = None

    @property
    def is_complete(self) -> bool:
        """Whether everything that is required has been materialized."""
        return self.all_required_materialized

    @property
    def completion_percentage(self) -> float:
        """0 to 100: how much of what is required has been materialized; 100 where nothing is."""
        if self.required_assets == 0:
            return 100.0
        return 100.0 * self.materialized_required / self.required_assets


@dataclass
class AssetLineage:
    """The direct neighbours of an asset: what it was made from, and the keys of what was made from it.

    ``downstream_assets`` are the same as ``downstream``, with their namespaces.
    """

    asset_key: str
    upstream: list[UpstreamAssetInfo] = field(default_factory=list)
    downstream: list[str] = field(default_factory=list)
    downstream_assets: list[AssetRef] = field(default_factory=list)
