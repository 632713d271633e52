"""A server that stands before the real one, with mishaps on the way."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Callable
from urllib.parse import urlsplit

from .support import URL

#: What happens to a request: how it is answered instead, or in part. It gets the handler, and passes on by itself.
Mishap = Callable[["Handler"], None]


def away(status: int = 503, retry_after: str | None = None) -> Mishap:
    """Answers as a gateway does while the server is away."""

    def answer(handler: Handler) -> None:
        headers = {"content-type": "text/html"}
        if retry_after is not None:
            headers["retry-after"] = retry_after
        handler.answer(status, headers, b"<h1>away for the moment</h1>")

    return answer


def lose_the_answer(handler: Handler) -> None:
    """Passes the request on, and breaks the connection off once the server has answered, and so committed."""
    handler.forward()
    handler.hang_up()


def break_off(handler: Handler) -> None:
    """Breaks the connection off before the server hears of anything."""
    handler.hang_up()


def cut_short(handler: Handler) -> None:
    """Passes the request on, and only half of the answer back."""
    status, body = handler.forward()
    handler.send_response(status)
    handler.send_header("content-length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])
    handler.wfile.flush()
    handler.hang_up()


def pass_on(handler: Handler) -> None:
    """No mishap."""
    status, body = handler.forward()
    handler.answer(status, {"content-type": "application/json"}, body)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: UnreliableServer

    def do_POST(self) -> None:
        self.body = self.rfile.read(int(self.headers["content-length"]))
        mishap = self.server.next_mishap(self)
        try:
            mishap(self)
        except OSError:
            self.close_connection = True

    def forward(self) -> tuple[int, bytes]:
        """Asks the real server."""
        with self.ask() as response:
            return response.status, response.read()

    @contextlib.contextmanager
    def ask(self, accept: str = "application/json") -> Iterator[http.client.HTTPResponse]:
        """The answer of the real server, as it comes."""
        target = urlsplit(URL)
        connection = http.client.HTTPConnection(target.hostname or "", target.port)
        try:
            connection.request("POST", self.path, self.body, {"content-type": "application/json", "accept": accept})
            with connection.getresponse() as response:
                yield response
        finally:
            connection.close()

    def hang_up(self) -> None:
        """Ends the connection at once; to close it would wait for whoever else has it open."""
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        """Sends an answer of our own."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is given
        """Nothing: the tests say what they have to say."""


class UnreliableServer(ThreadingHTTPServer):
    """The n-th request meets the n-th mishap; later ones meet ``afterwards``."""

    daemon_threads = True

    def __init__(self, mishaps: Sequence[Mishap] = (), afterwards: Mishap = pass_on) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.afterwards = afterwards
        self.seen: list[dict[str, str]] = []
        self.bodies: list[bytes] = []
        self.connections: set[tuple[str, int]] = set()
        self._mishaps = list(mishaps)
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def requests(self) -> int:
        """The number of requests that came."""
        return len(self.seen)

    def next_mishap(self, handler: Handler) -> Mishap:
        with self._lock:
            self.seen.append({name.lower(): value for name, value in handler.headers.items()})
            self.bodies.append(handler.body)
            self.connections.add(handler.client_address)
            return self._mishaps.pop(0) if self._mishaps else self.afterwards

    def handle_error(self, request: object, client_address: object) -> None:
        """Connections that a test breaks off are no news."""

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()
