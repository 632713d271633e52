"""What monitors and people ask with: the reference's questions, and those that it could not answer."""

from __future__ import annotations

from typing import Any

from ._worker_pool import WorkerPool
from .client import LineageClient
from .errors import AssetNotFoundError
from .models import (
    AssetInfo,
    AssetLatestInfo,
    AssetLineage,
    MaterializationInfo,
    NodeMaterializationStatus,
    UpstreamAssetInfo,
)
from .results import Impact, Staleness

#: Seconds for questions under way when it is closed, or the program ends.
_CLOSE_TIMEOUT = 5.0


class AssetRepository:
    """Asks one server. Every method but ``cleanup`` is awaited, and never blocks the event loop.

    ``max_workers`` is the number of questions under way at once; for the other arguments see LineageClient.
    Methods raise subclasses of HeadwaterError.
    """

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        max_workers: int = 2,
        *,
        namespace: str | None = None,
        client: LineageClient | None = None,
        max_pending: int = 1_000,
    ) -> None:
        self.client = client or LineageClient(url, token, namespace=namespace)
        self._owns_client = client is None
        self._namespace = namespace
        self._pool = WorkerPool("headwater-repository", max_workers, max_pending, _CLOSE_TIMEOUT)

    async def get_asset_info(self, asset_key: str) -> AssetInfo | None:
        """The asset; None where nobody has recorded, expected or used it."""
        return await self._pool.run(lambda: self.client.asset(asset_key, self._namespace))

    async def get_latest_version(self, asset_key: str, *, partition_key: str | None = None) -> AssetLatestInfo | None:
        """The latest version, of a partition or of the asset as a whole; None where there is none."""
        latest = await self._pool.run(
            lambda: self.client.latest_materialization(asset_key, self._namespace, partition_key=partition_key)
        )
        if latest is None:
            return None
        return AssetLatestInfo(latest.asset_key, latest.asset_version, latest.created_at, latest.partition_key)

    async def get_materialization_history(
        self, asset_key: str, limit: int = 10, *, partition_key: str | None = None
    ) -> list[MaterializationInfo]:
        """The newest materializations, newest first; ``limit`` may be any number."""
        return await self._pool.run(
            lambda: list(
                self.client.materializations(asset_key, self._namespace, limit=limit, partition_key=partition_key)
            )
        )

    async def get_materialization_by_version(self, asset_key: str, version: str) -> MaterializationInfo | None:
        """The newest materialization with exactly this version, with its inputs; None on a miss.

        One indexed look-up, whatever the length of the history: what to ask a cache with.
        """
        return await self._pool.run(lambda: self.client.materialization_by_version(asset_key, version, self._namespace))

    async def get_lineage(
        self, asset_key: str, *, version: str | None = None, partition_key: str | None = None
    ) -> AssetLineage:
        """The direct neighbours of an asset.

        ``upstream`` is what its latest materialization (of the partition, where one is given) was made from, with
        the versions used; with ``version``, that of this version instead. ``downstream`` has the keys of all
        assets that were ever made from it, ``downstream_assets`` their namespaces as well. Raises
        AssetNotFoundError where the asset is unknown: an answer without neighbours would say that a change of it
        is safe.
        """
        return await self._pool.run(lambda: self._lineage(asset_key, version, partition_key))

    def _lineage(self, asset_key: str, version: str | None, partition_key: str | None) -> AssetLineage:
        if version is None:
            made = self.client.latest_materialization(asset_key, self._namespace, partition_key=partition_key)
        else:
            made = self.client.materialization_by_version(asset_key, version, self._namespace)
        if made is None and self.client.asset(asset_key, self._namespace) is None:
            raise AssetNotFoundError(f"the asset {asset_key!r} is unknown", code="ASSET_NOT_FOUND")
        downstream = list(self.client.downstream(asset_key, self._namespace))
        return AssetLineage(
            asset_key,
            upstream=[] if made is None else made.inputs or [],
            downstream=[each.key for each in downstream],
            downstream_assets=downstream,
        )

    async def get_impact(self, asset_key: str) -> Impact | None:
        """What a change of the asset would touch, through all hops; None where it is unknown."""
        return await self._pool.run(lambda: self.client.impact(asset_key, self._namespace))

    async def get_staleness(self, asset_key: str, *, partition_key: str | None = None) -> Staleness | None:
        """Whether the asset is still true to what it was made from, with the root causes; None where unknown."""
        return await self._pool.run(
            lambda: self.client.staleness(asset_key, self._namespace, partition_key=partition_key)
        )

    async def get_node_status(self, dag_id: str, node_task_id: str) -> NodeMaterializationStatus | None:
        """What a node of a DAG run has produced; None where the run does not know the node."""
        return await self._pool.run(lambda: self.client.node_status(dag_id, node_task_id))

    async def get_dag_status(self, dag_id: str) -> list[NodeMaterializationStatus]:
        """The status of each node of a DAG run; none where the run is unknown."""
        return await self._pool.run(lambda: self.client.dag_status(dag_id))

    async def get_upstream_assets(self, dag_id: str, node_task_id: str) -> list[UpstreamAssetInfo]:
        """What the upstream nodes of a node have produced in this DAG run, or lately where they have not."""
        return await self._pool.run(lambda: self.client.upstream_assets(dag_id, node_task_id))

    async def get_asset_health_summary(self, hours: int = 24, limit: int = 1_000) -> list[dict[str, Any]]:
        """How often assets were materialized in the last hours, the most first.

        Those of the repository's namespace; of all, where it has none.

        Dicts of ``asset_key``, ``kind``, ``dag_count``, ``materialization_count``, ``last_materialized`` and
        ``namespace``; at most ``limit`` of them, 1 to 1,000.
        """
        rows = await self._pool.run(lambda: self.client.asset_health(hours, namespace=self._namespace, limit=limit))
        return [
            {
                "asset_key": row.asset.key,
                "kind": row.kind,
                "dag_count": row.dag_count,
                "materialization_count": row.materialization_count,
                "last_materialized": row.last_materialized_at,
                "namespace": row.asset.namespace,
            }
            for row in rows
        ]

    def cleanup(self) -> None:
        """Takes no more questions, and waits for those under way, for a few seconds at most."""
        self._pool.shutdown()
        if self._owns_client:
            self.client.close()
