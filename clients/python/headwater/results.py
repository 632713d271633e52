"""What the client answers with, beside the reference's models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class AssetRef:
    """Names an asset."""

    key: str
    namespace: str


@dataclass(frozen=True)
class Recorded:
    """What a recording became: (materialization id, asset key) in the order of its assets.

    ``duplicate`` is True where it was known already and nothing was written; ``watermark`` stands for everything
    recorded up to here.
    """

    materializations: list[tuple[str, str]]
    duplicate: bool
    watermark: str


@dataclass(frozen=True)
class LineageNode:
    """An asset of a walk; the hidden ones are its direct neighbours that the answer does not contain."""

    asset: AssetRef
    kind: str
    distance: int
    hidden_upstream: int
    hidden_downstream: int


@dataclass(frozen=True)
class LineageEdge:
    """``downstream`` was made from ``upstream``. Current: in a latest materialization of the downstream asset."""

    upstream: AssetRef
    downstream: AssetRef
    first_seen_at: datetime
    last_seen_at: datetime
    materialization_count: int
    is_current: bool


@dataclass(frozen=True)
class LineageGraph:
    """The answer of a walk. It is the whole truth where ``complete``; else ``stopped_by`` says why not.

    ``back_edges`` are those of the edges that close a cycle. ``next_cursor``, passed as ``after``, goes on.
    """

    root: AssetRef
    nodes: list[LineageNode]
    edges: list[LineageEdge]
    back_edges: list[LineageEdge]
    complete: bool
    stopped_by: list[str]
    next_cursor: str | None
    watermark: str


@dataclass(frozen=True)
class Impact:
    """What a change of an asset would touch.

    ``by_distance`` counts consumers by hops; ``recent_jobs`` and ``recent_dags`` are distinct ones among the last
    100 materializations; ``advice`` is SAFE_TO_MODIFY, or MANY_CONSUMERS from eleven direct consumers on.
    """

    direct_consumers: int
    transitive_consumers: int
    by_distance: dict[int, int]
    recent_jobs: int
    recent_dags: int
    advice: str


@dataclass(frozen=True)
class Freshness:
    """FRESH, STALE, VERY_STALE or NEVER_MATERIALIZED, by age alone; times and ages of the latest materialization."""

    status: str
    latest_at: datetime | None
    age_seconds: int | None


@dataclass(frozen=True)
class StaleCause:
    """Why an asset is stale: UPSTREAM_CHANGED (a newer version is there) or UPSTREAM_STALE."""

    reason: str
    upstream: AssetRef
    used_version: str | None
    latest_version: str | None


@dataclass(frozen=True)
class Staleness:
    """FRESH, STALE or MISSING; causes among the direct upstreams, and the changes furthest upstream."""

    status: str
    causes: list[StaleCause]
    root_causes: list[StaleCause]


@dataclass(frozen=True)
class StalenessEvent:
    """An asset has become stale, or is not any more: ``status`` from now on, ``staleness`` says why.

    ``previous_status`` is None for an asset that is new among those asked about, and where it was stale from the start.
    """

    asset: AssetRef
    status: str
    previous_status: str | None
    staleness: Staleness


@dataclass(frozen=True)
class AssetHealth:
    """How often an asset was materialized lately, and by how many DAG runs."""

    asset: AssetRef
    kind: str
    dag_count: int
    materialization_count: int
    last_materialized_at: datetime


@dataclass(frozen=True)
class Check:
    """A check of a materialization, to be recorded. ``status``: PASSED, FAILED or SKIPPED; ``severity``: WARN or
    ERROR; in small letters as well.
    """

    name: str
    status: str
    severity: str | None = None
    details: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class CheckResult:
    """A check that was recorded."""

    id: str
    materialization_id: str
    name: str
    status: str
    severity: str
    details: dict[str, Any] | None
    checked_at: datetime


@dataclass(frozen=True)
class RegisteredConfig:
    """How many nodes and assets were registered."""

    node_count: int
    asset_count: int
