"""Recording for executors that must not wait."""

from __future__ import annotations

import atexit
import logging
import re
import threading
import weakref
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Callable

from ._after_fork import begin_anew_after_fork
from ._clock import CLOCK
from .client import MAX_BATCH, LineageClient
from .errors import (
    BadUserInputError,
    ClosedError,
    HeadwaterError,
    IdempotencyKeyReusedError,
    InternalServerError,
    InvalidRecordingError,
    NoAnswerError,
    NotHeadwaterError,
    QueueFullError,
    ServiceUnavailableError,
)
from .recording import Recording, Upstream, last_of_each
from .retry import RetryPolicy

logger = logging.getLogger("headwater")

#: Called, from the queue's thread or from the caller's, with a recording that is lost and why.
OnLost = Callable[[Recording, HeadwaterError], None]

#: Between attempts while the server is away; the client has tried a few times already by then.
_OUTAGE = RetryPolicy(first_pause=1.0, longest_pause=15.0)
#: What the server refuses in a recording, or stumbles over; others may pass.
_ABOUT_CONTENT = (
    BadUserInputError,
    IdempotencyKeyReusedError,
    InternalServerError,
    InvalidRecordingError,
)


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
    with ``close_timeout`` seconds. Nothing is lost in silence: ``on_lost`` hears of each recording that the server
    refused, that found the queue full, or that was not answered for in time; by default it is logged as an error
    to the logger ``headwater``. A recording that is refused takes none of its batch with it.

    When ``capacity`` recordings wait, ``record`` blocks until there is room, or with ``when_full="drop"`` counts
    the new one as lost. Inside an event loop, which must not be blocked, use ``"drop"``.

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
        self._on_lost = on_lost or _log_lost
        self.begin_anew()
        begin_anew_after_fork(self)
        self._close_timeout = close_timeout
        _close_at_exit(self)

    def begin_anew(self) -> None:
        """Empties the queue and forgets its thread: after a fork they are the parent's."""
        # One condition for both "there is work" and "there is room", and for whoever waits for the end of all.
        self._changed = threading.Condition()
        self._waiting: deque[Recording] = deque()
        self._under_way: list[Recording] = []
        self._thread: threading.Thread | None = None
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
        recording = Recording(
            job_id,
            last_of_each(storage_event_id, assets, job_id),
            dag_id,
            node_task_id,
            partition_key,
            upstream_assets or (),
            storage_event_id,
            materialized_at or CLOCK.now(),
            namespace=self._namespace,
        )
        if assets:
            self.record(recording)

    def record(self, recording: Recording) -> None:
        """Queues a recording. One without a ``materialized_at`` counts as made when it arrives."""
        refusal: HeadwaterError
        with self._changed:
            while len(self._waiting) >= self._capacity and not self._drops_when_full and not self._is_closing:
                self._changed.wait()
            if self._is_closing:
                refusal = ClosedError("the queue has been closed")
            elif len(self._waiting) >= self._capacity:
                refusal = QueueFullError(f"{self._capacity} recordings wait already")
            else:
                self._waiting.append(recording)
                self._accepted += 1
                if self._thread is None:
                    self._thread = threading.Thread(target=self._deliver_all, name="headwater-background", daemon=True)
                    self._thread.start()
                self._changed.notify_all()
                return
            self._lost += 1
        self._tell_lost(recording, refusal)

    def flush(self, timeout: float | None = None) -> bool:
        """Waits until what has been queued so far is recorded or lost; False where the timeout came first."""
        with self._changed:
            goal = self._accepted
            return self._changed.wait_for(lambda: self._settled >= goal, timeout)

    def close(self, timeout: float | None = None) -> bool:
        """Takes no more, and waits until all is recorded; what is left when the timeout comes is lost.

        The timeout, in seconds, is ``close_timeout`` by default. True where nothing was left.
        """
        with self._changed:
            self._is_closing = True
            self._changed.notify_all()
        is_done = self.flush(self._close_timeout if timeout is None else timeout)
        with self._changed:
            self._gave_up.set()
            left = [*self._under_way, *self._waiting]
            self._waiting.clear()
            self._under_way = []
            self._lost += len(left)
            self._settled += len(left)
            self._changed.notify_all()
        for recording in left:
            self._tell_lost(recording, ClosedError("the queue was closed before the server had answered"))
        if self._owns_client:
            self.client.close()
        return is_done

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

    def _deliver_all(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._is_closing)
                if not self._waiting:
                    return
                batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), self._batch_size))]
                self._under_way = batch
                self._changed.notify_all()
            self._deliver(batch)

    def _deliver(self, batch: list[Recording]) -> None:
        """Records a batch; of one that is refused, the one at fault is lost, or half after half is tried."""
        failures = 0
        while not self._gave_up.is_set():
            try:
                recorded = self.client.record_batch(batch)
            except _ABOUT_CONTENT as error:
                self._deliver_rest(batch, error)
                return
            except (NoAnswerError, NotHeadwaterError, ServiceUnavailableError) as error:
                failures += 1
                logger.warning("%d recordings wait: %s", self.statistics.pending, error)
                self._gave_up.wait(_OUTAGE.pause(failures))
            except Exception as error:
                self._settle_lost(batch, error)
                return
            else:
                self._settle_recorded(batch, sum(each.duplicate for each in recorded))
                return

    def _deliver_rest(self, batch: list[Recording], error: HeadwaterError) -> None:
        culprit = _culprit_of(error, len(batch))
        if culprit is not None:
            self._settle_lost([batch[culprit]], _alone(error))
            parts = [batch[:culprit] + batch[culprit + 1 :]]
        else:
            middle = len(batch) // 2
            parts = [batch[:middle], batch[middle:]]
        for part in parts:
            if part:
                self._deliver(part)

    def _settle_recorded(self, recordings: list[Recording], duplicates: int) -> None:
        with self._changed:
            known = self._take_from_under_way(recordings)
            self._recorded += len(known)
            self._duplicates += min(duplicates, len(known))
            self._changed.notify_all()

    def _settle_lost(self, recordings: list[Recording], error: Exception) -> None:
        with self._changed:
            lost = self._take_from_under_way(recordings)
            self._lost += len(lost)
            self._changed.notify_all()
        why = error if isinstance(error, HeadwaterError) else HeadwaterError(f"a defect: {error!r}")
        for recording in lost:
            self._tell_lost(recording, why)

    def _take_from_under_way(self, recordings: list[Recording]) -> list[Recording]:
        """Those that nobody has given up in the meantime."""
        wanted = {id(each) for each in recordings}
        taken = [each for each in self._under_way if id(each) in wanted]
        self._under_way = [each for each in self._under_way if id(each) not in wanted]
        self._settled += len(taken)
        return taken

    def _tell_lost(self, recording: Recording, error: HeadwaterError) -> None:
        try:
            self._on_lost(recording, error)
        except Exception:
            logger.exception("on_lost failed; the recording of job %s is lost: %s", recording.job_id, error)


def _culprit_of(error: HeadwaterError, size: int) -> int | None:
    """Which recording of a batch an error is about; None where it does not say."""
    if size == 1:
        return 0
    found = re.match(r"inputs\[(\d+)\]", error.field or "") or re.search(r'at "inputs\[(\d+)\]', error.message)
    at = int(found.group(1)) if found else size
    return at if at < size else None


def _alone(error: HeadwaterError) -> HeadwaterError:
    """An error about one recording, without its place in the batch."""
    alone = type(error)(
        re.sub(r"inputs\[\d+\]\.?", "", error.message),
        code=error.code,
        field=None if error.field is None else re.sub(r"^inputs\[\d+\]\.?", "", error.field),
        status=error.status,
    )
    alone.__cause__ = error
    return alone


def _log_lost(recording: Recording, error: HeadwaterError) -> None:
    logger.error("lost: %s of job %s: %s", ", ".join(recording.asset_keys[:5]), recording.job_id, error)


def _close_at_exit(recorder: BackgroundRecorder) -> None:
    reference = weakref.ref(recorder)

    def close() -> None:
        living = reference()
        if living is not None:
            living.close()

    atexit.register(close)
    weakref.finalize(recorder, atexit.unregister, close).atexit = False
