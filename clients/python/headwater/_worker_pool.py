"""Threads for blocking calls, so that an event loop never waits for one."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Generator
from concurrent.futures import Future
from typing import Any, Callable, TypeVar

from ._after_fork import begin_anew_after_fork
from ._at_exit import close_at_exit, close_at_exit_of_worker_process
from .errors import ClosedError, HeadwaterError, QueueFullError

logger = logging.getLogger("headwater")

#: A thread that has had nothing to do for so long ends, so that a pool that nobody uses or closes costs nothing.
_IDLE_SECONDS = 10.0

T = TypeVar("T")
Work = tuple["Future[Any]", Callable[[], Any]]

#: Says what a call is about; only asked where it has to be said.
Describe = Callable[[], str]


class Call(Future[T]):
    """What a call in a thread comes to. It can be awaited, from any event loop, and waited for."""

    def __await__(self) -> Generator[Any, None, T]:
        return in_event_loop(self).__await__()


class WorkerPool:
    """Runs calls in at most ``max_workers`` threads of its own; at most ``max_pending`` wait for one.

    Unlike ThreadPoolExecutor it refuses what would wait behind too much, and a program that ends waits for it no
    longer than ``close_timeout`` seconds; what is abandoned then is named in the log.
    """

    def __init__(self, name: str, max_workers: int, max_pending: int, close_timeout: float) -> None:
        if max_workers < 1 or max_pending < 1:
            raise ValueError(f"expected at least 1 worker and 1 pending, got {max_workers} and {max_pending}")
        self._name = name
        self._max_workers = max_workers
        self._max_pending = max_pending
        self.close_timeout = close_timeout
        self.begin_anew()
        begin_anew_after_fork(self)
        close_at_exit(self)

    def begin_anew(self) -> None:
        """Forgets threads and what waits for them: after a fork they are the parent's."""
        self._lock = threading.Condition()
        self._waiting: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._unfinished: dict[Future[Any], Describe] = {}
        self._workers = 0
        self._is_closed = False

    def submit(self, call: Callable[[], T], describe: Describe = lambda: "a question") -> Call[T]:
        """Runs a call as soon as a thread is free.

        Raises QueueFullError, ClosedError, and HeadwaterError where there is no thread and none can be started.
        """
        future: Call[T] = Call()
        with self._lock:
            if self._is_closed:
                raise ClosedError(f"{self._name} has been closed")
            if len(self._unfinished) >= self._max_pending + self._max_workers:
                raise QueueFullError(f"{self._name}: {len(self._unfinished)} calls are under way or waiting already")
            if self._workers < min(self._max_workers, len(self._unfinished) + 1):
                self._start_worker()
            self._unfinished[future] = describe
            self._waiting.put((future, call))
        return future

    async def run(self, call: Callable[[], T]) -> T:
        """Awaits a call, in a thread."""
        return await self.submit(call)

    def close_by(self, deadline: float) -> None:
        """Shuts down, unless that has been done already; waits until a time of the monotonic clock at most."""
        if not self._is_closed:
            self.shutdown(max(0.0, deadline - time.monotonic()))

    def shutdown(self, timeout: float | None = None) -> bool:
        """Takes no more calls and waits for those it has, by default for ``close_timeout`` seconds.

        False where they took longer; each of them is logged, and they go on for as long as the program does.
        """
        with self._lock:
            if not self._is_closed:
                self._is_closed = True
                for _ in range(self._workers):
                    self._waiting.put(None)
            is_done = self._lock.wait_for(
                lambda: not self._unfinished, self.close_timeout if timeout is None else timeout
            )
            left = list(self._unfinished.values())
        if not is_done:
            logger.error("%s: closed with %d calls unfinished", self._name, len(left))
            for describe in left:
                logger.error("%s: unfinished: %s", self._name, describe())
        return is_done

    def _start_worker(self) -> None:
        close_at_exit_of_worker_process()
        try:
            threading.Thread(target=self._work, name=f"{self._name}-{self._workers + 1}", daemon=True).start()
        except (RuntimeError, MemoryError) as error:
            # One thread is enough; and where there is none now, there may be one for the next call.
            if self._workers == 0:
                raise HeadwaterError(f"{self._name}: no thread can be started: {error}") from error
            return
        self._workers += 1

    def _work(self) -> None:
        while True:
            try:
                work = self._waiting.get(timeout=_IDLE_SECONDS)
            except queue.Empty:
                with self._lock:
                    if not self._waiting.empty():
                        continue
                    self._workers -= 1
                    return
            if work is None:
                return
            future, call = work
            _run(future, call)
            with self._lock:
                del self._unfinished[future]
                self._lock.notify_all()
            # The result may hold much, and the next call may be long in coming.
            del work, future, call


def _run(future: Future[Any], call: Callable[[], Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = call()
    except BaseException as error:
        future.set_exception(error)
    else:
        future.set_result(result)


def in_event_loop(source: Future[T]) -> asyncio.Future[T]:
    """A future of the running event loop that ends as ``source`` does.

    Unlike asyncio.wrap_future, to cancel it does not take the call back, nor does it matter if the loop is closed
    before the call is done.
    """
    loop = asyncio.get_running_loop()
    target: asyncio.Future[T] = loop.create_future()

    def settle() -> None:
        if target.done():
            return
        if source.cancelled():
            target.cancel()
            return
        error = source.exception()
        if error is None:
            target.set_result(source.result())
        else:
            target.set_exception(error)

    def tell(_: Future[T]) -> None:
        try:
            loop.call_soon_threadsafe(settle)
        except RuntimeError:
            # The loop has been closed: nobody waits any more.
            return

    source.add_done_callback(tell)
    return target
