"""What executors record with."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Generator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

from . import versions
from ._worker_pool import Call, WorkerPool, in_event_loop
from .client import LineageClient
from .errors import HeadwaterError, InvalidRecordingError
from .recording import Recording, Upstream, last_of_each

logger = logging.getLogger("headwater")

#: (materialization id, asset key), in the order of the assets.
RecordedPairs = list[tuple[str, str]]

T_co = TypeVar("T_co", covariant=True)


class Pending(Protocol[T_co]):
    """A result to come: to be awaited, or, outside an event loop, to be waited for with ``result()``."""

    def __await__(self) -> Generator[Any, None, T_co]: ...

    def done(self) -> bool: ...

    def result(self) -> T_co: ...

    def exception(self) -> BaseException | None: ...


class AssetTracker:
    """Records what runs made, and from what.

    Tracking never fails a job: with ``on_error="log"`` (the default) a recording that fails, be it that the server
    is away or refuses it, or that a value in it cannot be recorded, is logged as an error to the logger
    ``headwater`` and answered with an empty list. With ``on_error="raise"`` awaiting it raises. Only a call of the
    wrong shape, such as an asset without a key or a list that is none, raises TypeError or ValueError at once,
    whatever the setting: that is found the first time it runs.

    The calls run in at most ``max_workers`` threads; at most ``max_pending`` wait for one, and what comes beyond
    is an error like any other. A program that ends, and ``cleanup``, wait for them for
    up to ``close_timeout`` seconds; what is unfinished then is logged. For the
    other arguments see LineageClient; ``client`` is one to use instead of making one.
    """

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        on_error: str = "log",
        *,
        namespace: str | None = None,
        client: LineageClient | None = None,
        max_workers: int = 2,
        max_pending: int = 1_000,
        close_timeout: float = 10.0,
    ) -> None:
        if on_error not in ("log", "raise"):
            raise ValueError(f"on_error: expected 'log' or 'raise', got {on_error!r}")
        self.client = client or LineageClient(url, token, namespace=namespace)
        self._owns_client = client is None
        self._namespace = namespace
        self._on_error = on_error
        self._pool = WorkerPool("headwater-tracker", max_workers, max_pending, close_timeout)

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
        idempotency_key: str | None = None,
    ) -> Pending[RecordedPairs]:
        """Begins to record what one run made, all of it or nothing, and answers at once with what to await.

        Each of ``assets`` has ``asset_key``, and perhaps ``version``, ``kind``, ``kinds``, ``size_bytes``,
        ``checksum``, ``uri``, ``metadata`` and more (see ``headwater.recording.Asset``). ``upstream_assets`` are
        ``(asset_key, version, partition_key)``, what every one of them was made from. ``materialized_at`` is
        by default when it arrives, by the server's clock. Without assets there is nothing to do. Of an asset that
        stands more than once under a ``storage_event_id`` the last is recorded, and a warning names the others.

        Awaited, it answers with (materialization id, asset key) in the order of the assets. It need not be
        awaited; outside an event loop, ``.result()`` waits for it.
        """
        key = {} if idempotency_key is None else {"idempotency_key": idempotency_key}
        kept, places = last_of_each(storage_event_id, assets, job_id)
        try:
            recording = Recording(
                job_id,
                kept,
                dag_id,
                node_task_id,
                partition_key,
                upstream_assets or (),
                storage_event_id,
                materialized_at,
                namespace=self._namespace,
                **key,
            )
        except InvalidRecordingError as error:
            return _pending(self._failed(_job_of(job_id), error))
        return _pending(self._submit([recording] if assets else [], places))

    def record_batch(self, recordings: Sequence[Recording]) -> Pending[RecordedPairs]:
        """Begins to record several runs, a hundred in each call; answers as record_materializations does.

        Each hundred is written as a whole or not at all. Where tracking must not lose a good run to a bad
        neighbour, use BackgroundRecorder.
        """
        copied = list(recordings)
        for at, each in enumerate(copied):
            if not isinstance(each, Recording):
                raise TypeError(f"recordings[{at}]: expected a Recording, got {type(each).__name__}")
        return _pending(self._submit(copied))

    def _submit(self, recordings: list[Recording], places: Sequence[int] = ()) -> Call[RecordedPairs]:
        """``places``: of what is recorded, which each pair of the answer is; by default one after the other."""

        def record() -> RecordedPairs:
            recorded = self._record(recordings)
            return [recorded[at] for at in places] if places and recorded else recorded

        try:
            return self._pool.submit(record, lambda: _names_of(recordings))
        except HeadwaterError as error:
            return self._failed(_names_of(recordings), error)

    def _failed(self, what: str, error: HeadwaterError) -> Call[RecordedPairs]:
        failed: Call[RecordedPairs] = Call()
        if self._on_error == "raise":
            failed.set_exception(error)
        else:
            logger.error("not recorded: %s: %s", what, error)
            failed.set_result([])
        return failed

    def _record(self, recordings: Sequence[Recording]) -> RecordedPairs:
        try:
            if len(recordings) == 1:
                return self.client.record(recordings[0]).materializations
            return [pair for each in self.client.record_batch(recordings) for pair in each.materializations]
        except Exception as error:
            if self._on_error == "raise":
                raise
            logger.error(
                "not recorded: %s: %s",
                _names_of(recordings),
                error,
                # A trace says nothing of a server that is away; of a defect it says where.
                exc_info=not isinstance(error, HeadwaterError),
            )
            return []

    @staticmethod
    def compute_version(*parts: bytes) -> str:
        """See ``headwater.compute_version``."""
        return versions.compute_version(*parts)

    @staticmethod
    def compute_asset_version(
        payload_bytes: bytes | None,
        code_fingerprint: str,
        prompt_fingerprint: str | None = None,
        upstream_versions: list[str] | None = None,
        *,
        scheme: str = versions.SCHEME_V,
    ) -> str:
        """See ``headwater.compute_asset_version``."""
        return versions.compute_asset_version(
            payload_bytes, code_fingerprint, prompt_fingerprint, upstream_versions, scheme=scheme
        )

    def cleanup(self, timeout: float | None = None) -> bool:
        """Takes no more recordings and waits for those under way, by default for ``close_timeout`` seconds.

        False where they took longer; that is logged as well. Later recordings are errors like any other.
        """
        is_done = self._pool.shutdown(timeout)
        if self._owns_client:
            self.client.close()
        return is_done


def _names_of(recordings: Sequence[Recording]) -> str:
    if not recordings:
        return "nothing"
    keys = [key for each in recordings for key in each.asset_keys]
    shown = ", ".join(keys[:5]) if len(keys) <= 5 else f"{', '.join(keys[:5])} and {len(keys) - 5} more"
    return f"{shown} of job {recordings[0].to_input().get('jobId')}"


def _job_of(job_id: object) -> str:
    try:
        return f"a recording of job {job_id}"
    except Exception:
        # The job's id may be what is wrong with the recording.
        return "a recording"


def _pending(call: Call[RecordedPairs]) -> Pending[RecordedPairs]:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return call
    # What is awaited in an event loop should be a future of it: asyncio.wait takes nothing else.
    return in_event_loop(call)
