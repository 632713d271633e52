"""Recording for executors that must not wait."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any

from ._after_fork import begin_anew_after_fork
from ._at_exit import close_at_exit, close_at_exit_of_worker_process
from ._batches import alone, by_size, is_about_content, is_outage, without_the_one_at_fault
from ._clock import CLOCK
from ._losses import Losses, OnLost
from .client import MAX_BATCH, LineageClient
from .errors import ClosedError, HeadwaterError, InvalidRecordingError, QueueFullError
from .recording import Recording, Upstream, last_of_each
from .retry import RetryPolicy

logger = logging.getLogger("headwater")

#: Between attempts while the server is away; the client has tried a few times already by then.
_OUTAGE = RetryPolicy(first_pause=1.0, longest_pause=15.0)
#: Between attempts to start the thread, of somebody who waits for it.
_THREAD_PAUSE = 1.0


@dataclass(frozen=True)
class QueueStatistics:
    """Counts of recordings, since the queue was made. ``pending`` are in the queue or under way."""

    recorded: int
    duplicates: int
    lost: int
    pending: int


class BackgroundRecorder:
    """A bounded queue, and one thread that records what is in it, in order, up to ``batch_size`` a call.

    Recordings survive an outage of the server for as long as the program runs; when it ends, ``close`` is called
    with ``close_timeout`` seconds, which pass for all recorders and trackers at once. Nothing is lost in silence:
    ``on_lost`` hears of each recording that the server refused, that found the queue full, or that was not answered
    for in time; by default it is logged as an error to the logger ``headwater``. A recording that is refused takes
    none of its batch with it.

    When ``capacity`` recordings wait, ``record`` blocks until there is room, or with ``when_full="drop"`` counts
    the new one as lost. Inside an event loop, which must not be blocked, use ``"drop"``.

    ``on_lost`` may queue a corrected recording, which never blocks there; what is lost while it runs is logged.

    After a fork, the child begins with an empty queue; what was in it is for the parent to send.
    """

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        namespace: str | None = None,
        client: LineageClient | None = None,
        capacity: int = 10_000,
        batch_size: int = MAX_BATCH,
        when_full: str = "block",
        on_lost: OnLost | None = None,
        close_timeout: float = 10.0,
    ) -> None:
        if capacity < 1:
            raise ValueError(f"capacity: expected 1 or more, got {capacity}")
        if not 1 <= batch_size <= MAX_BATCH:
            raise ValueError(f"batch_size: expected 1 to {MAX_BATCH}, got {batch_size}")
        if when_full not in ("block", "drop"):
            raise ValueError(f"when_full: expected 'block' or 'drop', got {when_full!r}")
        self.client = client or LineageClient(url, token, namespace=namespace)
        self._owns_client = client is None
        self._namespace = namespace
        self._capacity = capacity
        self._batch_size = batch_size
        self._drops_when_full = when_full == "drop"
        self._on_lost = on_lost
        self.close_timeout = close_timeout
        self.begin_anew()
        begin_anew_after_fork(self)
        close_at_exit(self)

    def begin_anew(self) -> None:
        """Empties the queue and forgets its thread: after a fork they are the parent's."""
        # One condition for both "there is work" and "there is room", and for whoever waits for the end of all.
        self._changed = threading.Condition()
        self._losses = Losses(self._on_lost)
        self._waiting: deque[Recording] = deque()
        self._under_way: list[Recording] = []
        self._thread: threading.Thread | None = None
        self._lacks_thread = False
        self._is_closing = False
        self._gave_up = threading.Event()
        self._settled = 0
        self._accepted = 0
        self._recorded = 0
        self._duplicates = 0
        self._lost = 0

    def record_materializations(
        self,
        storage_event_id: int | None,
        assets: Sequence[Mapping[str, Any]],
        job_id: str,
        dag_id: str | None = None,
        node_task_id: str | None = None,
        partition_key: str | None = None,
        upstream_assets: Sequence[Upstream] | None = None,
        *,
        materialized_at: datetime | None = None,
    ) -> None:
        """Queues what one run made: the arguments of AssetTracker.record_materializations. Awaits nothing.

        ``materialized_at`` is now by default, by this machine's clock, however late it arrives.
        """
        kept, _ = last_of_each(storage_event_id, assets, job_id)
        try:
            recording = Recording(
                job_id,
                kept,
                dag_id,
                node_task_id,
                partition_key,
                upstream_assets or (),
                storage_event_id,
                materialized_at or CLOCK.now(),
                namespace=self._namespace,
            )
        except InvalidRecordingError as error:
            # There is no recording that on_lost could be told of.
            logger.error("lost: a recording that cannot be made: %s", error)
            with self._changed:
                self._lost += 1
            return
        if assets:
            self.record(recording)

    def record(self, recording: Recording) -> None:
        """Queues a recording. One without a ``materialized_at`` counts as made when it arrives."""
        if not isinstance(recording, Recording):
            raise TypeError(f"recording: expected a Recording, got {type(recording).__name__}")
        refusal = self._put(recording)
        if refusal is not None:
            self._losses.tell([recording], refusal)

    def _put(self, recording: Recording) -> HeadwaterError | None:
        with self._changed:
            # The queue's own thread would wait for itself: what on_lost puts back takes the place of what was lost.
            may_wait = not self._drops_when_full and not self._is_own_thread()
            while may_wait and len(self._waiting) >= self._capacity and not self._is_closing:
                self._wait(None)
            refusal: HeadwaterError | None = None
            if self._is_closing:
                refusal = ClosedError("the queue has been closed")
            elif self._drops_when_full and len(self._waiting) >= self._capacity:
                refusal = QueueFullError(f"{self._capacity} recordings wait already")
            if refusal is not None:
                self._lost += 1
                return refusal
            self._waiting.append(recording)
            self._accepted += 1
            self._start_thread()
            self._changed.notify_all()
        return None

    def flush(self, timeout: float | None = None) -> bool:
        """Waits until what has been queued so far is recorded or lost; False where the timeout came first.

        Called from ``on_lost``, which delivering waits for, it does not wait.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        with self._changed:
            goal = self._accepted
            while self._settled < goal:
                left = None if deadline is None else deadline - time.monotonic()
                if self._is_own_thread() or (left is not None and left <= 0):
                    return False
                self._wait(left)
        return True

    def close(self, timeout: float | None = None) -> bool:
        """Takes no more, and waits until all is recorded; what is left when the timeout comes is lost.

        The timeout, in seconds, is ``close_timeout`` by default. True where nothing was left.
        """
        with self._changed:
            self._is_closing = True
            self._changed.notify_all()
        is_done = self.flush(self.close_timeout if timeout is None else timeout)
        with self._changed:
            self._gave_up.set()
            left = [*self._under_way, *self._waiting]
            self._waiting.clear()
            self._under_way = []
            self._lost += len(left)
            self._settled += len(left)
            self._changed.notify_all()
        self._losses.tell(left, ClosedError("the queue was closed before the server had answered"))
        if self._owns_client:
            self.client.close()
        return is_done

    def close_by(self, deadline: float) -> None:
        """Closes, unless that has been done already; waits until a time of the monotonic clock at most."""
        if not self._gave_up.is_set():
            self.close(max(0.0, deadline - time.monotonic()))

    @property
    def statistics(self) -> QueueStatistics:
        """How many recordings were recorded, were known already, were lost, and are still pending."""
        with self._changed:
            return QueueStatistics(self._recorded, self._duplicates, self._lost, self._accepted - self._settled)

    def __enter__(self) -> BackgroundRecorder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _is_own_thread(self) -> bool:
        return threading.current_thread() is self._thread

    def _wait(self, timeout: float | None) -> None:
        """Waits for a change; for no longer than a moment where the thread has yet to be started."""
        if self._start_thread():
            self._changed.wait(timeout)
        else:
            self._changed.wait(_THREAD_PAUSE if timeout is None else min(timeout, _THREAD_PAUSE))

    def _start_thread(self) -> bool:
        """Whether there is a thread. Where none can be started, what is queued waits for the next attempt."""
        if self._thread is not None:
            return True
        close_at_exit_of_worker_process()
        thread = threading.Thread(target=self._deliver_all, name="headwater-background", daemon=True)
        try:
            thread.start()
        except (RuntimeError, MemoryError) as error:
            if not self._lacks_thread:
                logger.warning("%d recordings wait: no thread can be started: %s", len(self._waiting), error)
            self._lacks_thread = True
            return False
        self._thread = thread
        self._lacks_thread = False
        return True

    def _deliver_all(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._is_closing)
                if not self._waiting:
                    return
                batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), self._batch_size))]
                self._under_way = batch
                self._changed.notify_all()
            try:
                for part in by_size(batch, self.client.namespace):
                    self._deliver(part)
            except BaseException as error:
                # Nothing may end this thread: whoever waits for it would wait for ever.
                self._settle_lost(batch, error)

    def _deliver(self, batch: list[Recording]) -> None:
        """Records a batch; of one that is refused, the one at fault is lost, or half after half is tried."""
        failures = 0
        while not self._gave_up.is_set():
            try:
                recorded = self.client.record_batch(batch)
            except HeadwaterError as error:
                if is_outage(error):
                    failures += 1
                    logger.warning("%d recordings wait: %s", self.statistics.pending, error)
                    self._gave_up.wait(_OUTAGE.pause(failures))
                    continue
                if is_about_content(error):
                    self._deliver_rest(batch, error)
                else:
                    self._settle_lost(batch, error)
            else:
                self._settle_recorded(batch, sum(each.duplicate for each in recorded))
            return

    def _deliver_rest(self, batch: list[Recording], error: HeadwaterError) -> None:
        culprit, parts = without_the_one_at_fault(batch, error)
        if culprit is not None:
            self._settle_lost([culprit], alone(error))
        for part in parts:
            if part:
                self._deliver(part)

    def _settle_recorded(self, recordings: list[Recording], duplicates: int) -> None:
        with self._changed:
            known = self._take_from_under_way(recordings)
            self._recorded += len(known)
            self._duplicates += min(duplicates, len(known))
            self._settled += len(known)
            self._changed.notify_all()

    def _settle_lost(self, recordings: list[Recording], error: BaseException) -> None:
        with self._changed:
            lost = self._take_from_under_way(recordings)
        try:
            why = error if isinstance(error, HeadwaterError) else HeadwaterError(f"a defect: {error!r}")
            self._losses.tell(lost, why)
        finally:
            # Only now: who waits for the end of all waits for the telling, too.
            with self._changed:
                self._lost += len(lost)
                self._settled += len(lost)
                self._changed.notify_all()

    def _take_from_under_way(self, recordings: list[Recording]) -> list[Recording]:
        """Those that nobody has given up in the meantime."""
        wanted = {id(each) for each in recordings}
        taken = [each for each in self._under_way if id(each) in wanted]
        self._under_way = [each for each in self._under_way if id(each) not in wanted]
        return taken
