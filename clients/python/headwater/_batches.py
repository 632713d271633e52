"""How recordings are put together into calls, and taken apart again where a call is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from .errors import (
    BadUserInputError,
    HeadwaterError,
    IdempotencyKeyReusedError,
    InternalServerError,
    InvalidRecordingError,
    NoAnswerError,
    NotHeadwaterError,
    ServiceUnavailableError,
)
from .recording import Recording
from .retry import TRANSIENT_STATUS

#: The most that is put into one call, unless it is a single recording: less than 1 MiB, the most that nginx lets
#: through unless it is told otherwise.
LARGEST_CALL_BYTES = 1_000_000

#: What a server, or what stands before it, refuses in a recording, or stumbles over; others may pass.
_ABOUT_CONTENT = (BadUserInputError, IdempotencyKeyReusedError, InternalServerError, InvalidRecordingError)
_TOO_LARGE = 413


def is_outage(error: HeadwaterError) -> bool:
    """Whether the same may be taken later."""
    if error.status == _TOO_LARGE:
        return False
    is_away = isinstance(error, (NoAnswerError, NotHeadwaterError, ServiceUnavailableError))
    return is_away or error.status in TRANSIENT_STATUS


def is_about_content(error: HeadwaterError) -> bool:
    """Whether others of the same call may pass without the one at fault, or in smaller calls."""
    return isinstance(error, _ABOUT_CONTENT) or error.status == _TOO_LARGE


def by_size(recordings: Sequence[Recording], namespace: str | None) -> Iterator[list[Recording]]:
    """The recordings in order, in parts of at most LARGEST_CALL_BYTES; what is larger by itself goes alone."""
    part: list[Recording] = []
    size = 0
    for recording in recordings:
        length = _bytes_of(recording, namespace)
        if part and size + length > LARGEST_CALL_BYTES:
            yield part
            part, size = [], 0
        part.append(recording)
        size += length
    if part:
        yield part


def without_the_one_at_fault(
    batch: list[Recording], error: HeadwaterError
) -> tuple[Recording | None, list[list[Recording]]]:
    """The recording that an error is about, and what is left; where it does not say which, none and the halves."""
    culprit = _culprit_of(error, len(batch))
    if culprit is not None:
        return batch[culprit], [batch[:culprit] + batch[culprit + 1 :]]
    middle = len(batch) // 2
    return None, [batch[:middle], batch[middle:]]


def alone(error: HeadwaterError) -> HeadwaterError:
    """An error about one recording, without its place in the batch."""
    made = type(error)(
        re.sub(r"inputs\[\d+\]\.?", "", error.message),
        code=error.code,
        field=None if error.field is None else re.sub(r"^inputs\[\d+\]\.?", "", error.field),
        status=error.status,
    )
    made.__cause__ = error
    return made


def _culprit_of(error: HeadwaterError, size: int) -> int | None:
    if size == 1:
        return 0
    found = re.match(r"inputs\[(\d+)\]", error.field or "") or re.search(r'at "inputs\[(\d+)\]', error.message)
    at = int(found.group(1)) if found else size
    return at if at < size else None


def _bytes_of(recording: Recording, namespace: str | None) -> int:
    try:
        return len(json.dumps(recording.to_input(namespace)))
    except (TypeError, ValueError, RecursionError):
        # It will be refused before it is sent, by itself.
        return 0
