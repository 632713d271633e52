"""What one run made and from what, as it is sent to the server."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Callable, Optional, TypeVar, Union

from ._values import exact, instant, plain, text, whole_number, without_none
from .errors import InvalidRecordingError
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

T = TypeVar("T")


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
    program, such as an asset without a key; of these, InvalidRecordingError for a value that cannot be recorded, such
    as a key that is bytes. What JSON cannot hold in ``metadata`` is found when it is sent.
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
        try:
            made = self._read()
        except (TypeError, ValueError):
            raise
        except Exception as error:
            # What is passed may be anything, and fail in any way when it is looked at.
            raise InvalidRecordingError(f"cannot be read: {type(error).__name__}: {error}") from error
        object.__setattr__(self, "_input", made)

    @property
    def asset_keys(self) -> list[str]:
        """The keys of the assets, in their order."""
        return [each["key"] for each in self.to_input()["assets"]]

    def to_input(self, namespace: str | None = None) -> dict[str, Any]:
        """As the API's RecordMaterializationsInput.

        ``namespace`` is that of assets and upstreams that name none, unless the recording has one itself.
        """
        made: dict[str, Any] = self.__dict__["_input"]
        default = self.namespace or namespace
        if default is None:
            return made
        assets = [_placed(each, default) for each in made["assets"]]
        return {**_placed_upstream(made, default), "assets": assets}

    def _job_id(self) -> str:
        if self.job_id is None:
            raise ValueError("job_id: expected the job that ran, got None")
        return self.job_id

    def _read(self) -> dict[str, Any]:
        return without_none(
            {
                "jobId": _value("job_id", text, self._job_id()),
                "dagId": _value("dag_id", text, self.dag_id) or None,
                "nodeTaskId": _value("node_task_id", text, self.node_task_id) or None,
                "partitionKey": _value("partition_key", text, self.partition_key) or None,
                "storageEventId": _value("storage_event_id", whole_number, self.storage_event_id),
                "idempotencyKey": _value("idempotency_key", text, self.idempotency_key),
                "materializedAt": _value("materialized_at", instant, self.materialized_at),
                "assets": [
                    _asset_input(f"assets[{at}]", each) for at, each in enumerate(_sequence("assets", self.assets))
                ],
                "upstream": _upstream_inputs("upstream", self.upstream) or None,
            }
        )


def _asset_input(where: str, asset: Asset) -> dict[str, Any]:
    if not isinstance(asset, Mapping):
        raise TypeError(f"{where}: expected a mapping with asset_key, got {type(asset).__name__}")
    if asset.get("asset_key") is None:
        raise ValueError(f"{where}: expected an asset_key, got none")
    made = {name: _value(f"{where}.{key}", _said(key), asset.get(key)) for key, name in _NAME_OF.items()}
    made["key"] = _value(f"{where}.asset_key", text, asset["asset_key"])
    made["sizeBytes"] = _value(f"{where}.size_bytes", whole_number, made["sizeBytes"])
    made["upstream"] = _upstream_inputs(f"{where}.upstream", asset.get("upstream")) or None
    unknown = sorted(str(name) for name in asset if name not in _KNOWN)
    if unknown:
        logger.warning("%s: %s of %r is not recorded", where, ", ".join(unknown), made["key"])
    return without_none(made)


def _upstream_inputs(where: str, upstream: Sequence[Upstream] | None) -> list[dict[str, Any]]:
    return [_upstream_input(f"{where}[{at}]", each) for at, each in enumerate(_sequence(where, upstream or ()))]


_UPSTREAM_MEMBERS = ("asset_key", "version", "partition_key", "namespace")


def _upstream_input(where: str, upstream: Upstream) -> dict[str, Any]:
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
    version = _value(f"{where}.version", text, upstream.get("version"))
    if not version:
        version = _value(f"{where}.latest_version", text, upstream.get("latest_version"))
    return without_none(
        {
            "key": _value(f"{where}.asset_key", text, upstream["asset_key"]),
            "namespace": _value(f"{where}.namespace", text, upstream.get("namespace")) or None,
            "version": version or None,
            "partitionKey": _value(f"{where}.partition_key", text, upstream.get("partition_key")) or None,
        }
    )


def _placed(made: dict[str, Any], namespace: str) -> dict[str, Any]:
    """An asset or an upstream in a namespace, and likewise the upstreams of its own, unless they name another."""
    return {**_placed_upstream(made, namespace), "namespace": made.get("namespace") or namespace}


def _placed_upstream(made: dict[str, Any], namespace: str) -> dict[str, Any]:
    if "upstream" not in made:
        return made
    return {**made, "upstream": [_placed(each, namespace) for each in made["upstream"]]}


def _said(name: str) -> Callable[[Any], Any]:
    """How a member of an asset is read; None where it says nothing."""

    def said(value: Any) -> Any:
        made = plain(value)
        if name == "metadata":
            return exact(made)
        if name == "kinds" and isinstance(made, list):
            return [each for each in made if each != ""]
        return None if made == "" and name != "description" else made

    return said


def last_of_each(
    storage_event_id: int | None, assets: Sequence[Asset], job_id: str
) -> tuple[Sequence[Asset], Sequence[int]]:
    """The assets, and of one that stands more than once under a storage event the last; the others are logged.

    A storage event has one materialization of an asset. Answers as well, where some are left out, which of those that
    are kept stands for each.
    """
    if storage_event_id is None or not isinstance(assets, Sequence):
        return assets, ()
    try:
        identities = [_identity_of(each) for each in assets]
    except Exception:
        # Whatever is wrong with them, Recording says it.
        return assets, ()
    last = {identity: at for at, identity in enumerate(identities)}
    if len(last) == len(identities):
        return assets, ()
    place_of = {at: place for place, at in enumerate(sorted(last.values()))}
    logger.warning(
        "job %s: of an asset that stands more than once under storage event %s the last is recorded; left out: %s",
        job_id,
        storage_event_id,
        ", ".join(repr(key) for at, (_, key) in enumerate(identities) if at not in place_of),
    )
    return [assets[at] for at in place_of], [place_of[last[identity]] for identity in identities]


def _identity_of(asset: Asset) -> tuple[str | None, str | None]:
    """What tells an asset of a call from the others."""
    return text(asset.get("namespace")) or None, text(asset["asset_key"])


def _value(where: str, convert: Callable[[Any], T], value: Any) -> T:
    """A value, converted; whatever goes wrong with it is the value's fault, and not one of the call's shape."""
    try:
        return convert(value)
    except InvalidRecordingError as error:
        raise InvalidRecordingError(f"{where}: {error}") from error
    except Exception as error:
        raise InvalidRecordingError(f"{where}: {type(error).__name__}: {error}") from error


def _sequence(where: str, value: Any) -> Sequence[Any]:
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Sequence):
        raise TypeError(f"{where}: expected a list, got {type(value).__name__}")
    return value
