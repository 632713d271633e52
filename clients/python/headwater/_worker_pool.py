"""Threads for blocking calls, so that an event loop never waits for one."""

from __future__ import annotations

import asyncio
import atexit
import logging
import queue
import threading
import weakref
from collections.abc import Generator
from concurrent.futures import Future
from typing import Any, Callable, TypeVar

from ._after_fork import begin_anew_after_fork
from .errors import ClosedError, QueueFullError

logger = logging.getLogger("headwater")

#: A thread that has had nothing to do for so long ends, so that a pool that nobody uses or closes costs nothing.
_IDLE_SECONDS = 10.0

T = TypeVar("T")
Work = tuple["Future[Any]", Callable[[], Any]]


class Call(Future[T]):
    """What a call in a thread comes to. It can be awaited, from any event loop, and waited for."""

    def __await__(self) -> Generator[Any, None, T]:
        return in_event_loop(self).__await__()


class WorkerPool:
    """Runs calls in at most ``max_workers`` threads of its own; at most ``max_pending`` wait for one.

    Unlike ThreadPoolExecutor it refuses what would wait behind too much, and a program that ends waits for it no
    longer than ``close_timeout`` seconds; what is abandoned then is logged.
    """

    def __init__(self, name: str, max_workers: int, max_pending: int, close_timeout: float) -> None:
        if max_workers < 1 or max_pending < 1:
            raise ValueError(f"expected at least 1 worker and 1 pending, got {max_workers} and {max_pending}")
        self._name = name
        self._max_workers = max_workers
        self._max_pending = max_pending
        self.begin_anew()
        begin_anew_after_fork(self)
        self._close_timeout = close_timeout
        _shut_down_at_exit(self)

    def begin_anew(self) -> None:
        """Forgets threads and what waits for them: after a fork they are the parent's."""
        self._lock = threading.Condition()
        self._waiting: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._unfinished = 0
        self._workers = 0
        self._is_closed = False

    def submit(self, call: Callable[[], T]) -> Call[T]:
        """Runs a call as soon as a thread is free. Raises QueueFullError and ClosedError."""
        future: Call[T] = Call()
        with self._lock:
            if self._is_closed:
                raise ClosedError(f"{self._name} has been closed")
            if self._unfinished >= self._max_pending + self._max_workers:
                raise QueueFullError(f"{self._name}: {self._unfinished} calls are under way or waiting already")
            self._unfinished += 1
            self._waiting.put((future, call))
            if self._workers < min(self._max_workers, self._unfinished):
                self._workers += 1
                threading.Thread(target=self._work, name=f"{self._name}-{self._workers}", daemon=True).start()
        return future

    async def run(self, call: Callable[[], T]) -> T:
        """Awaits a call, in a thread."""
        return await self.submit(call)

    def shutdown(self, timeout: float | None = None) -> bool:
        """Takes no more calls and waits for those it has, by default for ``close_timeout`` seconds.

        False where they took longer; that is logged, and they go on for as long as the program does.
        """
        with self._lock:
            if not self._is_closed:
                self._is_closed = True
                for _ in range(self._workers):
                    self._waiting.put(None)
            is_done = self._lock.wait_for(
                lambda: self._unfinished == 0, self._close_timeout if timeout is None else timeout
            )
            if not is_done:
                logger.error("%s: closed with %d calls unfinished", self._name, self._unfinished)
        return is_done

    @property
    def is_closed(self) -> bool:
        """Whether it takes no more calls."""
        return self._is_closed

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
            _run(*work)
            # The result may hold much, and the next call may be long in coming.
            del work
            with self._lock:
                self._unfinished -= 1
                self._lock.notify_all()


def _run(future: Future[Any], call: Callable[[], Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = call()
    except BaseException as error:
        future.set_exception(error)
    else:
        future.set_result(result)


def _shut_down_at_exit(pool: WorkerPool) -> None:
    reference = weakref.ref(pool)

    def shut_down() -> None:
        living = reference()
        if living is not None and not living.is_closed:
            living.shutdown()

    atexit.register(shut_down)
    weakref.finalize(pool, atexit.unregister, shut_down).atexit = False


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
