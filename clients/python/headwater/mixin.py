"""For executors that were written for the reference."""

from __future__ import annotations

from .dag_mapper import DAGAssetMapper, UpstreamDict
from .recording import UpstreamTuple
from .tracker import AssetTracker


class AssetTrackingMixin:
    """The helpers by which executors ask for their upstreams, for a class that has an ``asset_tracker``.

    Among the base classes it stands before others that have helpers of these names. They block, and answer with
    nothing where the server is away.
    """

    asset_tracker: AssetTracker
    asset_tracking_enabled: bool = True

    def _get_upstream_versions(self, dag_id: str | None, node_task_id: str | None) -> list[str]:
        """The versions that the upstream nodes have produced, for ``compute_asset_version``."""
        return [each["latest_version"] for each in self._upstream(dag_id, node_task_id) if each["latest_version"]]

    def _get_upstream_asset_tuples(self, dag_id: str | None, node_task_id: str | None) -> list[UpstreamTuple]:
        """What the upstream nodes have produced, for ``record_materializations``, which heeds their ``namespace``."""
        return [
            UpstreamTuple(each["asset_key"], each["latest_version"], each["partition_key"], each["namespace"])
            for each in self._upstream(dag_id, node_task_id)
        ]

    def _upstream(self, dag_id: str | None, node_task_id: str | None) -> list[UpstreamDict]:
        if not dag_id or not node_task_id or not self.asset_tracking_enabled:
            return []
        mapper = DAGAssetMapper(client=self.asset_tracker.client)
        return mapper.get_upstream_assets_for_node(dag_id, node_task_id)
