"""Answers of http.client that come in time or not at all, and are no larger than they may be."""

from __future__ import annotations

import http.client
import io
import socket
import time
from typing import Any

#: The largest answer that is read, in bytes: a walk of 10,000 nodes takes a fraction.
LARGEST_ANSWER_BYTES = 256 * 1024 * 1024
_PIECE_BYTES = 64 * 1024


class AnswerTooLargeError(http.client.HTTPException):
    """More than LARGEST_ANSWER_BYTES came, or were announced."""


class Deadline:
    """How long an exchange may be silent, and when it has to be over."""

    def __init__(self, silence: float, total: float) -> None:
        self.silence = silence
        self._end = time.monotonic() + total
        self._stage_end = self._end

    def stage(self, seconds: float) -> None:
        """Begins a part of the exchange that must be over in so many seconds, however often something comes."""
        self._stage_end = min(self._end, time.monotonic() + seconds)

    def left(self, at_most: float) -> float:
        """Seconds to wait for what comes next. Raises TimeoutError where there are none."""
        left = min(at_most, self._stage_end - time.monotonic())
        if left <= 0:
            raise TimeoutError("timed out: the answer came too slowly")
        return left


class _TimedReader(io.RawIOBase):
    """Reads from a socket, and sets its timeout for each part: a server that sends a byte now and then, each in time,
    would keep a caller for ever.
    """

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        # Keeps the socket open until the answer has been read, as http.client's own reader does.
        self._raw = sock.makefile("rb", buffering=0)
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._deadline.left(self._deadline.silence))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class TimedResponse(http.client.HTTPResponse):
    """An answer within a deadline."""

    def __init__(self, sock: socket.socket, *args: Any, deadline: Deadline, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp.close()
        self.fp = io.BufferedReader(_TimedReader(sock, deadline))

    def whole_body(self) -> bytes:
        """All of it. Raises AnswerTooLargeError, and IncompleteRead where less came than was announced."""
        announced = self.length or 0
        pieces: list[bytes] = []
        size = 0
        while size <= LARGEST_ANSWER_BYTES >= announced:
            piece = self.read(_PIECE_BYTES)
            if not piece:
                # Unlike a read of everything, one of a piece does not mind the end of the connection.
                if self.length:
                    raise http.client.IncompleteRead(b"".join(pieces), self.length)
                return b"".join(pieces)
            pieces.append(piece)
            size += len(piece)
        raise AnswerTooLargeError(f"expected at most {LARGEST_ANSWER_BYTES} bytes, got {max(announced, size)} or more")
