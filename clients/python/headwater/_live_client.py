"""What a client can follow."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Callable, TypeVar

from . import _documents as documents
from . import _read as read
from ._base_client import BaseClient
from ._ending import Ending
from ._values import instant, without_none
from .models import MaterializationEvent, NodeMaterializationStatus
from .results import StalenessEvent
from .subscription import Source, Subscription, SubscriptionCut

T = TypeVar("T")

OnReconnect = Callable[[SubscriptionCut], None]

#: A server gives a sign of itself every 12 s.
_SILENCE = 30.0
_GIVE_UP_AFTER = 300.0


class LiveClient(BaseClient):
    """The subscriptions of LineageClient.

    All take ``silence``: after so many seconds without a sign of the server, which gives one every 12 s, the connection
    is taken for dead and made anew; ``give_up_after``: seconds for which a connection is tried before the subscription
    raises SubscriptionEndedError, ``math.inf`` for ever; ``on_reconnect``: called before each pause, by default the
    first of an outage is logged.
    """

    def subscribe(
        self,
        document: str,
        variables: Mapping[str, Any] | None = None,
        *,
        watermark_of: Callable[[dict[str, Any]], str] | None = None,
        silence: float = _SILENCE,
        give_up_after: float = _GIVE_UP_AFTER,
        on_reconnect: OnReconnect | None = None,
    ) -> Subscription[dict[str, Any]]:
        """Follows a subscription of your own: the ``data`` of each answer.

        ``watermark_of`` an answer is passed as the variable ``after``, so that nothing is missed over a cut; without it
        each connection begins anew.
        """
        asked = dict(variables or {})
        return self._follow(document, asked, lambda data: data, watermark_of, silence, give_up_after, on_reconnect)

    def materialization_recorded(
        self,
        namespace: str | None = None,
        *,
        after: str | None = None,
        keys: Sequence[str] | None = None,
        key_prefix: str | None = None,
        kinds: Sequence[str] | None = None,
        search: str | None = None,
        job_id: str | None = None,
        dag_id: str | None = None,
        node_task_id: str | None = None,
        partition_key: str | None = None,
        version: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        silence: float = _SILENCE,
        give_up_after: float = _GIVE_UP_AFTER,
        on_reconnect: OnReconnect | None = None,
    ) -> Subscription[MaterializationEvent]:
        """Everything that is recorded and fulfils the conditions, in the order of its transactions.

        From ``after``, a watermark, on none is missed and none comes twice, over cuts, restarts and several servers;
        by default from now on. Of the namespace, by default the client's; of all, where it has none.
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
        assets = self._asset_filter(namespace, keys, key_prefix, kinds, search)
        variables = {"filter": without_none(conditions), "assets": assets, "after": after}
        event_of = read.field("materializationRecorded", read.materialization_event_of)
        return self._follow(
            documents.MATERIALIZATION_RECORDED,
            variables,
            event_of,
            lambda event: event.watermark,
            silence,
            give_up_after,
            on_reconnect,
        )

    def dag_status_changed(
        self,
        dag_id: str,
        *,
        silence: float = _SILENCE,
        give_up_after: float = _GIVE_UP_AFTER,
        on_reconnect: OnReconnect | None = None,
    ) -> Subscription[list[NodeMaterializationStatus]]:
        """The status of each node of a DAG run: at once, after each cut, and at each change."""
        statuses_of = read.field("dagStatusChanged", read.each(read.node_status_of))
        variables = {"dagId": str(dag_id)}
        return self._follow(
            documents.DAG_STATUS_CHANGED, variables, statuses_of, None, silence, give_up_after, on_reconnect
        )

    def staleness_changed(
        self,
        namespace: str | None = None,
        *,
        keys: Sequence[str] | None = None,
        key_prefix: str | None = None,
        kinds: Sequence[str] | None = None,
        search: str | None = None,
        selection: str | None = None,
        scope: str = "ALL",
        silence: float = _SILENCE,
        give_up_after: float = _GIVE_UP_AFTER,
        on_reconnect: OnReconnect | None = None,
    ) -> Subscription[StalenessEvent]:
        """Whenever an asset becomes stale, or is not any more, and why.

        Begins with those that are stale, and so after each cut: what has become fresh meanwhile is not among them. Of
        the namespace, by default the client's; of all, where it has none; of at most 1,000 assets.
        """
        assets = self._asset_filter(namespace, keys, key_prefix, kinds, search)
        variables = {"assets": assets, "selection": selection, "scope": scope}
        event_of = read.field("stalenessChanged", read.staleness_event_of)
        return self._follow(
            documents.STALENESS_CHANGED, variables, event_of, None, silence, give_up_after, on_reconnect
        )

    def _follow(
        self,
        document: str,
        variables: Mapping[str, Any],
        convert: Callable[[dict[str, Any]], T],
        watermark_of: Callable[[T], str] | None,
        silence: float,
        give_up_after: float,
        on_reconnect: OnReconnect | None,
    ) -> Subscription[T]:
        if not silence > 0:
            raise ValueError(f"silence: expected more than 0 s, got {silence}")
        if not give_up_after >= 0:
            raise ValueError(f"give_up_after: expected 0 s or more, got {give_up_after}")
        session, ending = self._session, Ending()
        session.endings.add(ending)

        def opened(after: str | None) -> Generator[list[T], None, None]:
            asked = variables if after is None else {**variables, "after": after}
            return session.stream(document, asked, convert, silence, ending)

        begin = partial(session.ask_once, documents.CURRENT_WATERMARK, "lineageOfSelection", _watermark_of)
        after = variables.get("after") if watermark_of is not None else None
        source = Source(opened, watermark_of, begin, after)
        return Subscription(source, ending, session.retry, give_up_after, on_reconnect)


def _watermark_of(graph: dict[str, Any]) -> str:
    return str(graph["watermark"])
