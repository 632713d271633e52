"""What one run made and from what, as it is sent to the server."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from enum import Enum
from typing import Any, Optional, Union

from .models import UpstreamAssetInfo

logger = logging.getLogger("headwater")


class UpstreamTuple(tuple[str, Optional[str], Optional[str]]):
    """``(asset_key, version, partition_key)``, as the reference has it, and as ``namespace`` where that asset is."""

    namespace: str | None

    def __new__(
        cls,
        asset_key: str,
        version: str | None = None,
        partition_key: str | None = None,
        namespace: str | None = None,
    ) -> UpstreamTuple:
        made = super().__new__(cls, (asset_key, version, partition_key))
        made.namespace = namespace
        return made

    def __getnewargs__(self) -> tuple[Any, ...]:
        return (*self, self.namespace)


#: An upstream: its key; ``(asset_key, version, partition_key)``, perhaps an UpstreamTuple; an UpstreamAssetInfo; or a
#: mapping with ``asset_key``, ``version`` (or ``latest_version``), ``partition_key`` and ``namespace``. Without a
#: version the server takes the latest one at the time of the run.
Upstream = Union[
    str,
    tuple[str, Optional[str]],
    tuple[str, Optional[str], Optional[str]],
    UpstreamAssetInfo,
    Mapping[str, Any],
]

#: An asset that was made: a mapping with ``asset_key``, and perhaps ``version``, ``kind``, ``kinds``,
#: ``description``, ``size_bytes``, ``checksum``, ``uri``, ``code_version``, ``metadata``, ``partition_key``,
#: ``namespace``, and ``upstream`` in addition to that of the run.
Asset = Mapping[str, Any]

_NAME_OF: dict[str, str] = {
    "namespace": "namespace",
    "version": "version",
    "kind": "kind",
    "kinds": "kinds",
    "description": "description",
    "size_bytes": "sizeBytes",
    "checksum": "checksum",
    "uri": "uri",
    "code_version": "codeVersion",
    "metadata": "metadata",
    "partition_key": "partitionKey",
}
_KNOWN = {"asset_key", "upstream", *_NAME_OF}

#: Beyond this a JSON number may lose digits on its way, so that larger ones travel as text.
_LARGEST_EXACT = 2**53 - 1
#: From here on the server takes a number for a float, as JSON writes it.
_LEAST_FLOAT = 1e21


def new_idempotency_key() -> str:
    """A key that no other recording has."""
    return str(uuid.uuid4())


@dataclass(frozen=True)
class Recording:
    """What one run made and from what. Sent twice, it is recorded once: it keeps its ``idempotency_key``.

    ``materialized_at`` is when it was made, in any time zone (a time without one counts as local); without it, the
    server takes its own clock on arrival. ``upstream`` is what every asset of this run was made from.
    An empty text says as much as None (but of a description), and integers in metadata from 2**53 on are sent as
    strings: the server would refuse either. Raises TypeError and ValueError for what can only be a mistake in the
    program, such as an asset without a key.
    """

    job_id: str
    assets: Sequence[Asset]
    dag_id: str | None = None
    node_task_id: str | None = None
    partition_key: str | None = None
    upstream: Sequence[Upstream] = ()
    storage_event_id: int | None = None
    materialized_at: datetime | None = None
    idempotency_key: str = field(default_factory=new_idempotency_key)
    #: Of assets and upstreams that name none; without it, the server's ``default``.
    namespace: str | None = None

    def __post_init__(self) -> None:
        # Read once: what is queued must not change when the caller goes on with its dicts.
        object.__setattr__(self, "_input", self._read())

    @property
    def asset_keys(self) -> list[str]:
        """The keys of the assets, in their order."""
        return [each["key"] for each in self.to_input()["assets"]]

    def to_input(self) -> dict[str, Any]:
        """As the API's RecordMaterializationsInput."""
        made: dict[str, Any] = self.__dict__["_input"]
        return made

    def _job_id(self) -> str | None:
        if self.job_id is None:
            raise ValueError("job_id: expected the job that ran, got None")
        return _text(self.job_id)

    def _read(self) -> dict[str, Any]:
        return _without_none(
            {
                "jobId": self._job_id(),
                "dagId": _text(self.dag_id) or None,
                "nodeTaskId": _text(self.node_task_id) or None,
                "partitionKey": _text(self.partition_key) or None,
                "storageEventId": _whole_number(self.storage_event_id),
                "idempotencyKey": self.idempotency_key,
                "materializedAt": instant(self.materialized_at),
                "assets": [
                    _asset_input(f"assets[{at}]", each, self.namespace)
                    for at, each in enumerate(_sequence("assets", self.assets))
                ],
                "upstream": _upstream_inputs("upstream", self.upstream, self.namespace) or None,
            }
        )


def _asset_input(where: str, asset: Asset, namespace: str | None) -> dict[str, Any]:
    if not isinstance(asset, Mapping):
        raise TypeError(f"{where}: expected a mapping with asset_key, got {type(asset).__name__}")
    if asset.get("asset_key") is None:
        raise ValueError(f"{where}: expected an asset_key, got none")
    unknown = sorted(str(name) for name in asset if name not in _KNOWN)
    if unknown:
        logger.warning("%s: %s of %r is not recorded", where, ", ".join(unknown), asset["asset_key"])
    made = {name: _said(key, asset.get(key)) for key, name in _NAME_OF.items()}
    made["key"] = _text(asset["asset_key"])
    made["namespace"] = made["namespace"] or namespace
    made["sizeBytes"] = _whole_number(asset.get("size_bytes"))
    made["upstream"] = _upstream_inputs(f"{where}.upstream", asset.get("upstream"), namespace) or None
    return _without_none(made)


def _upstream_inputs(where: str, upstream: Sequence[Upstream] | None, namespace: str | None) -> list[dict[str, Any]]:
    return [
        _upstream_input(f"{where}[{at}]", each, namespace) for at, each in enumerate(_sequence(where, upstream or ()))
    ]


_UPSTREAM_MEMBERS = ("asset_key", "version", "partition_key", "namespace")


def _upstream_input(where: str, upstream: Upstream, namespace: str | None) -> dict[str, Any]:
    if isinstance(upstream, str):
        upstream = {"asset_key": upstream}
    elif isinstance(upstream, UpstreamTuple):
        upstream = dict(zip(_UPSTREAM_MEMBERS, (*upstream, upstream.namespace)))
    elif isinstance(upstream, (tuple, list)):
        if not 1 <= len(upstream) <= 3:
            raise ValueError(f"{where}: expected (asset_key, version, partition_key), got {len(upstream)} members")
        upstream = dict(zip(_UPSTREAM_MEMBERS, upstream))
    elif isinstance(upstream, UpstreamAssetInfo):
        upstream = {name: getattr(upstream, name) for name in _UPSTREAM_MEMBERS}
    elif not isinstance(upstream, Mapping):
        raise TypeError(f"{where}: expected (asset_key, version, partition_key), got {type(upstream).__name__}")
    if upstream.get("asset_key") is None:
        raise ValueError(f"{where}: expected an asset_key, got none")
    return _without_none(
        {
            "key": _text(upstream["asset_key"]),
            "namespace": _text(upstream.get("namespace")) or namespace,
            "version": _text(upstream.get("version")) or _text(upstream.get("latest_version")) or None,
            "partitionKey": _text(upstream.get("partition_key")) or None,
        }
    )


def _sequence(where: str, value: Any) -> Sequence[Any]:
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Sequence):
        raise TypeError(f"{where}: expected a list, got {type(value).__name__}")
    return value


def _without_none(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def _plain(value: Any) -> Any:
    """A copy of JSON-like data; members of enums as their values."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(name): _plain(member) for name, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(member) for member in value]
    return value


def _said(name: str, value: Any) -> Any:
    """A member of an asset; None where it says nothing."""
    if name == "metadata":
        return _exact(_plain(value))
    if name == "kinds" and isinstance(value, (list, tuple)):
        return [each for each in _plain(value) if each != ""]
    plain = _plain(value)
    return None if plain == "" and name != "description" else plain


def _exact(value: Any) -> Any:
    """JSON-like data with integers of which a JSON number may lose digits as text."""
    if isinstance(value, dict):
        return {name: _exact(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_exact(member) for member in value]
    if isinstance(value, float) and value.is_integer() and _LARGEST_EXACT < abs(value) < _LEAST_FLOAT:
        return str(int(value))
    return _whole_number(value)


def last_of_each(storage_event_id: int | None, assets: Sequence[Asset], job_id: str) -> Sequence[Asset]:
    """The assets, and of one that stands more than once under a storage event the last; the others are logged.

    A storage event has one materialization of an asset.
    """
    if storage_event_id is None or not isinstance(assets, Sequence):
        return assets
    if not all(isinstance(each, Mapping) for each in assets):
        return assets
    last = {identity_of(each): at for at, each in enumerate(assets)}
    kept = [each for at, each in enumerate(assets) if last[identity_of(each)] == at]
    if len(kept) < len(assets):
        left_out = [repr(each.get("asset_key")) for at, each in enumerate(assets) if last[identity_of(each)] != at]
        logger.warning(
            "job %s: of an asset that stands more than once under storage event %s the last is recorded; left out: %s",
            job_id,
            storage_event_id,
            ", ".join(left_out),
        )
    return kept


def identity_of(asset: Asset) -> tuple[str | None, str | None]:
    """What tells an asset of a call from the others."""
    return _text(asset.get("namespace")) or None, _text(asset.get("asset_key"))


def _text(value: Any) -> str | None:
    """Ids come as text, as numbers or as uuid.UUID."""
    return None if value is None else str(_plain(value))


def _whole_number(value: Any) -> Any:
    if isinstance(value, int) and abs(value) > _LARGEST_EXACT:
        return str(value)
    return value


def instant(moment: datetime | None) -> str | None:
    """A time as the API's DateTime, in UTC."""
    return None if moment is None else moment.astimezone(timezone.utc).isoformat(timespec="milliseconds")
