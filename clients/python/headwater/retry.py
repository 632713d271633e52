"""When to try again, and when to give up."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

#: The server, or what stands before it, is away for the moment.
TRANSIENT_STATUS = frozenset({502, 503, 504})
#: No server is away for longer, and no clock takes any number.
_LONGEST_RETRY_AFTER = 86_400.0


@dataclass(frozen=True)
class RetryPolicy:
    """How a request is sent again while the server is away. Times are in seconds.

    At most ``attempts`` times in all, and no longer than ``patience`` after the first. The pauses between grow
    from ``first_pause`` to ``longest_pause``, each by chance between nothing and its length (full jitter), so that
    the clients of a server that comes back do not come back in step; never shorter than the server's Retry-After.
    """

    attempts: int = 6
    first_pause: float = 0.2
    longest_pause: float = 5.0
    patience: float = 60.0

    def pause(self, failures: int, retry_after: float = 0.0) -> float:
        """How long to wait after so many failures, 1 or more."""
        # 2**30 pauses are longer than any: without the bound, a long outage would end in an OverflowError.
        longest = min(self.longest_pause, self.first_pause * 2.0 ** min(failures - 1, 30))
        return max(random.uniform(0.0, longest), retry_after)  # noqa: S311 - not for secrets

    def allows(self, failures: int, elapsed: float) -> bool:
        """Whether another attempt may begin, so many failures and seconds after the first began."""
        return failures < self.attempts and elapsed <= self.patience


#: Tries once.
NO_RETRY = RetryPolicy(attempts=1)


def retry_after_seconds(header: str | None) -> float:
    """What a Retry-After header asks for, a number of seconds or a date; 0 where it is missing or unreadable.

    A day at most.
    """
    try:
        return min(max(0.0, _seconds_of((header or "").strip())), _LONGEST_RETRY_AFTER)
    except (TypeError, ValueError, OverflowError, LookupError):
        # What dates can hold is checked neither by the parser nor, in all versions of Python, before it fails.
        return 0.0


def _seconds_of(text: str) -> float:
    if text.isdecimal():
        return float(text)
    moment = parsedate_to_datetime(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return (moment - datetime.now(timezone.utc)).total_seconds()
