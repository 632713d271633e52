"""Server-sent events, as far as GraphQL over SSE has them: those of the HTML standard, 9.2.6."""

from __future__ import annotations

from dataclasses import dataclass

from ._timed_response import LARGEST_ANSWER_BYTES, AnswerTooLargeError


@dataclass(frozen=True)
class Event:
    """What a server has sent; a comment, which says only that it is there, is None instead."""

    type: str
    data: bytes


class EventStreamParser:
    """Puts together what comes in pieces."""

    def __init__(self) -> None:
        #: The beginning of a line whose end has not come.
        self._pieces: list[bytes] = []
        self._type = b""
        self._data: list[bytes] = []
        self._size = 0

    def push(self, piece: bytes) -> list[Event | None]:
        """What is complete with this piece. Raises AnswerTooLargeError for an event without end."""
        self._size += len(piece)
        if self._size > LARGEST_ANSWER_BYTES:
            raise AnswerTooLargeError(f"expected an event of at most {LARGEST_ANSWER_BYTES} bytes, got more")
        sent: list[Event | None] = []
        first, *rest = piece.split(b"\n")
        self._pieces.append(first)
        for begun in rest:
            line = b"".join(self._pieces)
            self._pieces = [begun]
            if line.startswith(b":"):
                sent.append(None)
            else:
                sent += self._take(line[:-1] if line.endswith(b"\r") else line)
        return sent

    def _take(self, line: bytes) -> list[Event | None]:
        if line:
            name, _, value = line.partition(b":")
            value = value[1:] if value.startswith(b" ") else value
            if name == b"event":
                self._type = value
            elif name == b"data":
                self._data.append(value)
            return []
        event = Event(self._type.decode("utf-8", "replace"), b"\n".join(self._data))
        is_empty = not self._type and not self._data
        self._type, self._data, self._size = b"", [], 0
        return [] if is_empty else [event]
