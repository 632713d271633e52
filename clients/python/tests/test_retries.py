"""What happens while the server is away, with a server in between that fails on purpose."""

from __future__ import annotations

import json
import socket
import threading
import time
import unittest
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

from headwater import (
    NO_RETRY,
    ClosedError,
    LineageClient,
    NoAnswerError,
    NotHeadwaterError,
    Recording,
    RetryPolicy,
    ServiceUnavailableError,
)
from headwater.retry import retry_after_seconds

from .support import ServerTest
from .unreliable_server import Mishap, UnreliableServer, away, break_off, cut_short, lose_the_answer, pass_on

QUICK = RetryPolicy(attempts=5, first_pause=0.001, longest_pause=0.01)


class RetryTest(ServerTest):
    def through(self, mishaps: list[Mishap], retry: RetryPolicy = QUICK, **rest: object) -> LineageClient:
        self.server = self.enterContextOf(UnreliableServer(mishaps))
        client = LineageClient(self.server.url, namespace=self.namespace, retry=retry, **rest)  # type: ignore[arg-type]
        self.addCleanup(client.close)
        return client

    def enterContextOf(self, server: UnreliableServer) -> UnreliableServer:  # noqa: N802 - as unittest's own
        self.addCleanup(server.__exit__)
        return server

    def test_a_gateway_that_is_away_for_a_while_is_asked_again(self) -> None:
        client = self.through([away(502), away(503), away(504)])
        client.record(Recording("job", [{"asset_key": "a", "version": "v1"}]))
        self.assertEqual(self.server.requests, 4)
        self.assertEqual(self.history("a"), ["v1"])

    def test_an_answer_lost_after_the_server_has_committed_doubles_nothing(self) -> None:
        client = self.through([lose_the_answer, cut_short, lose_the_answer])
        recorded = client.record(Recording("job", [{"asset_key": "a", "version": "v1"}]))
        self.assertEqual(self.server.requests, 4)
        self.assertTrue(recorded.duplicate)
        self.assertEqual([each.id for each in self.client.materializations("a")], [recorded.materializations[0][0]])

    def test_a_batch_whose_answer_is_lost_doubles_nothing(self) -> None:
        client = self.through([lose_the_answer])
        batch = [Recording("job", [{"asset_key": "a", "version": f"v{at}"}]) for at in range(3)]
        self.assertEqual([each.duplicate for each in client.record_batch(batch)], [True, True, True])
        self.assertEqual(sorted(map(str, self.history("a"))), ["v0", "v1", "v2"])

    def test_checks_whose_answer_is_lost_are_recorded_once(self) -> None:
        from headwater import Check

        materialization = self.made("a", "v1")
        client = self.through([lose_the_answer])
        client.record_check_results(materialization, [Check("rows", "PASSED")])
        self.assertEqual(self.server.requests, 2)
        self.assertEqual([each.name for each in self.client.checks("a")], ["rows"])

    def test_every_attempt_carries_the_same_key(self) -> None:
        client = self.through([away(), break_off])
        client.record(Recording("job", [{"asset_key": "a"}]))
        keys = {json.loads(body)["variables"]["input"]["idempotencyKey"] for body in self.server.bodies}
        self.assertEqual((self.server.requests, len(keys)), (3, 1))

    def test_it_gives_up_after_the_attempts_allowed(self) -> None:
        client = self.through([away()] * 9)
        with self.assertRaises(NotHeadwaterError) as caught:
            client.asset("a")
        self.assertEqual((self.server.requests, caught.exception.status), (5, 503))

    def test_what_the_server_itself_says_is_away_is_an_error_with_its_code(self) -> None:
        def unavailable(handler: object) -> None:
            errors = [{"message": "the server is stopping", "extensions": {"code": "SERVICE_UNAVAILABLE"}}]
            body = json.dumps({"errors": errors}).encode()
            handler.answer(503, {"content-type": "application/json"}, body)  # type: ignore[attr-defined]

        client = self.through([unavailable] * 2, RetryPolicy(attempts=2, first_pause=0.001))
        with self.assertRaises(ServiceUnavailableError) as caught:
            client.asset("a")
        self.assertEqual(
            (caught.exception.code, caught.exception.status, str(caught.exception), self.server.requests),
            ("SERVICE_UNAVAILABLE", 503, "the server is stopping", 2),
        )

    def test_a_query_that_takes_longer_than_it_may_is_not_repeated(self) -> None:
        def too_long(handler: object) -> None:
            extensions = {"code": "SERVICE_UNAVAILABLE", "retryable": False}
            body = json.dumps({"errors": [{"message": "it took too long", "extensions": extensions}]}).encode()
            handler.answer(503, {"content-type": "application/json"}, body)  # type: ignore[attr-defined]

        client = self.through([too_long])
        with self.assertRaisesRegex(ServiceUnavailableError, "it took too long"):
            client.asset("a")
        self.assertEqual(self.server.requests, 1)

    def test_a_refusal_is_not_repeated(self) -> None:
        client = self.through([away(404)])
        with self.assertRaises(NotHeadwaterError):
            client.asset("a")
        self.assertEqual(self.server.requests, 1)

    def test_it_waits_as_long_as_the_server_asks_for(self) -> None:
        client = self.through([away(503, "1")])
        began = time.monotonic()
        client.asset("a")
        self.assertGreaterEqual(time.monotonic() - began, 1.0)

    def test_it_gives_up_at_once_where_the_server_asks_for_more_than_its_patience(self) -> None:
        client = self.through([away(503, "3600")])
        with self.assertRaises(NotHeadwaterError):
            client.asset("a")
        self.assertEqual(self.server.requests, 1)

    def test_a_server_that_is_not_there_is_tried_again(self) -> None:
        with socket.socket() as reserved:
            reserved.bind(("127.0.0.1", 0))
            client = LineageClient(f"http://127.0.0.1:{reserved.getsockname()[1]}", retry=QUICK)
            with self.assertRaisesRegex(NoAnswerError, r"no answer from http://127\.0\.0\.1:\d+/graphql: .*refused"):
                client.asset("a")

    def test_a_server_that_does_not_answer_in_time_is_given_up(self) -> None:
        release = threading.Event()

        def hang(handler: object) -> None:
            release.wait(30)

        self.addCleanup(release.set)
        client = self.through([hang], NO_RETRY, read_timeout=0.05)
        with self.assertRaisesRegex(NoAnswerError, "timed out"):
            client.asset("a")

    def test_closing_ends_a_call_that_waits_to_be_sent_again(self) -> None:
        came = threading.Event()

        def once(handler: object) -> None:
            came.set()
            away(503, "30")(handler)  # type: ignore[arg-type]

        client = self.through([once], RetryPolicy(patience=60.0))
        errors: list[BaseException] = []

        def ask() -> None:
            try:
                client.asset("a")
            except ClosedError as error:
                errors.append(error)

        thread = threading.Thread(target=ask)
        thread.start()
        self.assertTrue(came.wait(10))
        client.close()
        thread.join(10)
        self.assertEqual([type(each) for each in errors], [ClosedError])

    def test_connections_are_kept_and_one_that_was_dropped_meanwhile_is_no_failure(self) -> None:
        def answer_then_drop(handler: object) -> None:
            pass_on(handler)  # type: ignore[arg-type]
            handler.close_connection = True  # type: ignore[attr-defined]

        client = self.through([pass_on, answer_then_drop, pass_on], NO_RETRY)
        for _ in range(3):
            client.asset("a")
        self.assertEqual((self.server.requests, len(self.server.connections)), (3, 2))

    def test_headers_say_json_and_who_asks(self) -> None:
        client = self.through([], token="secret")
        client.asset("a")
        [headers] = self.server.seen
        self.assertEqual(headers["content-type"], "application/json")
        self.assertEqual(headers["authorization"], "Bearer secret")
        self.assertRegex(headers["user-agent"], r"^headwater-python/\d")
        self.assertNotIn("secret", repr(client))


class PolicyTest(unittest.TestCase):
    def test_pauses_grow_to_the_longest_by_chance_and_are_never_shorter_than_asked_for(self) -> None:
        policy = RetryPolicy(first_pause=1.0, longest_pause=4.0)
        for failures, longest in [(1, 1.0), (2, 2.0), (3, 4.0), (4, 4.0), (2_000, 4.0)]:
            pauses = [policy.pause(failures) for _ in range(200)]
            self.assertLessEqual(max(pauses), longest)
            self.assertLess(min(pauses), longest / 4)
            self.assertGreater(max(pauses), longest * 3 / 4)
        self.assertEqual(policy.pause(1, retry_after=9.0), 9.0)

    def test_retry_after_is_seconds_or_a_date(self) -> None:
        later = datetime.now(timezone.utc) + timedelta(seconds=60)
        self.assertEqual(retry_after_seconds("7"), 7.0)
        self.assertAlmostEqual(retry_after_seconds(format_datetime(later)), 60.0, delta=2.0)
        for nothing in (None, "", "soon", "-1", "Thu, 01 Jan 1970 00:00:00 GMT"):
            with self.subTest(nothing):
                self.assertEqual(retry_after_seconds(nothing), 0.0)
