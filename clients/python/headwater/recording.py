"""What one run made and from what, as it is sent to the server."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Callable, Optional, TypeVar, Union

from ._values import instant, plain, text, whole_number, without_none
from .errors import InvalidRecordingError

logger = logging.getLogger("headwater")

#: An upstream: its key; ``(asset_key, version, partition_key)``; or a mapping with ``asset_key``, ``version``,
#: ``partition_key`` and ``namespace``. Without a version the server takes the latest one at the time of the run.
Upstream = Union[str, tuple[str, Optional[str], Optional[str]], tuple[str, Optional[str]], Mapping[str, Any]]

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
    Raises TypeError and ValueError for what can only be a mistake in the program, such as an asset without a key;
    of these, InvalidRecordingError for a value that cannot be recorded, such as a key that is bytes. What JSON cannot
    hold in ``metadata`` is found when it is sent.
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

    def _read(self) -> dict[str, Any]:
        return without_none(
            {
                "jobId": _value("job_id", text, self.job_id),
                "dagId": _value("dag_id", text, self.dag_id),
                "nodeTaskId": _value("node_task_id", text, self.node_task_id),
                "partitionKey": _value("partition_key", text, self.partition_key),
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
    made = {name: _value(f"{where}.{key}", plain, asset.get(key)) for key, name in _NAME_OF.items()}
    made["key"] = _value(f"{where}.asset_key", text, asset["asset_key"])
    made["namespace"] = made["namespace"] or None
    made["sizeBytes"] = _value(f"{where}.size_bytes", whole_number, asset.get("size_bytes"))
    made["upstream"] = _upstream_inputs(f"{where}.upstream", asset.get("upstream")) or None
    unknown = sorted(str(name) for name in asset if name not in _KNOWN)
    if unknown:
        logger.warning("%s: %s of %r is not recorded", where, ", ".join(unknown), made["key"])
    return without_none(made)


def _upstream_inputs(where: str, upstream: Sequence[Upstream] | None) -> list[dict[str, Any]]:
    return [_upstream_input(f"{where}[{at}]", each) for at, each in enumerate(_sequence(where, upstream or ()))]


def _upstream_input(where: str, upstream: Upstream) -> dict[str, Any]:
    if isinstance(upstream, str):
        upstream = {"asset_key": upstream}
    elif isinstance(upstream, (tuple, list)):
        if not 1 <= len(upstream) <= 3:
            raise ValueError(f"{where}: expected (asset_key, version, partition_key), got {len(upstream)} members")
        upstream = dict(zip(("asset_key", "version", "partition_key"), upstream))
    elif not isinstance(upstream, Mapping):
        raise TypeError(f"{where}: expected (asset_key, version, partition_key), got {type(upstream).__name__}")
    if upstream.get("asset_key") is None:
        raise ValueError(f"{where}: expected an asset_key, got none")
    return without_none(
        {
            "key": _value(f"{where}.asset_key", text, upstream["asset_key"]),
            "namespace": _value(f"{where}.namespace", text, upstream.get("namespace")) or None,
            "version": _value(f"{where}.version", text, upstream.get("version")),
            "partitionKey": _value(f"{where}.partition_key", text, upstream.get("partition_key")),
        }
    )


def _placed(made: dict[str, Any], namespace: str) -> dict[str, Any]:
    """An asset or an upstream in a namespace, and likewise the upstreams of its own, unless they name another."""
    return {**_placed_upstream(made, namespace), "namespace": made.get("namespace") or namespace}


def _placed_upstream(made: dict[str, Any], namespace: str) -> dict[str, Any]:
    if "upstream" not in made:
        return made
    return {**made, "upstream": [_placed(each, namespace) for each in made["upstream"]]}


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
