"""How assets hang together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from . import _documents as documents
from . import _read as read
from ._base_client import BaseClient
from .results import AssetRef, Impact, LineageGraph, Staleness


class WalkClient(BaseClient):
    """The walks of LineageClient, and what follows from them."""

    def upstream(
        self, key: str, namespace: str | None = None, *, scope: str = "ALL", limit: int | None = None
    ) -> Iterator[AssetRef]:
        """What an asset has been made from directly, in the order (namespace, key). ``scope``: ALL or CURRENT."""
        variables = {**self._ref(key, namespace), "scope": scope}
        return self._items(documents.UPSTREAM, variables, ("asset", "upstream"), read.ref_of, limit)

    def downstream(
        self, key: str, namespace: str | None = None, *, scope: str = "ALL", limit: int | None = None
    ) -> Iterator[AssetRef]:
        """What has been made from an asset directly, in the order (namespace, key). ``scope``: ALL or CURRENT."""
        variables = {**self._ref(key, namespace), "scope": scope}
        return self._items(documents.DOWNSTREAM, variables, ("asset", "downstream"), read.ref_of, limit)

    def lineage(
        self,
        key: str,
        namespace: str | None = None,
        *,
        direction: str = "UPSTREAM",
        depth: int | None = None,
        limit: int | None = None,
        scope: str = "ALL",
        after: str | None = None,
        at_least: str | None = None,
    ) -> LineageGraph:
        """Walks from an asset: one answer, of at most ``limit`` nodes (1 to 10,000; by default 500).

        ``direction``: UPSTREAM, DOWNSTREAM or BOTH. ``depth``: hops, by default without bound. ``scope``: ALL or
        CURRENT. ``after`` goes on where an answer stopped. ``at_least``: a watermark. Raises AssetNotFoundError.
        """
        variables = {
            "root": self._ref(key, namespace),
            "direction": direction,
            "depth": depth,
            "limit": limit,
            "scope": scope,
            "after": after,
            "atLeast": at_least,
        }
        return self._session.ask(documents.LINEAGE, variables, "lineage", read.graph_of)

    def walk(
        self,
        key: str,
        namespace: str | None = None,
        *,
        direction: str = "UPSTREAM",
        depth: int | None = None,
        scope: str = "ALL",
        page: int = 1_000,
    ) -> LineageGraph:
        """Walks to the end, in as many answers as it takes, and puts them together.

        The result is ``complete`` unless ``depth`` stopped it, or recordings in between have changed what was
        read already (CHANGED in ``stopped_by``): walk again then. Of a node that comes in several answers, the
        counts of hidden neighbours are those of the last.
        """
        whole = self.lineage(key, namespace, direction=direction, depth=depth, limit=page, scope=scope)
        while whole.next_cursor is not None:
            more = self.lineage(
                key,
                namespace,
                direction=direction,
                depth=depth,
                limit=page,
                scope=scope,
                after=whole.next_cursor,
            )
            whole = replace(
                more,
                nodes=whole.nodes + more.nodes,
                edges=whole.edges + more.edges,
                back_edges=whole.back_edges + more.back_edges,
            )
        return whole

    def impact(self, key: str, namespace: str | None = None) -> Impact | None:
        """What a change of an asset would touch; None where the asset is unknown."""
        impact_of = read.optional(read.field("impact", read.impact_of))
        return self._session.ask(documents.IMPACT, self._ref(key, namespace), "asset", impact_of)

    def staleness(
        self, key: str, namespace: str | None = None, *, partition_key: str | None = None
    ) -> Staleness | None:
        """Whether an asset is still true to what it was made from, and if not, why; None where it is unknown."""
        variables = {**self._ref(key, namespace), "partitionKey": partition_key}
        staleness_of = read.optional(read.field("staleness", read.staleness_of))
        return self._session.ask(documents.STALENESS, variables, "asset", staleness_of)
