"""A proxy between a client and the real server that cuts connections, and lets nothing pass, as a network does."""

from __future__ import annotations

import contextlib
import socket
import threading
from urllib.parse import urlsplit

from .support import URL


class CuttingProxy:
    """Passes bytes on."""

    def __init__(self) -> None:
        target = urlsplit(URL)
        self._target = (target.hostname or "", target.port or 80)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Condition()
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        self._is_away = False
        self._is_frozen = False
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def wait_until_unused(self, timeout: float = 20.0) -> bool:
        """Whether there is no connection any more, in time."""
        with self._lock:
            return self._lock.wait_for(lambda: not self._pairs, timeout)

    def cut(self) -> None:
        """Breaks all connections off; those to come are not touched."""
        with self._lock:
            pairs = list(self._pairs)
        for pair in pairs:
            _shut(pair)

    def take_away(self) -> None:
        """From now on every connection breaks at once."""
        self._is_away = True
        self.cut()

    def freeze(self) -> None:
        """From now on nothing passes, and nothing says so."""
        self._is_frozen = True

    def restore(self) -> None:
        """Lets everything pass again, on connections to come."""
        self._is_away = self._is_frozen = False
        self.cut()

    def close(self) -> None:
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self._is_away:
                    client.close()
                    continue
                pair = (client, socket.create_connection(self._target))
                with self._lock:
                    self._pairs.add(pair)
                threading.Thread(target=self._serve, args=(pair,), daemon=True).start()

    def _serve(self, pair: tuple[socket.socket, socket.socket]) -> None:
        client, server = pair
        back = threading.Thread(target=self._pass, args=(server, client, pair), daemon=True)
        back.start()
        self._pass(client, server, pair)
        back.join()
        client.close()
        server.close()
        with self._lock:
            self._pairs.discard(pair)
            self._lock.notify_all()

    def _pass(self, source: socket.socket, sink: socket.socket, pair: tuple[socket.socket, socket.socket]) -> None:
        with contextlib.suppress(OSError):
            while True:
                piece = source.recv(65_536)
                if not piece:
                    break
                if not self._is_frozen:
                    sink.sendall(piece)
        _shut(pair)


def _shut(pair: tuple[socket.socket, socket.socket]) -> None:
    for each in pair:
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
