"""How a subscription ends that another thread waits in."""

from __future__ import annotations

import contextlib
import socket
import threading
import weakref

from ._after_fork import begin_anew_after_fork


class Ending:
    """Whether a subscription is to end, and the connection that it waits for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._sock: socket.socket | None = None
        #: What the one who reads is told; None: nothing, it just ends.
        self.error: Exception | None = None

    @property
    def is_ended(self) -> bool:
        return self._ended.is_set()

    def wait(self, seconds: float) -> None:
        """Returns as soon as it ends."""
        self._ended.wait(min(seconds, threading.TIMEOUT_MAX))

    def hold(self, sock: socket.socket | None) -> None:
        """From now on this is what is waited for."""
        with self._lock:
            self._sock = sock
            if self._ended.is_set():
                self._interrupt()

    def end(self, error: Exception | None = None) -> None:
        """Ends it, also while it waits."""
        with self._lock:
            if not self._ended.is_set():
                self.error = error
                self._ended.set()
            self._interrupt()

    def _interrupt(self) -> None:
        if self._sock is not None:
            # Not that of TLS, which takes the connection away from who reads. It may be gone already.
            with contextlib.suppress(OSError):
                socket.socket.shutdown(self._sock, socket.SHUT_RDWR)


class Endings:
    """Those of a client."""

    def __init__(self) -> None:
        self._error: Exception | None = None
        self.begin_anew()
        begin_anew_after_fork(self)

    def begin_anew(self) -> None:
        """After a fork they are the parent's."""
        self._lock = threading.Lock()
        self._all: weakref.WeakSet[Ending] = weakref.WeakSet()

    def add(self, ending: Ending) -> None:
        with self._lock:
            self._all.add(ending)
            error = self._error
        if error is not None:
            ending.end(error)

    def end(self, error: Exception) -> None:
        """Ends all, and those to come."""
        with self._lock:
            self._error = error
            endings = list(self._all)
        for each in endings:
            each.end(error)
