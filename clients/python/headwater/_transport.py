"""HTTP to one server, over connections that are kept: http.client and nothing else."""

from __future__ import annotations

import http.client
import math
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from functools import partial
from typing import Callable
from urllib.parse import urlsplit

from ._after_fork import begin_anew_after_fork
from ._timed_response import AnswerTooLargeError, Deadline, TimedResponse
from .errors import NoAnswerError, NotHeadwaterError

#: Servers drop idle connections, Node.js after 5 s; one that was idle for longer than this is not used again.
_LONGEST_IDLE_SECONDS = 3.0
_PIECE_BYTES = 64 * 1024


@dataclass(frozen=True)
class Response:
    """What came back."""

    status: int
    headers: Message
    body: bytes


class Stream:
    """An answer that comes bit by bit, on a connection of its own."""

    def __init__(self, connection: http.client.HTTPConnection, answer: TimedResponse, url: str) -> None:
        self.status = answer.status
        self.headers = answer.headers
        self._connection = connection
        self._answer = answer
        self._url = url

    def read(self) -> bytes:
        """What comes next; nothing at the end. Raises NoAnswerError."""
        try:
            return self._answer.read1(_PIECE_BYTES)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise no_answer(self._url, error) from error

    def whole(self) -> Response:
        """All of it, for one that is no stream. Raises NoAnswerError, and NotHeadwaterError for one too large."""
        try:
            return Response(self.status, self.headers, self._answer.whole_body())
        except AnswerTooLargeError as error:
            raise NotHeadwaterError(f"{self._url} answers not as Headwater does: {error}") from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise no_answer(self._url, error) from error

    def close(self) -> None:
        """Closes the connection."""
        self._answer.close()
        self._connection.close()


class Transport:
    """Posts bodies to one URL, from any number of threads. Connections are kept for the next request."""

    def __init__(
        self,
        url: str,
        headers: Mapping[str, str],
        connect_timeout: float,
        read_timeout: float,
        request_timeout: float,
        ssl_context: ssl.SSLContext | None,
    ) -> None:
        self.url = endpoint_of(url)
        parts = urlsplit(self.url)
        self._host = parts.hostname or ""
        self._port = parts.port
        self._target = parts.path
        self._ssl_context = (ssl_context or ssl.create_default_context()) if parts.scheme == "https" else None
        self._headers = dict(headers)
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._request_timeout = request_timeout
        self._is_closed = False
        self.begin_anew()
        begin_anew_after_fork(self)

    def begin_anew(self) -> None:
        """Forgets all connections without closing them: after a fork they are the parent's."""
        self._lock = threading.Lock()
        self._idle: list[tuple[http.client.HTTPConnection, float]] = []

    def close(self) -> None:
        """Closes the connections that are not in use, and each of the others after its answer."""
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for connection, _ in idle:
            connection.close()

    def __del__(self) -> None:
        # A client that nobody has closed: what it kept is closed here, or Python would warn of it.
        for connection, _ in getattr(self, "_idle", ()):
            connection.close()

    def post(self, body: bytes, *, is_repeatable: bool = True) -> Response:
        """Sends a body and waits for the answer. Raises NoAnswerError, and NotHeadwaterError for one too large.

        What is not repeatable goes over a new connection: of a kept one nobody knows whether the server took it.
        """
        deadline = Deadline(self._read_timeout, self._request_timeout)
        try:
            kept = self._take() if is_repeatable else None
            if kept is not None:
                try:
                    return self._exchange(kept, body, deadline)
                except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                    # The server had dropped the connection while it was idle: that says nothing about the server.
                    pass
            return self._exchange(self._connect(deadline), body, deadline)
        except AnswerTooLargeError as error:
            raise NotHeadwaterError(f"{self.url} answers not as Headwater does: {error}") from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            # ValueError: what http.client does not make out, in some versions of Python.
            raise no_answer(self.url, error) from error

    def open(self, body: bytes, accept: str, silence: float, hold: Callable[[socket.socket], None]) -> Stream:
        """Sends a body on a connection of its own, and waits until the answer begins. Raises NoAnswerError.

        ``silence``: seconds that may pass without anything afterwards. ``hold`` is given the connection at once.
        """
        deadline = Deadline(self._read_timeout, math.inf)
        try:
            connection = self._connect(deadline)
            try:
                hold(connection.sock)
                answer = self._answer_to(connection, body, {**self._headers, "accept": accept}, deadline)
            except BaseException:
                connection.close()
                raise
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise no_answer(self.url, error) from error
        deadline.stage(math.inf)
        deadline.silence = silence
        return Stream(connection, answer, self.url)

    def _answer_to(
        self, connection: http.client.HTTPConnection, body: bytes, headers: Mapping[str, str], deadline: Deadline
    ) -> TimedResponse:
        connection.sock.settimeout(deadline.left(self._read_timeout))
        _send(connection, self._target, body, headers)
        deadline.stage(self._read_timeout)
        connection.response_class = partial(TimedResponse, deadline=deadline)  # type: ignore[assignment]
        return connection.getresponse()  # type: ignore[return-value]

    def _connect(self, deadline: Deadline) -> http.client.HTTPConnection:
        timeout = deadline.left(self._connect_timeout)
        connection = (
            http.client.HTTPConnection(self._host, self._port, timeout=timeout)
            if self._ssl_context is None
            else http.client.HTTPSConnection(self._host, self._port, timeout=timeout, context=self._ssl_context)
        )
        connection.connect()
        return connection

    def _exchange(self, connection: http.client.HTTPConnection, body: bytes, deadline: Deadline) -> Response:
        try:
            connection.sock.settimeout(deadline.left(self._read_timeout))
            is_sent = _send(connection, self._target, body, self._headers)
            # The head of an answer is small: all of it must come in the time that a part of the body has.
            deadline.stage(self._read_timeout)
            connection.response_class = partial(TimedResponse, deadline=deadline)  # type: ignore[assignment]
            answer = connection.getresponse()
            deadline.stage(self._request_timeout)
            response = Response(answer.status, answer.headers, answer.whole_body())  # type: ignore[attr-defined]
        except BaseException:
            connection.close()
            raise
        if answer.will_close or not is_sent:
            connection.close()
        else:
            self._keep(connection)
        return response

    def _take(self) -> http.client.HTTPConnection | None:
        oldest = time.monotonic() - _LONGEST_IDLE_SECONDS
        with self._lock:
            while self._idle:
                # The last one in: it has been idle for the shortest time.
                connection, since = self._idle.pop()
                if since >= oldest:
                    return connection
                connection.close()
        return None

    def _keep(self, connection: http.client.HTTPConnection) -> None:
        with self._lock:
            if not self._is_closed:
                self._idle.append((connection, time.monotonic()))
                return
        connection.close()


def no_answer(url: str, error: Exception) -> NoAnswerError:
    """What went wrong with a connection."""
    code = "TIMEOUT" if isinstance(error, (TimeoutError, socket.timeout)) else "CONNECTION_FAILED"
    return NoAnswerError(f"no answer from {url}: {str(error) or type(error).__name__}", code=code)


def _send(connection: http.client.HTTPConnection, target: str, body: bytes, headers: Mapping[str, str]) -> bool:
    """Whether all of it was taken. A proxy that takes no body of this size may answer without reading it."""
    try:
        connection.request("POST", target, body, headers)
    except BrokenPipeError:
        return False
    return True


def endpoint_of(url: str) -> str:
    """The URL that is posted to: ``/graphql`` of a server, unless the URL names it already. Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"url: expected http://host:port or https://host:port, got {url!r}")
    if parts.username is not None or parts.password is not None:
        raise ValueError("url: expected no user and no password in it; pass token instead")
    if parts.query or parts.fragment:
        raise ValueError(f"url: expected no query and no fragment, got {url!r}")
    try:
        # As connecting does, and then it would be too late to say so.
        parts.hostname.encode("idna")
    except UnicodeError as error:
        raise ValueError(f"url: expected the name of a host, got {parts.hostname!r}: {error}") from error
    if not parts.path.isascii() or not parts.path.isprintable() or " " in parts.path:
        raise ValueError(f"url: expected a path of printable ASCII without spaces, got {parts.path!r}")
    path = parts.path.rstrip("/")
    path = path if path.endswith("/graphql") else f"{path}/graphql"
    return f"{parts.scheme}://{parts.netloc}{path}"
