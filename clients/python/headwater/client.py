"""The API, synchronously: what the rest of this package is built on."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any

from . import _documents as documents
from . import _read as read
from ._base_client import MAX_PAGE
from ._graphql import GraphQLSession
from ._live_client import LiveClient
from ._values import instant, without_none
from ._version import __version__
from ._walk_client import WalkClient
from ._webhook_client import WebhookClient
from .models import AssetInfo, MaterializationInfo, NodeMaterializationStatus, UpstreamAssetInfo
from .recording import Recording, new_idempotency_key
from .results import (
    AssetHealth,
    Check,
    CheckResult,
    Freshness,
    Recorded,
    RegisteredConfig,
)
from .retry import RetryPolicy
from .specs import AssetSpec, NodeAssetSpec, plain_text, specs_from_config

#: The most recordings that the server takes in one call.
MAX_BATCH = 100


class LineageClient(WalkClient, WebhookClient, LiveClient):
    """Speaks to one Headwater server. Safe to use from any number of threads; blocks the one that calls.

    ``url`` is the server's, by default that of the environment variable HEADWATER_URL, else
    http://127.0.0.1:4000; ``token``, by default that of HEADWATER_TOKEN, is sent as a bearer token.
    ``namespace`` is that of every asset for which a call names none; without it, the server's ``default``.
    Timeouts are in seconds: ``connect_timeout`` until a connection stands; ``read_timeout`` until an answer has begun,
    and from one part of it to the next; ``request_timeout`` for one attempt as a whole, however steadily the answer
    comes. No more than 256 MiB of it are read.

    While the server is away (no connection, or HTTP 502, 503, 504) a call is sent again as ``retry`` says. That
    never records anything twice: each recording has an idempotency key, and everything else may be repeated.

    Methods raise subclasses of HeadwaterError: NoAnswerError where no server answered, ServerError with a code
    where it answered with an error.
    """

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        namespace: str | None = None,
        connect_timeout: float = 5.0,
        read_timeout: float = 40.0,
        request_timeout: float = 120.0,
        retry: RetryPolicy = RetryPolicy(),  # noqa: B008 - immutable
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self.namespace = namespace
        self._session = GraphQLSession(
            url,
            token,
            connect_timeout,
            read_timeout,
            request_timeout,
            retry,
            ssl_context,
            f"headwater-python/{__version__}",
        )

    def __repr__(self) -> str:
        return f"LineageClient({self.url!r})"

    @property
    def url(self) -> str:
        """The URL that is asked."""
        return self._session.url

    def close(self) -> None:
        """Closes connections, ends subscriptions and calls that wait to be sent again; later ones raise ClosedError."""
        self._session.close()

    def __enter__(self) -> LineageClient:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def execute(self, document: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Asks in GraphQL, and answers with ``data``. What is asked may be sent more than once."""
        return self._session.execute(document, variables or {})

    # Recording

    def record(self, recording: Recording) -> Recorded:
        """Records what one run made, all of it or nothing. The same Recording again changes nothing."""
        variables = {"input": recording.to_input(self.namespace)}
        return self._session.ask(documents.RECORD, variables, "recordMaterializations", read.recorded_of)

    def record_batch(self, recordings: Sequence[Recording]) -> list[Recorded]:
        """Records several runs. Each hundred is one transaction, all of it or nothing.

        Where one of them is refused, what came in hundreds before it stays recorded; all may be sent again.
        """
        recorded: list[Recorded] = []
        for start in range(0, len(recordings), MAX_BATCH):
            inputs = [each.to_input(self.namespace) for each in recordings[start : start + MAX_BATCH]]
            recorded += self._session.ask(
                documents.RECORD_BATCH,
                {"inputs": inputs},
                "recordMaterializationBatch",
                read.as_many_of(len(inputs), read.recorded_of),
            )
        return recorded

    # Assets and materializations

    def asset(self, key: str, namespace: str | None = None) -> AssetInfo | None:
        """An asset; None where nobody has recorded, expected or used it."""
        return self._session.ask(documents.ASSET, self._ref(key, namespace), "asset", read.optional(read.asset_of))

    def assets(
        self,
        namespace: str | None = None,
        *,
        keys: Sequence[str] | None = None,
        key_prefix: str | None = None,
        kinds: Sequence[str] | None = None,
        search: str | None = None,
        limit: int | None = None,
    ) -> Iterator[AssetInfo]:
        """Assets in the order (namespace, key), page by page as they are read; at most ``limit`` items.

        Those of the namespace, by default the client's; of all, where it has none. ``kinds``: of one of these kinds;
        ``search``: whose key has this text in it, in large or small letters.
        """
        conditions = self._asset_filter(namespace, keys, key_prefix, kinds, search)
        return self._items(documents.ASSETS, {"filter": conditions}, ("assets",), read.asset_of, limit)

    def freshness(self, key: str, namespace: str | None = None) -> Freshness | None:
        """Whether an asset was made lately; None where it is unknown."""
        freshness_of = read.optional(read.field("freshness", read.freshness_of))
        return self._session.ask(documents.FRESHNESS, self._ref(key, namespace), "asset", freshness_of)

    def update_asset(
        self,
        key: str,
        namespace: str | None = None,
        *,
        kind: str | None = None,
        kinds: Sequence[str] | None = None,
        description: str | None = None,
        tags: Mapping[str, Any] | None = None,
        owners: Sequence[str] | None = None,
    ) -> AssetInfo:
        """Changes what is given and leaves the rest; an empty description clears it. Raises AssetNotFoundError."""
        change = {
            "asset": self._ref(key, namespace),
            "kind": None if kind is None else plain_text(kind),
            "kinds": None if kinds is None else [plain_text(each) for each in kinds],
            "description": description,
            "tags": tags,
            "owners": owners,
        }
        return self._session.ask(documents.UPDATE_ASSET, {"input": without_none(change)}, "updateAsset", read.asset_of)

    def latest_materialization(
        self, key: str, namespace: str | None = None, *, partition_key: str | None = None
    ) -> MaterializationInfo | None:
        """The latest materialization with its inputs, of the partition or of the asset as a whole; None without."""
        variables = {**self._ref(key, namespace), "partitionKey": partition_key}
        latest_of = read.field("latestMaterialization", read.optional(read.materialization_of))
        return self._session.ask(documents.LATEST, variables, "asset", read.optional(latest_of))

    def materializations(
        self,
        key: str,
        namespace: str | None = None,
        *,
        limit: int | None = None,
        job_id: str | None = None,
        dag_id: str | None = None,
        node_task_id: str | None = None,
        partition_key: str | None = None,
        version: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterator[MaterializationInfo]:
        """The history of an asset, newest first, page by page as it is read; at most ``limit`` items.

        Nothing where nobody has recorded the asset.
        """
        conditions = {
            "jobId": job_id,
            "dagId": dag_id,
            "nodeTaskId": node_task_id,
            "partitionKey": partition_key,
            "version": version,
            "since": instant(since),
            "until": instant(until),
        }
        variables = {**self._ref(key, namespace), "filter": without_none(conditions)}
        return self._items(documents.HISTORY, variables, ("asset", "materializations"), read.materialization_of, limit)

    def materialization(self, materialization_id: str) -> MaterializationInfo | None:
        """The materialization of this id, with its inputs; None where there is none."""
        found_of = read.optional(read.materialization_of)
        return self._session.ask(documents.MATERIALIZATION, {"id": materialization_id}, "materialization", found_of)

    def consumers(self, materialization_id: str, *, limit: int | None = None) -> Iterator[MaterializationInfo]:
        """The materializations that were made from this one, newest first; at most ``limit`` items."""
        path = ("materialization", "consumers")
        return self._items(documents.CONSUMERS, {"id": materialization_id}, path, read.materialization_of, limit)

    def materialization_by_version(
        self, key: str, version: str, namespace: str | None = None
    ) -> MaterializationInfo | None:
        """The newest materialization of this asset with exactly this version: a cache look-up. None on a miss."""
        variables = {"asset": self._ref(key, namespace), "version": version}
        found_of = read.optional(read.materialization_of)
        return self._session.ask(documents.BY_VERSION, variables, "materializationByVersion", found_of)

    # Runs of DAGs, and what is expected of them

    def node_status(self, dag_id: str, node_task_id: str) -> NodeMaterializationStatus | None:
        """What a node of a DAG run has produced; None where the run does not know the node."""
        variables = {"dagId": str(dag_id), "nodeTaskId": str(node_task_id)}
        return self._session.ask(documents.NODE_STATUS, variables, "nodeStatus", read.optional(read.node_status_of))

    def dag_status(self, dag_id: str) -> list[NodeMaterializationStatus]:
        """The status of each node of a DAG run; none where the run is unknown."""
        return self._session.ask(
            documents.DAG_STATUS, {"dagId": str(dag_id)}, "dagStatus", read.each(read.node_status_of)
        )

    def upstream_assets(self, dag_id: str, node_task_id: str) -> list[UpstreamAssetInfo]:
        """What the upstream nodes of a node have produced in this DAG run, or lately where they have not."""
        variables = {"dagId": str(dag_id), "nodeTaskId": str(node_task_id)}
        return self._session.ask(documents.UPSTREAM_ASSETS, variables, "upstreamAssets", read.each(read.upstream_of))

    def register_asset_config(
        self,
        nodes: Sequence[NodeAssetSpec] | Mapping[str, Any],
        *,
        dag_id: str | None = None,
        dag_name: str | None = None,
    ) -> RegisteredConfig:
        """Says what nodes are expected to produce: specs, or the ``asset_config`` of a YAML file.

        Each node that is named is replaced as a whole; others stay. With ``dag_id`` it holds for that run alone.
        """
        specs = specs_from_config(nodes) if isinstance(nodes, Mapping) else nodes
        config = {
            "dagId": dag_id,
            "dagName": dag_name,
            "nodes": [
                without_none(
                    {
                        "nodeTaskId": node.node_task_id,
                        "upstreamNodes": node.upstream_nodes,
                        "assets": [self._spec_input(spec) for spec in node.assets],
                    }
                )
                for node in specs
            ],
        }
        variables = {"input": without_none(config)}
        return self._session.ask(documents.REGISTER_ASSET_CONFIG, variables, "registerAssetConfig", read.registered_of)

    def _spec_input(self, spec: AssetSpec) -> dict[str, Any]:
        return without_none(
            {
                "key": spec.key,
                "namespace": spec.namespace or self.namespace,
                "kind": plain_text(spec.kind),
                "kinds": [plain_text(each) for each in spec.kinds] or None,
                "isPrimary": spec.is_primary,
                "isRequired": spec.is_required,
                "description": spec.description,
                "metadata": spec.metadata or None,
            }
        )

    def asset_health(
        self, last_hours: int = 24, *, namespace: str | None = None, limit: int = MAX_PAGE
    ) -> list[AssetHealth]:
        """How often assets were materialized in the last hours, the most first; at most ``limit`` (1 to 1,000).

        Those of the namespace, by default the client's; of all, where it has none.
        """
        variables = {"lastHours": last_hours, "first": limit, "namespace": namespace or self.namespace}
        return self._session.ask(documents.ASSET_HEALTH, variables, "assetHealth", read.each(read.health_of))

    # Checks

    def record_check_results(
        self,
        materialization_id: str,
        checks: Sequence[Check],
        *,
        checked_at: datetime | None = None,
        idempotency_key: str | None = None,
    ) -> list[CheckResult]:
        """Records checks of a materialization. They are kept, never replaced; with the same key, only once."""
        results = {
            "materializationId": materialization_id,
            "idempotencyKey": idempotency_key or new_idempotency_key(),
            "checkedAt": instant(checked_at),
            "checks": [
                without_none(
                    {
                        "name": check.name,
                        "status": plain_text(check.status).upper(),
                        "severity": None if check.severity is None else plain_text(check.severity).upper(),
                        "details": check.details,
                    }
                )
                for check in checks
            ],
        }
        variables = {"input": without_none(results)}
        return self._session.ask(documents.RECORD_CHECKS, variables, "recordCheckResults", read.each(read.check_of))

    def checks(self, key: str, namespace: str | None = None, *, limit: int | None = None) -> Iterator[CheckResult]:
        """The results of the checks of an asset, newest first."""
        return self._items(documents.CHECKS, self._ref(key, namespace), ("asset", "checks"), read.check_of, limit)

    def materialization_checks(self, materialization_id: str, *, limit: int | None = None) -> Iterator[CheckResult]:
        """The results of the checks of one materialization, newest first."""
        path = ("materialization", "checks")
        return self._items(documents.MATERIALIZATION_CHECKS, {"id": materialization_id}, path, read.check_of, limit)
