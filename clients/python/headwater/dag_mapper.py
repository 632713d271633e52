"""From the nodes of a DAG to the assets that they read and are expected to produce."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Callable, Protocol, TypedDict

from .client import LineageClient
from .errors import HeadwaterError
from .specs import AssetSpec, predefined_spec_of, specs_from_config

logger = logging.getLogger("headwater")


class UpstreamDict(TypedDict):
    """What an upstream node has produced."""

    asset_key: str
    latest_version: str | None
    partition_key: str | None
    namespace: str | None


class UpstreamAssetsForNode(Protocol):
    """The signature of ``DAGAssetMapper.get_upstream_assets_for_node``."""

    def __call__(
        self,
        dag_id: str,
        node_task_id: str,
        get_connection_fn: Callable[..., Any] | None = None,
        close_connection_fn: Callable[..., Any] | None = None,
    ) -> list[UpstreamDict]: ...


class _OnClassOrInstance:
    """A method of an instance that can be called on the class as well, on an instance made for the call."""

    def __init__(self, function: Callable[..., list[UpstreamDict]]) -> None:
        self._function = function
        self.__doc__ = function.__doc__

    def __get__(self, mapper: DAGAssetMapper | None, owner: type[DAGAssetMapper]) -> UpstreamAssetsForNode:
        if mapper is None:
            return self._on_class(owner)
        bound: UpstreamAssetsForNode = self._function.__get__(mapper, owner)
        return bound

    def _on_class(self, owner: type[DAGAssetMapper]) -> UpstreamAssetsForNode:
        def call(*args: Any, **kwargs: Any) -> list[UpstreamDict]:
            try:
                mapper = owner()
            except ValueError as error:
                # The environment names no server: that is no mistake of the job, whose tracking it is.
                logger.error("no upstream assets: %s", error)
                return []
            try:
                return self._function(mapper, *args, **kwargs)
            finally:
                mapper.client.close()

        call.__doc__ = self._function.__doc__
        return call


class DAGAssetMapper:
    """Maps nodes to assets.

    ``asset_config`` is that of the pipeline's YAML file, as any YAML reader gives it. For ``on_error`` see
    AssetTracker, for the other arguments LineageClient. Where ``on_error="log"`` (the default), a failed question
    is answered with no upstreams: whoever computes versions from them and looks these up in a cache may prefer
    ``"raise"``.
    """

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        asset_config: Mapping[str, Any] | None = None,
        on_error: str = "log",
        namespace: str | None = None,
        client: LineageClient | None = None,
    ) -> None:
        if on_error not in ("log", "raise"):
            raise ValueError(f"on_error: expected 'log' or 'raise', got {on_error!r}")
        self.client = client or LineageClient(url, token, namespace=namespace)
        self._on_error = on_error
        self._namespace = namespace or self.client.namespace
        self._specs = {spec.node_task_id: spec for spec in specs_from_config(asset_config or {})}

    @_OnClassOrInstance
    def get_upstream_assets_for_node(
        self,
        dag_id: str,
        node_task_id: str,
        get_connection_fn: Callable[..., Any] | None = None,
        close_connection_fn: Callable[..., Any] | None = None,
    ) -> list[UpstreamDict]:
        """What the upstream nodes of a node have produced in this DAG run, or lately where they have not.

        Dicts of ``asset_key``, ``latest_version``, ``partition_key`` and ``namespace``, which may be recorded as
        ``upstream_assets`` as they are. Blocks; the awaitable one is
        ``AssetRepository.get_upstream_assets``. On the class it asks the server that HEADWATER_URL names. The
        connection functions of the reference may be passed, and are not called.
        """
        try:
            rows = self.client.upstream_assets(dag_id, node_task_id)
        except Exception as error:
            if self._on_error == "raise":
                raise
            logger.error(
                "no upstream assets of node %s of DAG run %s: %s",
                node_task_id,
                dag_id,
                error,
                exc_info=not isinstance(error, HeadwaterError),
            )
            return []
        return [
            {
                "asset_key": row.asset_key,
                "latest_version": row.version,
                "partition_key": row.partition_key,
                "namespace": row.namespace,
            }
            for row in rows
        ]

    def node_to_asset_specs(self, dag_name: str, node: Any, namespace: str | None = None) -> list[AssetSpec]:
        """What a node is expected to produce: as the ``asset_config`` says, else as is usual for its name.

        ``node`` is a name, or has one as ``node_task_id``, ``name``, ``task_id`` or ``id``. A name of which ``ocr``,
        ``extract``, ``classify`` or ``locate`` is one of the words has the predefined specs; any other has none.
        ``namespace`` is that of specs that name none, by default the mapper's. Each spec names the DAG in its
        metadata, as ``dagName``.
        """
        name = _name_of(node)
        spec = self._specs.get(name) or predefined_spec_of(name)
        if spec is None:
            return []
        place = namespace or self._namespace
        return [
            replace(
                each,
                namespace=each.namespace or place,
                kinds=list(each.kinds),
                metadata={**each.metadata, "dagName": dag_name},
            )
            for each in spec.assets
        ]


_NAMES = ("node_task_id", "name", "task_id", "id")


def _name_of(node: Any) -> str:
    if isinstance(node, str):
        return node
    named = [node.get(each) if isinstance(node, Mapping) else getattr(node, each, None) for each in _NAMES]
    name = next((each for each in named if each is not None), None)
    if name is None:
        raise ValueError(f"node: expected a name, or something with one, got {node!r}")
    return str(name)
