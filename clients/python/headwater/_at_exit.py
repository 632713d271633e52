"""What is still to be sent when a program ends: all of it within one deadline."""

from __future__ import annotations

import atexit
import logging
import os
import sys
import time
import weakref
from typing import Protocol

logger = logging.getLogger("headwater")

#: Among multiprocessing's finalizers: before those that end its own queues and pools.
_EXIT_PRIORITY = 100


class ClosedAtExit(Protocol):
    """What may hold something unsent."""

    close_timeout: float

    def close_by(self, deadline: float) -> None:
        """Sends what is left, until a time of the monotonic clock at most, and tells of what is lost then."""


# Not a WeakSet: one cannot be read while another thread adds to it.
_living: dict[int, weakref.ref[ClosedAtExit]] = {}
_finalized_process: int | None = None


def close_at_exit(thing: ClosedAtExit) -> None:
    """Closes a thing, if it still lives, when the program ends."""
    identity = id(thing)
    _living[identity] = weakref.ref(thing, lambda _: _living.pop(identity, None))


def close_at_exit_of_worker_process() -> None:
    """Has a process of multiprocessing close what lives in it, too. To be called when something is to be sent.

    Those that were forked end without atexit. They have hooks of their own, but drop those that came with the
    fork: so that it cannot be done when a thing is made, which may have been in the parent.
    """
    global _finalized_process
    # Where it has not been imported, this is not one of its processes.
    process = sys.modules.get("multiprocessing.process")
    is_child = getattr(process, "parent_process", lambda: None)() is not None
    if not is_child or _finalized_process == os.getpid():
        return
    from multiprocessing.util import Finalize

    Finalize(None, _close_all, exitpriority=_EXIT_PRIORITY)
    _finalized_process = os.getpid()


def _close_all() -> None:
    """They wait side by side: the longest of their timeouts is that of all."""
    began = time.monotonic()
    things = [thing for thing in (each() for each in list(_living.values())) if thing is not None]
    for thing in sorted(things, key=lambda each: each.close_timeout):
        try:
            thing.close_by(began + thing.close_timeout)
        except Exception:
            logger.exception("could not be closed at exit")


atexit.register(_close_all)
