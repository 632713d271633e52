"""When something was made, by this machine's clock."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta, timezone

from ._after_fork import begin_anew_after_fork

_MILLISECOND = timedelta(milliseconds=1)
_LONGEST_LEAD = timedelta(seconds=1)


class Clock:
    """Tells the time in UTC, to the millisecond, and each time a later one.

    The server keeps milliseconds, and of two materializations of an asset at one instant either may count as the
    latest. So that those of one program keep their order, a time that was told already is not told again: in a
    burst the clock runs ahead, by a second at most; only beyond that do times repeat.
    """

    def __init__(self) -> None:
        self._last = datetime.min.replace(tzinfo=timezone.utc)
        self.begin_anew()
        begin_anew_after_fork(self)

    def begin_anew(self) -> None:
        """Makes a new lock: after a fork the old one may be held for ever."""
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """The time."""
        now = datetime.now(timezone.utc)
        now -= timedelta(microseconds=now.microsecond % 1000)
        with self._lock:
            if now <= self._last:
                # A clock that has been set back by much counts from where it is now.
                now = min(self._last + _MILLISECOND, now + _LONGEST_LEAD)
            self._last = now
        return now


#: One for the program: what is recorded in one way has to be in order with what is recorded in another.
CLOCK = Clock()
