"""What is followed: an iterator that goes on by itself after a cut."""

from __future__ import annotations

import logging
import time
from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Callable, Generic, TypeVar

from ._ending import Ending
from .errors import HeadwaterError, SubscriptionEndedError
from .retry import RetryPolicy

logger = logging.getLogger("headwater")

T = TypeVar("T")


@dataclass(frozen=True)
class SubscriptionCut:
    """A connection that is lost, or could not be had, and is made anew after ``pause`` seconds.

    ``failures``: how many times in a row, 1 or more. ``watermark``: from where on; None where there is none.
    """

    error: HeadwaterError
    failures: int
    pause: float
    watermark: str | None


class RefusedError(Exception):
    """Why there is no connection any more, or none came about."""

    def __init__(self, error: HeadwaterError, *, is_passing: bool, retry_after: float = 0.0) -> None:
        super().__init__(str(error))
        self.error = error
        self.is_passing = is_passing
        self.retry_after = retry_after


@dataclass
class Source(Generic[T]):
    """What is subscribed to. ``watermark`` is that of the last item, or where to begin.

    ``open`` and ``begin`` raise RefusedError, and HeadwaterError for what cannot be sent.
    """

    #: What comes over one connection, from a watermark on: a list of one item, or none as a sign of life.
    open: Callable[[str | None], Generator[list[T], None, None]]
    #: Of an item. Without it there is nothing to go on from: each connection begins anew.
    watermark_of: Callable[[T], str] | None
    #: Where to begin when nobody says, so that a cut before the first event loses nothing.
    begin: Callable[[], str]
    watermark: str | None


class Subscription(Iterator[T]):
    """What comes, one after the other. It connects when it is first read.

    After a cut it goes on by itself; where it cannot, it raises SubscriptionEndedError. ``close()``, also from another
    thread, ends it and the loop that reads it; so does the end of a ``with``.
    """

    def __init__(
        self,
        source: Source[T],
        ending: Ending,
        retry: RetryPolicy,
        give_up_after: float,
        on_reconnect: Callable[[SubscriptionCut], None] | None,
    ) -> None:
        self._source = source
        self._ending = ending
        # It does not know this object, so that one that nobody has any more is closed at once.
        self._items = _items(source, ending, _Outage(retry, give_up_after, on_reconnect or _log_first))

    @property
    def watermark(self) -> str | None:
        """Of the last event, or where it began: passed as ``after`` it goes on from there. None where there is none."""
        return self._source.watermark

    def __iter__(self) -> Subscription[T]:
        return self

    def __next__(self) -> T:
        return next(self._items)

    def close(self) -> None:
        """Ends it. Whoever waits for what comes next, waits no more."""
        self._ending.end()
        # Where another thread is in it, that ends it.
        with suppress(ValueError):
            self._items.close()

    def __enter__(self) -> Subscription[T]:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class _Outage:
    """What has gone wrong since something last came."""

    def __init__(
        self, retry: RetryPolicy, give_up_after: float, on_reconnect: Callable[[SubscriptionCut], None]
    ) -> None:
        self._retry = retry
        self._give_up_after = give_up_after
        self._on_reconnect = on_reconnect
        self._failures = 0
        self._since = 0.0

    def end(self) -> None:
        self._failures = 0

    def pause_after(self, refused: RefusedError, watermark: str | None) -> float:
        """Seconds until the next connection. Raises SubscriptionEndedError where there is no use in it, or it has been
        too long.
        """
        now = time.monotonic()
        if self._failures == 0:
            self._since = now
        self._failures += 1
        pause = self._retry.pause(self._failures, refused.retry_after)
        if not refused.is_passing:
            raise SubscriptionEndedError(refused.error, watermark) from refused.error
        if now + pause - self._since > self._give_up_after:
            raise SubscriptionEndedError(refused.error, watermark, self._give_up_after) from refused.error
        try:
            self._on_reconnect(SubscriptionCut(refused.error, self._failures, pause, watermark))
        except Exception:
            logger.exception("on_reconnect failed")
        return pause


def _items(source: Source[T], ending: Ending, outage: _Outage) -> Generator[T, None, None]:
    while True:
        if ending.is_ended:
            if ending.error is not None:
                raise ending.error
            return
        try:
            if source.watermark_of is not None and source.watermark is None:
                source.watermark = source.begin()
            is_opening = True
            with closing(source.open(source.watermark)) as answers:
                for sent in answers:
                    # The first sign of life comes with the connection: of one that breaks each time as well.
                    if sent or not is_opening:
                        outage.end()
                    is_opening = False
                    for item in sent:
                        if source.watermark_of is not None:
                            source.watermark = source.watermark_of(item)
                        yield item
            return
        except RefusedError as refused:
            # What was broken off on purpose is no failure.
            if not ending.is_ended:
                ending.wait(outage.pause_after(refused, source.watermark))


def _log_first(cut: SubscriptionCut) -> None:
    if cut.failures == 1:
        logger.warning("a subscription has been cut, and is made anew: %s", cut.error)
