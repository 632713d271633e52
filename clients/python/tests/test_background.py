from __future__ import annotations

import json
import os
import threading
import unittest
from datetime import datetime, timedelta, timezone

from headwater import (
    NO_RETRY,
    BackgroundRecorder,
    BadUserInputError,
    ClosedError,
    HeadwaterError,
    LineageClient,
    NotHeadwaterError,
    QueueFullError,
    Recording,
    RetryPolicy,
)

from .support import URL, ProgramTest, ServerTest
from .unreliable_server import Handler, UnreliableServer, away, lose_the_answer, pass_on


class Gate:
    """Holds every request back until it is opened."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self._open = threading.Event()

    def __call__(self, handler: Handler) -> None:
        self.reached.set()
        self._open.wait(30)
        pass_on(handler)

    def open(self) -> None:
        self._open.set()


def refuse_method(handler: Handler) -> None:
    error = {"message": "expected GET", "extensions": {"code": "BAD_USER_INPUT"}}
    handler.answer(405, {"content-type": "application/json"}, json.dumps({"errors": [error]}).encode())


class BackgroundTest(ServerTest):
    def setUp(self) -> None:
        super().setUp()
        self.lost: list[tuple[str, HeadwaterError]] = []

    def recorder(self, url: str = URL, **rest: object) -> BackgroundRecorder:
        client = LineageClient(url, namespace=self.namespace, retry=RetryPolicy(attempts=3, first_pause=0.001))
        recorder = BackgroundRecorder(client=client, on_lost=self.on_lost, **rest)  # type: ignore[arg-type]
        self.addCleanup(client.close)
        self.addCleanup(recorder.close, 0)
        return recorder

    def on_lost(self, recording: Recording, error: HeadwaterError) -> None:
        self.lost.append((recording.job_id, error))

    def losses(self) -> list[tuple[str, type[HeadwaterError]]]:
        return [(job, type(error)) for job, error in self.lost]

    def put(self, recorder: BackgroundRecorder, job: str, version: str | None = None) -> None:
        recorder.record_materializations(None, [{"asset_key": "a", "version": version or job}], job)

    def test_what_is_queued_is_recorded_in_order_a_hundred_a_call(self) -> None:
        gate = Gate()
        with UnreliableServer([gate]) as server:
            recorder = self.recorder(server.url)
            self.put(recorder, "v0")
            self.assertTrue(gate.reached.wait(10))
            for at in range(1, 251):
                self.put(recorder, f"v{at}")
            gate.open()
            self.assertTrue(recorder.flush(30))
            self.assertEqual(server.requests, 1 + 3)
        self.assertEqual(self.history("a"), [f"v{at}" for at in reversed(range(251))])
        statistics = recorder.statistics
        self.assertEqual((statistics.recorded, statistics.lost, statistics.pending), (251, 0, 0))

    def test_it_was_made_when_it_was_queued_not_when_it_arrived(self) -> None:
        gate = Gate()
        with UnreliableServer([gate]) as server:
            recorder = self.recorder(server.url)
            self.put(recorder, "v1")
            self.assertTrue(gate.reached.wait(10))
            reached = datetime.now(timezone.utc)
            while datetime.now(timezone.utc) <= reached + timedelta(milliseconds=1):
                pass
            gate.open()
            self.assertTrue(recorder.flush(10))
        made = self.client.latest_materialization("a")
        assert made is not None
        assert made.recorded_at is not None
        self.assertLessEqual(made.created_at, reached)
        self.assertGreater(made.recorded_at, reached)

    def test_what_a_server_says_of_a_wrong_path_is_nothing_against_what_was_sent(self) -> None:
        client = LineageClient(f"{URL}/elsewhere", retry=NO_RETRY)
        self.addCleanup(client.close)
        with self.assertRaises(NotHeadwaterError) as caught:
            client.record(Recording("job", [{"asset_key": "a"}]))
        self.assertEqual(caught.exception.status, 404)
        recorder = self.recorder(f"{URL}/elsewhere")
        with self.assertLogs("headwater", "WARNING") as logs:
            self.put(recorder, "job")
            self.assertFalse(recorder.flush(0.3))
        self.assertIn("1 recordings wait", logs.output[0])
        self.assertEqual((self.lost, recorder.statistics.pending), ([], 1))

    def test_what_refuses_the_method_is_away(self) -> None:
        with UnreliableServer([refuse_method]) as server:
            recorder = self.recorder(server.url)
            with self.assertLogs("headwater", "WARNING"):
                self.put(recorder, "job")
                self.assertTrue(recorder.flush(30))
        self.assertEqual((self.lost, self.history("a")), ([], ["job"]))

    def test_one_that_is_refused_takes_no_neighbour_with_it(self) -> None:
        gate = Gate()
        with UnreliableServer([gate]) as server:
            recorder = self.recorder(server.url)
            self.put(recorder, "first")
            self.assertTrue(gate.reached.wait(10))
            for at in range(20):
                self.put(recorder, f"job {at}", "v" * 300 if at in (3, 17) else None)
            gate.open()
            self.assertTrue(recorder.flush(30))
            self.assertEqual(server.requests, 1 + 3)
        self.assertEqual([job for job, _ in self.lost], ["job 3", "job 17"])
        error = self.lost[0][1]
        self.assertIsInstance(error, BadUserInputError)
        self.assertEqual(
            (error.field, str(error)),
            ("assets[0].version", "assets[0].version: expected 1 to 256 characters, got 300 characters"),
        )
        self.assertEqual(recorder.statistics.recorded, 19)
        self.assertEqual(len(self.history("a")), 19)

    def test_where_the_error_does_not_say_which_the_halves_are_tried(self) -> None:
        gate = Gate()

        def too_large(handler: Handler) -> None:
            errors = b'{"errors": [{"message": "too large", "extensions": {"code": "BAD_USER_INPUT"}}]}'
            if handler.body.count(b'"jobId"') > 1 or b'"bad"' in handler.body:
                handler.answer(413, {"content-type": "application/json"}, errors)
            else:
                pass_on(handler)

        with UnreliableServer([gate], afterwards=too_large) as server:
            recorder = self.recorder(server.url)
            self.put(recorder, "first")
            self.assertTrue(gate.reached.wait(10))
            for job in ("one", "bad", "two", "three"):
                self.put(recorder, job)
            gate.open()
            self.assertTrue(recorder.flush(30))
        self.assertEqual([(job, str(error)) for job, error in self.lost], [("bad", "too large")])
        self.assertEqual(self.history("a"), ["three", "two", "one", "first"])

    def test_what_json_cannot_hold_takes_no_neighbour_with_it(self) -> None:
        recorder = self.recorder()
        for at in range(5):
            metadata = {"o": object()} if at == 2 else {}
            recorder.record_materializations(None, [{"asset_key": "a", "metadata": metadata}], f"job {at}")
        self.assertTrue(recorder.flush(30))
        self.assertEqual([job for job, _ in self.lost], ["job 2"])
        self.assertEqual(len(self.history("a")), 4)

    def test_it_outlasts_an_outage_longer_than_the_patience_of_the_client(self) -> None:
        with (
            UnreliableServer([away()] * 4 + [lose_the_answer]) as server,
            self.assertLogs("headwater", "WARNING") as logs,
        ):
            recorder = self.recorder(server.url)
            self.put(recorder, "v1")
            self.assertTrue(recorder.flush(30))
            self.assertEqual(server.requests, 6)
        self.assertIn("1 recordings wait", logs.records[0].getMessage())
        self.assertEqual((self.lost, self.history("a")), ([], ["v1"]))
        self.assertEqual(recorder.statistics.duplicates, 1)

    def test_when_it_is_full_it_blocks_until_there_is_room(self) -> None:
        gate = Gate()
        with UnreliableServer([gate]) as server:
            recorder = self.recorder(server.url, capacity=2)
            self.put(recorder, "v0")
            self.assertTrue(gate.reached.wait(10))
            for version in ("v1", "v2"):
                self.put(recorder, version)
            blocked = threading.Thread(target=self.put, args=(recorder, "v3"))
            blocked.start()
            blocked.join(0.05)
            self.assertTrue(blocked.is_alive())
            gate.open()
            blocked.join(10)
            self.assertFalse(blocked.is_alive())
            self.assertTrue(recorder.flush(10))
        self.assertEqual((self.lost, len(self.history("a"))), ([], 4))

    def test_or_on_request_it_tells_of_what_it_drops(self) -> None:
        gate = Gate()
        with UnreliableServer([gate]) as server:
            recorder = self.recorder(server.url, capacity=1, when_full="drop")
            self.put(recorder, "v0")
            self.assertTrue(gate.reached.wait(10))
            for version in ("v1", "v2", "v3"):
                self.put(recorder, version)
            self.assertEqual(
                [(job, type(error)) for job, error in self.lost], [("v2", QueueFullError), ("v3", QueueFullError)]
            )
            gate.open()
            self.assertTrue(recorder.flush(10))
        self.assertEqual((recorder.statistics.recorded, recorder.statistics.lost), (2, 2))

    def test_what_is_left_when_it_is_closed_is_told_of(self) -> None:
        gate = Gate()
        self.addCleanup(gate.open)
        with UnreliableServer([gate]) as server:
            recorder = self.recorder(server.url)
            self.put(recorder, "v0")
            self.assertTrue(gate.reached.wait(10))
            self.put(recorder, "v1")
            self.assertFalse(recorder.close(0.01))
            self.assertEqual(
                [(job, type(error)) for job, error in self.lost], [("v0", ClosedError), ("v1", ClosedError)]
            )
            self.put(recorder, "v2")
            self.assertEqual(self.lost[2][0], "v2")
            statistics = recorder.statistics
            self.assertEqual((statistics.lost, statistics.pending), (3, 0))
            gate.open()

    def test_by_default_losses_are_logged(self) -> None:
        recorder = BackgroundRecorder(URL, namespace=self.namespace)
        with self.assertLogs("headwater", "ERROR") as logs:
            self.put(recorder, "job", "v" * 300)
            recorder.close()
        self.assertRegex(logs.records[0].getMessage(), r"^lost: a of job job: assets\[0\]\.version: expected 1 to 256")

    def test_a_callback_that_fails_stops_nothing(self) -> None:
        def fail(recording: Recording, error: HeadwaterError) -> None:
            raise RuntimeError("of the callback")

        recorder = BackgroundRecorder(URL, namespace=self.namespace, on_lost=fail)
        with self.assertLogs("headwater", "ERROR"):
            self.put(recorder, "bad", "v" * 300)
            self.assertTrue(recorder.flush(10))
        self.put(recorder, "good")
        self.assertTrue(recorder.close())
        self.assertEqual(self.history("a"), ["good"])

    def test_mistakes_of_the_program_raise_in_the_caller(self) -> None:
        recorder = self.recorder()
        with self.assertRaises(ValueError):
            recorder.record_materializations(None, [{"version": "v1"}], "job")
        for wrong in ({"capacity": 0}, {"batch_size": 101}, {"when_full": "wait"}):
            with self.subTest(wrong), self.assertRaisesRegex(ValueError, f"^{next(iter(wrong))}: expected"):
                BackgroundRecorder(URL, **wrong)


class EndOfProgramTest(ProgramTest):
    def test_a_queue_is_flushed_when_the_program_ends(self) -> None:
        run = self.run_program(
            "queue = headwater.BackgroundRecorder(namespace=namespace)\n"
            "for at in range(500):\n"
            "    queue.record_materializations(None, [{'asset_key': 'a', 'version': f'v{at}'}], 'job')\n"
        )
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        self.assertEqual(len(self.history("a")), 500)

    def test_recordings_that_nobody_awaited_are_finished_when_the_program_ends(self) -> None:
        run = self.run_program(
            "tracker = headwater.AssetTracker(namespace=namespace)\n"
            "async def main():\n"
            "    for at in range(20):\n"
            "        tracker.record_materializations(None, [{'asset_key': 'a', 'version': f'v{at}'}], 'job')\n"
            "asyncio.run(main())\n"
        )
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        self.assertEqual(len(self.history("a")), 20)

    def test_a_program_ends_in_time_although_the_server_is_away_and_says_what_is_lost(self) -> None:
        run = self.run_program(
            "queue = headwater.BackgroundRecorder(namespace=namespace, close_timeout=0.2)\n"
            "queue.record_materializations(None, [{'asset_key': 'a'}], 'job-7')\n"
            "tracker = headwater.AssetTracker(namespace=namespace, close_timeout=0.2)\n"
            "tracker.record_materializations(None, [{'asset_key': 'b'}], 'job-8')\n",
            url="http://127.0.0.1:9",
        )
        self.assertEqual(run.returncode, 0)
        self.assertIn("lost: a of job job-7: the queue was closed before the server had answered", run.stderr)
        self.assertIn("headwater-tracker: closed with 1 calls unfinished", run.stderr)

    @unittest.skipUnless(hasattr(os, "fork"), "there is no fork here")
    def test_a_forked_child_records_for_itself(self) -> None:
        run = self.run_program(
            "queue = headwater.BackgroundRecorder(namespace=namespace)\n"
            "tracker = headwater.AssetTracker(namespace=namespace)\n"
            "def record(who):\n"
            "    queue.record_materializations(None, [{'asset_key': 'queued', 'version': who}], 'job')\n"
            "    assert tracker.record_materializations(None, [{'asset_key': 'a', 'version': who}], 'job').result()\n"
            "record('parent')\n"
            "child = os.fork()\n"
            "if child == 0:\n"
            "    record('child')\n"
            "    assert queue.close(), queue.statistics\n"
            "    os._exit(0)\n"
            "assert os.waitpid(child, 0)[1] == 0\n"
        )
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        self.assertCountEqual(self.history("a"), ["parent", "child"])
        self.assertCountEqual(self.history("queued"), ["parent", "child"])
