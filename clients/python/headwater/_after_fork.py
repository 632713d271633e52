"""Threads, locks and connections do not survive a fork: what holds any begins anew in the child."""

from __future__ import annotations

import os
import weakref
from typing import Protocol


class BeginsAnew(Protocol):
    """What has state of one process."""

    def begin_anew(self) -> None:
        """Drops what belongs to the parent process."""


_living: weakref.WeakSet[BeginsAnew] = weakref.WeakSet()


def begin_anew_after_fork(thing: BeginsAnew) -> None:
    """Calls ``thing.begin_anew()`` in every child that this process forks."""
    _living.add(thing)


def _in_child() -> None:
    for thing in list(_living):
        thing.begin_anew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
