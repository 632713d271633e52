from __future__ import annotations

import asyncio
import threading
import time
import unittest
import uuid
from datetime import datetime, timezone

from headwater import (
    AssetTracker,
    BadUserInputError,
    LineageClient,
    NoAnswerError,
    QueueFullError,
    Recording,
    RetryPolicy,
)

from .support import URL, ServerTest
from .unreliable_server import UnreliableServer, lose_the_answer, pass_on

NOWHERE = "http://127.0.0.1:9"
IMPATIENT = RetryPolicy(attempts=1)


class TrackerTest(ServerTest):
    def tracker(self, url: str = URL, on_error: str = "log", **rest: object) -> AssetTracker:
        client = LineageClient(url, namespace=self.namespace, retry=IMPATIENT)
        self.addCleanup(client.close)
        tracker = AssetTracker(on_error=on_error, client=client, **rest)  # type: ignore[arg-type]
        self.addCleanup(tracker.cleanup)
        return tracker

    def test_it_answers_with_ids_and_keys_in_the_order_of_the_assets(self) -> None:
        async def record() -> list[tuple[str, str]]:
            return await self.tracker().record_materializations(
                storage_event_id=None,
                assets=[{"asset_key": "b", "version": "v1"}, {"asset_key": "a", "version": "v1"}],
                job_id="job",
                dag_id="dag",
                node_task_id="node",
                partition_key="p",
                upstream_assets=[("u", "u1", None)],
            )

        recorded = asyncio.run(record())
        self.assertEqual([key for _, key in recorded], ["b", "a"])
        for identity, key in recorded:
            made = self.client.latest_materialization(key, partition_key="p")
            assert made is not None and made.inputs is not None
            self.assertEqual((made.id, made.dag_id, made.node_task_id), (identity, "dag", "node"))
            self.assertEqual([(each.asset_key, each.version) for each in made.inputs], [("u", "u1")])

    def test_without_assets_there_is_nothing_to_do(self) -> None:
        tracker = self.tracker(NOWHERE, on_error="raise")
        self.assertEqual(tracker.record_materializations(None, [], "job").result(), [])

    def test_it_works_without_an_event_loop_and_without_being_awaited(self) -> None:
        tracker = self.tracker()
        tracker.record_materializations(None, [{"asset_key": "a", "version": "v1"}], "job")
        self.assertEqual(len(tracker.record_materializations(None, [{"asset_key": "b"}], "job").result()), 1)
        self.assertTrue(tracker.cleanup())
        self.assertEqual(self.history("a"), ["v1"])

    def test_what_was_begun_outside_can_be_awaited_inside(self) -> None:
        pending = self.tracker().record_materializations(None, [{"asset_key": "a"}], "job")

        async def wait() -> list[tuple[str, str]]:
            return await pending

        self.assertEqual([key for _, key in asyncio.run(wait())], ["a"])

    def test_the_event_loop_goes_on_while_the_server_takes_its_time(self) -> None:
        release = threading.Event()

        def slow(handler: object) -> None:
            release.wait(30)
            pass_on(handler)  # type: ignore[arg-type]

        with UnreliableServer([slow]) as server:
            tracker = self.tracker(server.url)

            async def record() -> list[tuple[str, str]]:
                pending = tracker.record_materializations(None, [{"asset_key": "a"}], "job")
                # Only the loop can release the server: it must be running while the call is under way.
                asyncio.get_running_loop().call_soon(release.set)
                return await pending

            self.assertEqual(len(asyncio.run(asyncio.wait_for(record(), 20))), 1)

    def test_to_stop_waiting_does_not_take_a_recording_back(self) -> None:
        release = threading.Event()

        def slow(handler: object) -> None:
            release.wait(30)
            pass_on(handler)  # type: ignore[arg-type]

        with UnreliableServer([slow]) as server:
            tracker = self.tracker(server.url, max_workers=1)

            async def give_up() -> None:
                first = tracker.record_materializations(None, [{"asset_key": "a", "version": "v1"}], "job")
                second = tracker.record_materializations(None, [{"asset_key": "b", "version": "v1"}], "job")
                first.cancel()  # type: ignore[attr-defined]
                second.cancel()  # type: ignore[attr-defined]

            asyncio.run(give_up())
            release.set()
            self.assertTrue(tracker.cleanup())
        self.assertEqual((self.history("a"), self.history("b")), (["v1"], ["v1"]))

    def test_many_at_once_are_all_recorded(self) -> None:
        tracker = self.tracker()

        async def record() -> list[list[tuple[str, str]]]:
            return await asyncio.gather(
                *(
                    tracker.record_materializations(None, [{"asset_key": "a", "version": f"v{at}"}], "job")
                    for at in range(50)
                )
            )

        self.assertEqual(len({pairs[0][0] for pairs in asyncio.run(record())}), 50)
        self.assertEqual(len(self.history("a")), 50)

    def test_a_server_that_is_away_is_logged_and_fails_nothing(self) -> None:
        tracker = self.tracker(NOWHERE)
        with self.assertLogs("headwater", "ERROR") as logs:
            recorded = tracker.record_materializations(None, [{"asset_key": "ocr/text"}], "job-7").result()
        self.assertEqual(recorded, [])
        self.assertRegex(
            logs.records[0].getMessage(),
            r"^not recorded: ocr/text of job job-7: no answer from http://127\.0\.0\.1:9/graphql",
        )

    def test_what_the_server_refuses_and_what_json_cannot_hold_is_logged_as_well(self) -> None:
        tracker = self.tracker()
        with self.assertLogs("headwater", "ERROR") as logs:
            long = tracker.record_materializations(None, [{"asset_key": "k" * 3_000}], "job").result()
            odd = tracker.record_materializations(
                None, [{"asset_key": "a", "metadata": {"o": object()}}], "job"
            ).result()
        self.assertEqual((long, odd, len(logs.records)), ([], [], 2))

    def test_a_call_without_a_job_is_a_mistake_and_raises(self) -> None:
        with self.assertRaisesRegex(ValueError, "^job_id: expected the job that ran, got None$"):
            self.tracker().record_materializations(None, [{"asset_key": "a"}], None)  # type: ignore[arg-type]

    def test_of_an_asset_that_stands_twice_under_a_storage_event_the_last_counts(self) -> None:
        tracker = self.tracker(on_error="raise")
        event = uuid.uuid4().int % 2**50
        assets = [{"asset_key": key, "version": version} for key, version in (("a", "v1"), ("b", "v1"), ("a", "v2"))]
        with self.assertLogs("headwater", "WARNING") as logs:
            recorded = tracker.record_materializations(event, assets, "job-7").result()
        self.assertEqual([key for _, key in recorded], ["a", "b", "a"])
        self.assertEqual(recorded[0], recorded[2])
        self.assertEqual((self.history("a"), self.history("b")), (["v2"], ["v1"]))
        self.assertEqual(
            [each.getMessage() for each in logs.records],
            [
                "job job-7: of an asset that stands more than once under storage event "
                f"{event} the last is recorded; left out: 'a'"
            ],
        )
        tracker.record_materializations(None, assets, "job-7").result()
        self.assertEqual(self.history("a"), ["v2", "v1", "v2"])

    def test_what_is_answered_for_one_that_stands_twice_is_of_what_it_was(self) -> None:
        tracker = self.tracker(on_error="raise")
        assets = [{"asset_key": "a"}, {"asset_key": "b"}, {"asset_key": "a"}]
        with self.assertLogs("headwater", "WARNING"):
            pending = tracker.record_materializations(uuid.uuid4().int % 2**50, assets, "job")
        for each in assets:
            each["asset_key"] = "changed"
        self.assertEqual([key for _, key in pending.result()], ["a", "b", "a"])

    def test_a_key_that_is_none_fails_no_job_under_a_storage_event_either(self) -> None:
        with self.assertLogs("headwater", "ERROR") as logs:
            answer = self.tracker().record_materializations(7, [{"asset_key": b"a"}], "job").result()
        self.assertEqual(answer, [])
        self.assertIn("assets[0].asset_key: expected a text, got bytes", logs.output[0])
        with self.assertRaisesRegex(TypeError, "^assets: expected a list, got str$"):
            self.tracker().record_materializations(7, "a", "job")  # type: ignore[arg-type]

    def test_large_integers_become_text_and_an_empty_text_says_nothing(self) -> None:
        metadata = {
            "large": 2**53,
            "larger": [-(2**70), 1e16],
            "exact": 2**53 - 1,
            "float": 1e300,
            "yes": True,
            "text": "",
        }
        asset = {"asset_key": "ocr/text", "kind": "", "version": "", "description": "", "metadata": metadata}
        tracker = self.tracker(on_error="raise")
        [(identity, _)] = tracker.record_materializations(
            None, [asset], "job", dag_id="", node_task_id="", partition_key="", upstream_assets=[("u", "", "")]
        ).result()
        made = self.client.materialization(identity)
        assert made is not None and made.inputs is not None
        self.assertEqual((made.asset_version, made.dag_id, made.node_task_id, made.partition_key), (None,) * 4)
        self.assertEqual(
            made.metadata,
            {**metadata, "large": "9007199254740992", "larger": ["-1180591620717411303424", "10000000000000000"]},
        )
        self.assertEqual([(each.version, each.partition_key) for each in made.inputs], [(None, None)])
        known = self.client.asset("ocr/text")
        assert known is not None
        self.assertEqual(known.kind, "text")

    def test_on_request_failures_raise(self) -> None:
        with self.assertRaises(NoAnswerError):
            self.tracker(NOWHERE, on_error="raise").record_materializations(None, [{"asset_key": "a"}], "job").result()

        async def record() -> None:
            await self.tracker(on_error="raise").record_materializations(None, [{"asset_key": "k" * 3_000}], "job")

        with self.assertRaises(BadUserInputError):
            asyncio.run(record())

    def test_mistakes_of_the_program_raise_whatever_the_setting(self) -> None:
        tracker = self.tracker(NOWHERE)
        with self.assertRaises(TypeError):
            tracker.record_materializations(None, [{"asset_key": "a"}])  # type: ignore[call-arg]
        with self.assertRaises(ValueError):
            tracker.record_materializations(None, [{"version": "v1"}], "job")
        with self.assertRaisesRegex(ValueError, "on_error: expected 'log' or 'raise', got 'ignore'"):
            AssetTracker(URL, on_error="ignore")

    def test_a_retry_after_a_lost_answer_doubles_nothing(self) -> None:
        with UnreliableServer([lose_the_answer]) as server:
            client = LineageClient(server.url, namespace=self.namespace, retry=RetryPolicy(first_pause=0.001))
            self.addCleanup(client.close)
            tracker = AssetTracker(client=client, on_error="raise")
            tracker.record_materializations(None, [{"asset_key": "a", "version": "v1"}], "job").result()
            self.assertEqual(server.requests, 2)
        self.assertEqual(self.history("a"), ["v1"])

    def test_what_waits_is_bounded_and_what_comes_beyond_is_told_of(self) -> None:
        release = threading.Event()

        def hang(handler: object) -> None:
            release.wait(30)
            pass_on(handler)  # type: ignore[arg-type]

        with UnreliableServer(afterwards=hang) as server:
            self.addCleanup(release.set)
            tracker = self.tracker(server.url, max_workers=1, max_pending=1)
            taken = [tracker.record_materializations(None, [{"asset_key": "a"}], "job") for _ in range(2)]
            with self.assertLogs("headwater", "ERROR") as logs:
                self.assertEqual(tracker.record_materializations(None, [{"asset_key": "a"}], "job").result(), [])
            self.assertRegex(logs.records[0].getMessage(), "^not recorded: .* 2 calls are under way or waiting")
            release.set()
            self.assertEqual([len(each.result()) for each in taken], [1, 1])
            strict = self.tracker(server.url, on_error="raise", max_workers=1, max_pending=1)
            release.clear()
            waiting = [strict.record_materializations(None, [{"asset_key": "a"}], "job") for _ in range(2)]
            with self.assertRaises(QueueFullError):
                strict.record_materializations(None, [{"asset_key": "a"}], "job").result()
            release.set()
            self.assertEqual([len(each.result()) for each in waiting], [1, 1])

    def test_cleanup_waits_no_longer_than_it_is_told(self) -> None:
        release = threading.Event()

        def hang(handler: object) -> None:
            release.wait(30)
            handler.hang_up()  # type: ignore[attr-defined]

        with UnreliableServer(afterwards=hang) as server:
            self.addCleanup(release.set)
            tracker = self.tracker(server.url, close_timeout=0.01)
            tracker.record_materializations(None, [{"asset_key": "a"}], "job")
            began = time.monotonic()
            with self.assertLogs("headwater", "ERROR") as logs:
                self.assertFalse(tracker.cleanup())
            self.assertLess(time.monotonic() - began, 5)
            self.assertIn("closed with 1 calls unfinished", logs.records[0].getMessage())
            with self.assertLogs("headwater", "ERROR"):
                release.set()
                self.assertTrue(tracker.cleanup(10))

    def test_after_cleanup_recordings_are_errors_like_any_other(self) -> None:
        tracker = self.tracker()
        tracker.cleanup()
        with self.assertLogs("headwater", "ERROR"):
            self.assertEqual(tracker.record_materializations(None, [{"asset_key": "a"}], "job").result(), [])

    def test_it_was_made_when_the_job_says_so_or_else_when_the_server_hears_of_it(self) -> None:
        tracker = self.tracker()
        tracker.record_materializations(None, [{"asset_key": "a"}], "job").result()
        noon = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
        tracker.record_materializations(None, [{"asset_key": "b"}], "job", materialized_at=noon).result()
        a, b = self.client.latest_materialization("a"), self.client.latest_materialization("b")
        assert a is not None
        assert b is not None
        self.assertEqual(a.created_at, a.recorded_at)
        self.assertEqual(b.created_at, noon)

    def test_a_batch_is_recorded_in_one_call(self) -> None:
        with UnreliableServer() as server:
            tracker = self.tracker(server.url)
            batch = [Recording("job", [{"asset_key": "a", "version": f"v{at}"}]) for at in range(100)]
            self.assertEqual(len(tracker.record_batch(batch).result()), 100)
            self.assertEqual(server.requests, 1)
        self.assertEqual(len(self.history("a")), 100)


if __name__ == "__main__":
    unittest.main()
