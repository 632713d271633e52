"""Values of a program as they are sent: as JSON can hold them, and never changed by the program afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from enum import Enum
from typing import Any

from .errors import InvalidRecordingError

#: Beyond this a JSON number may lose digits on its way, so that larger ones travel as text.
_LARGEST_EXACT = 2**53 - 1
#: From here on the server takes a number for a float, as JSON writes it.
_LEAST_FLOAT = 1e21
#: The server keeps fewer; without a bound of our own, data that contain themselves would end in a RecursionError, or
#: with a raised recursion limit end the program.
_DEEPEST = 200


def without_none(members: Mapping[str, Any]) -> dict[str, Any]:
    """What is given."""
    return {name: value for name, value in members.items() if value is not None}


def plain(value: Any, level: int = 0) -> Any:
    """A copy of JSON-like data; members of enums as their values. Raises InvalidRecordingError if it is too deep."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (Mapping, list, tuple)) and level >= _DEEPEST:
        raise InvalidRecordingError(f"expected at most {_DEEPEST} levels of lists and mappings, got more")
    if isinstance(value, Mapping):
        return {str(name): plain(member, level + 1) for name, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(member, level + 1) for member in value]
    return value


def text(value: Any) -> str | None:
    """Ids come as text, as numbers or as uuid.UUID; what has no text but its repr is refused."""
    value = plain(value)
    if isinstance(value, (bytes, bytearray, memoryview, dict, list)):
        raise InvalidRecordingError(f"expected a text, got {type(value).__name__}")
    return None if value is None else str(value)


def whole_number(value: Any) -> Any:
    """A BigInt: a number, or its digits where they would not survive as a number."""
    if isinstance(value, int) and abs(value) > _LARGEST_EXACT:
        return str(value)
    return value


def exact(value: Any) -> Any:
    """Plain data with integers of which a JSON number may lose digits as text."""
    if isinstance(value, dict):
        return {name: exact(member) for name, member in value.items()}
    if isinstance(value, list):
        return [exact(member) for member in value]
    if isinstance(value, float) and value.is_integer() and _LARGEST_EXACT < abs(value) < _LEAST_FLOAT:
        return str(int(value))
    return whole_number(value)


def instant(moment: datetime | None) -> str | None:
    """A time as the API's DateTime, in UTC. Raises InvalidRecordingError for what is no time, or has none in UTC."""
    if moment is None:
        return None
    if not isinstance(moment, datetime):
        raise InvalidRecordingError(f"expected a datetime, got {type(moment).__name__} {moment!r}")
    try:
        return moment.astimezone(timezone.utc).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError, OSError) as error:
        raise InvalidRecordingError(f"expected a time that UTC has, got {moment!r}: {error}") from error
