"""What programs, machines and callbacks do wrong must neither fail a job nor lose anything in silence."""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any
from unittest import mock

from headwater import (
    NO_RETRY,
    AssetTracker,
    BackgroundRecorder,
    HeadwaterError,
    InvalidRecordingError,
    LineageClient,
    NotHeadwaterError,
    Recording,
    RetryPolicy,
)

from .support import URL, ServerTest
from .unreliable_server import Handler, Mishap, UnreliableServer, away, pass_on


class Unspeakable:
    def __str__(self) -> str:
        raise ZeroDivisionError("of its text")


def deep(levels: int) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for _ in range(levels):
        made = {"a": made}
    return made


CYCLE: dict[str, Any] = {}
CYCLE["a"] = CYCLE

#: What cannot be recorded, as the arguments of a call.
UNRECORDABLE: dict[str, dict[str, Any]] = {
    "deep metadata": {"assets": [{"asset_key": "a", "metadata": deep(10_000)}]},
    "metadata that hold themselves": {"assets": [{"asset_key": "a", "metadata": CYCLE}]},
    "a time that is a text": {"materialized_at": "2026-01-01"},
    "a time that is a date": {"materialized_at": date(2026, 1, 1)},
    "a time before all times": {"materialized_at": datetime.min},
    "a job without a text": {"job_id": Unspeakable()},
    "a key that is bytes": {"assets": [{"asset_key": b"a"}]},
    "a key that is a mapping": {"assets": [{"asset_key": {"a": 1}}]},
    "an upstream that is bytes": {"upstream_assets": [(b"u", None, None)]},
    "a number without digits": {"assets": [{"asset_key": "a", "size_bytes": 10**5_000}]},
}


def arguments(**given: Any) -> dict[str, Any]:
    return {"storage_event_id": None, "assets": [{"asset_key": "a"}], "job_id": "job", **given}


@contextmanager
def no_threads() -> Iterator[None]:
    """No thread of the package can be started."""
    start = threading.Thread.start

    def fail(thread: threading.Thread) -> None:
        if thread.name.startswith("headwater"):
            raise RuntimeError("can't start new thread")
        start(thread)

    with mock.patch.object(threading.Thread, "start", fail):
        yield


class TrackerTest(ServerTest):
    def tracker(self, on_error: str = "log", **rest: Any) -> AssetTracker:
        tracker = AssetTracker(client=self.client, on_error=on_error, **rest)
        self.addCleanup(tracker.cleanup)
        return tracker

    def test_a_value_that_cannot_be_recorded_is_logged_and_fails_only_on_request(self) -> None:
        tracker, strict = self.tracker(), self.tracker("raise")
        for name, given in UNRECORDABLE.items():
            with self.subTest(name):
                with self.assertLogs("headwater", "ERROR") as logs:
                    self.assertEqual(tracker.record_materializations(**arguments(**given)).result(), [])
                self.assertRegex(logs.records[0].getMessage(), "^not recorded: a recording")
                with self.assertRaises(InvalidRecordingError):
                    strict.record_materializations(**arguments(**given)).result()
        self.assertEqual(self.history("a"), [])

    def test_a_batch_of_anything_else_is_a_mistake_of_the_program(self) -> None:
        with self.assertRaisesRegex(TypeError, r"^recordings\[0\]: expected a Recording, got str"):
            self.tracker().record_batch(["x"])  # type: ignore[list-item]

    def test_ids_may_be_anything_that_has_a_text_idempotency_keys_as_well(self) -> None:
        tracker, key = self.tracker("raise"), uuid.uuid4()
        for _ in range(2):
            tracker.record_materializations(**arguments(idempotency_key=key)).result()
        self.assertEqual(len(self.history("a")), 1)

    def test_where_no_thread_can_be_started_it_is_logged_and_later_calls_try_again(self) -> None:
        tracker, strict = self.tracker(), self.tracker("raise")
        with no_threads():
            with self.assertLogs("headwater", "ERROR") as logs:
                self.assertEqual(tracker.record_materializations(**arguments()).result(10), [])  # type: ignore[call-arg]
            with self.assertRaisesRegex(HeadwaterError, "no thread can be started"):
                strict.record_materializations(**arguments()).result()
        self.assertRegex(logs.records[0].getMessage(), "^not recorded: a of job job: .* no thread can be started")
        self.assertEqual(len(tracker.record_materializations(**arguments()).result()), 1)
        self.assertTrue(tracker.cleanup(5))

    def test_one_thread_is_enough(self) -> None:
        release = threading.Event()
        self.addCleanup(release.set)

        def slow(handler: Handler) -> None:
            release.wait(30)
            pass_on(handler)

        with UnreliableServer([slow]) as server, LineageClient(server.url, namespace=self.namespace) as client:
            tracker = AssetTracker(client=client, on_error="raise")
            self.addCleanup(tracker.cleanup)
            first = tracker.record_materializations(**arguments())
            with no_threads():
                second = tracker.record_materializations(**arguments())
            release.set()
            self.assertEqual([len(first.result()), len(second.result())], [1, 1])

    def test_a_call_that_is_cancelled_and_awaited_is_cancelled(self) -> None:
        release = threading.Event()
        self.addCleanup(release.set)

        def slow(handler: Handler) -> None:
            release.wait(30)
            pass_on(handler)

        with UnreliableServer([slow]) as server, LineageClient(server.url, namespace=self.namespace) as client:
            tracker = AssetTracker(client=client, max_workers=1)
            self.addCleanup(tracker.cleanup)
            _, waiting = (tracker.record_materializations(**arguments()) for _ in range(2))
            self.assertTrue(waiting.cancel())  # type: ignore[attr-defined]

            async def wait() -> None:
                with self.assertRaises(asyncio.CancelledError):
                    await asyncio.wait_for(_awaited(waiting), 10)

            asyncio.run(wait())
            release.set()
            self.assertTrue(tracker.cleanup(10))

    def test_what_is_unfinished_when_it_is_closed_is_named(self) -> None:
        release = threading.Event()

        def hang(handler: Handler) -> None:
            release.wait(30)
            handler.hang_up()

        with UnreliableServer(afterwards=hang) as server, LineageClient(server.url, retry=NO_RETRY) as client:
            self.addCleanup(release.set)
            tracker = AssetTracker(client=client, close_timeout=0.01)
            tracker.record_materializations(**arguments(assets=[{"asset_key": "ocr/text"}], job_id="job-7"))
            with self.assertLogs("headwater", "ERROR") as logs:
                self.assertFalse(tracker.cleanup())
            self.assertIn(
                "headwater-tracker: unfinished: ocr/text of job job-7", [r.getMessage() for r in logs.records]
            )
            with self.assertLogs("headwater", "ERROR"):
                release.set()
                self.assertTrue(tracker.cleanup(10))


async def _awaited(pending: Any) -> Any:
    return await pending


class QueueTest(ServerTest):
    def setUp(self) -> None:
        super().setUp()
        self.lost: list[tuple[str, HeadwaterError]] = []

    def recorder(self, *mishaps: Mishap, afterwards: Mishap = pass_on, **rest: Any) -> BackgroundRecorder:
        self.server = UnreliableServer(mishaps, afterwards)
        self.addCleanup(self.server.__exit__)
        retry = RetryPolicy(attempts=3, first_pause=0.001)
        client = LineageClient(self.server.url, namespace=self.namespace, retry=retry)
        self.addCleanup(client.close)
        rest.setdefault("on_lost", lambda recording, error: self.lost.append((recording.job_id, error)))
        recorder = BackgroundRecorder(client=client, **rest)
        self.addCleanup(recorder.close, 0)
        return recorder

    def test_what_is_queued_stays_as_it_was_when_the_namespace_is_that_of_the_client(self) -> None:
        held = threading.Event()

        def hold(handler: Handler) -> None:
            held.wait(30)
            away()(handler)

        recorder = self.recorder(hold)
        asset: dict[str, Any] = {"asset_key": "a", "version": "v1", "upstream": ["b"]}
        recording = Recording("job", [asset], upstream=["c", {"asset_key": "d", "namespace": "other"}])
        recorder.record(recording)
        asset["version"] = "v2"
        held.set()
        self.assertTrue(recorder.flush(30))
        self.assertEqual((self.history("a"), recorder.statistics.recorded), (["v1"], 1))
        made = self.client.latest_materialization("a")
        assert made is not None
        assert made.inputs is not None
        self.assertCountEqual(
            [(each.asset_key, each.namespace) for each in made.inputs],
            [("b", self.namespace), ("c", self.namespace), ("d", "other")],
        )

    def test_a_value_that_cannot_be_recorded_is_logged_and_counted(self) -> None:
        recorder = self.recorder()
        for given in UNRECORDABLE.values():
            with self.assertLogs("headwater", "ERROR"):
                recorder.record_materializations(**arguments(**given))
        self.assertEqual(recorder.statistics.lost, len(UNRECORDABLE))

    def test_anything_but_a_recording_is_refused_where_it_is_put_in(self) -> None:
        recorder = self.recorder()
        with self.assertRaisesRegex(TypeError, "^recording: expected a Recording, got str"):
            recorder.record("not a recording")  # type: ignore[arg-type]
        recorder.record(Recording("job", [{"asset_key": "a"}]))
        self.assertTrue(recorder.flush(30))

    def test_a_recording_that_fails_when_it_is_sent_does_not_end_the_queue(self) -> None:
        class Broken(Recording):
            def to_input(self, namespace: str | None = None) -> dict[str, Any]:
                raise SystemExit

        recorder = self.recorder(on_lost=lambda recording, error: self.lost.append(("broken", error)))
        recorder.record(Broken("job", [{"asset_key": "a"}]))
        self.assertTrue(recorder.flush(30))
        recorder.record(Recording("job", [{"asset_key": "a", "version": "v1"}]))
        self.assertTrue(recorder.flush(30))
        self.assertEqual((self.history("a"), [job for job, _ in self.lost]), (["v1"], ["broken"]))

    def test_a_callback_that_exits_stops_nothing(self) -> None:
        def leave(recording: Recording, error: HeadwaterError) -> None:
            raise SystemExit

        recorder = self.recorder(on_lost=leave)
        with self.assertLogs("headwater", "ERROR"):
            recorder.record(Recording("bad", [{"asset_key": ""}]))
            recorder.record(Recording("good", [{"asset_key": "a", "version": "v1"}]))
            self.assertTrue(recorder.flush(30))
        recorder.record(Recording("good", [{"asset_key": "a", "version": "v2"}]))
        self.assertTrue(recorder.flush(30))
        self.assertEqual(self.history("a"), ["v2", "v1"])

    def test_a_callback_may_put_a_corrected_recording_back_into_a_full_queue(self) -> None:
        def correct(recording: Recording, error: HeadwaterError) -> None:
            recorder.record(Recording(recording.job_id, [{"asset_key": "a"}]))

        recorder = self.recorder(capacity=1, on_lost=correct)
        feeder = threading.Thread(
            target=lambda: [recorder.record(Recording(f"{at}", [{"asset_key": ""}])) for at in range(20)], daemon=True
        )
        feeder.start()
        feeder.join(30)
        self.assertFalse(feeder.is_alive())
        while recorder.statistics.pending:
            self.assertTrue(recorder.flush(30))
        self.assertEqual((len(self.history("a")), recorder.statistics.lost), (20, 20))

    def test_a_callback_that_puts_back_what_is_refused_at_once_is_not_called_for_ever(self) -> None:
        calls: list[str] = []

        def again(recording: Recording, error: HeadwaterError) -> None:
            calls.append(recording.job_id)
            recorder.record(recording)
            recorder.flush()
            recorder.close()

        recorder = self.recorder(on_lost=again)
        recorder.close()
        with self.assertLogs("headwater", "ERROR") as logs:
            recorder.record(Recording("job", [{"asset_key": "a"}]))
        self.assertEqual((calls, len(logs.records)), (["job"], 1))

    def test_a_callback_may_flush_and_close_without_waiting_for_itself(self) -> None:
        flushed: list[bool] = []

        def end(recording: Recording, error: HeadwaterError) -> None:
            flushed.append(recorder.flush())
            recorder.close()

        recorder = self.recorder(on_lost=end)
        recorder.record(Recording("bad", [{"asset_key": ""}]))
        self.assertTrue(recorder.flush(30))
        self.assertEqual(flushed, [False])

    def test_where_no_thread_can_be_started_what_is_queued_waits_for_one(self) -> None:
        recorder = self.recorder(capacity=1)
        with no_threads(), self.assertLogs("headwater", "WARNING") as logs:
            recorder.record(Recording("job", [{"asset_key": "a", "version": "v1"}]))
            self.assertFalse(recorder.flush(0.01))
        self.assertEqual(
            [each.getMessage() for each in logs.records],
            ["1 recordings wait: no thread can be started: can't start new thread"],
        )
        recorder.record(Recording("job", [{"asset_key": "a", "version": "v2"}]))
        self.assertTrue(recorder.flush(30))
        self.assertEqual(self.history("a"), ["v2", "v1"])

    def test_behind_a_proxy_that_lets_less_through_a_batch_is_halved_and_one_too_large_is_told_of(self) -> None:
        def limited(handler: Handler) -> None:
            if len(handler.body) > 100_000:
                handler.answer(413, {"content-type": "text/html"}, b"<h1>Too Large</h1>")
            else:
                pass_on(handler)

        recorder = self.recorder(away(), afterwards=limited)
        for at in range(40):
            text = "x" * (200_000 if at == 7 else 10_000)
            recorder.record(Recording(f"job {at}", [{"asset_key": f"a{at}", "metadata": {"text": text}}]))
        self.assertTrue(recorder.flush(60))
        self.assertEqual([(job, type(error)) for job, error in self.lost], [("job 7", NotHeadwaterError)])
        self.assertIn("413", str(self.lost[0][1]))
        self.assertEqual((recorder.statistics.recorded, recorder.statistics.lost), (39, 1))

    def test_a_call_holds_no_more_than_a_megabyte_unless_a_recording_does(self) -> None:
        reached, held = threading.Event(), threading.Event()

        def hold(handler: Handler) -> None:
            reached.set()
            held.wait(30)
            pass_on(handler)

        recorder = self.recorder(hold)
        recorder.record(Recording("first", [{"asset_key": "first"}]))
        self.assertTrue(reached.wait(30))
        for at in range(50):
            recorder.record(Recording("job", [{"asset_key": f"a{at}", "metadata": {"text": "x" * 60_000}}]))
        held.set()
        self.assertTrue(recorder.flush(60))
        self.assertEqual(self.server.requests, 1 + 4)
        self.assertLess(max(map(len, self.server.bodies)), 1_048_576)

    def test_its_own_url_and_namespace_hold_for_what_is_queued_as_a_recording(self) -> None:
        recorder = BackgroundRecorder(URL, namespace=self.namespace)
        asset = {"asset_key": "a", "version": "v1"}
        recorder.record(Recording("job", [asset]))
        asset["version"] = "v2"
        self.assertTrue(recorder.close())
        self.assertEqual(self.history("a"), ["v1"])
