"""Answers that are not Headwater's: gateways, other servers, wrong URLs."""

from __future__ import annotations

import os
import socket
import threading
import time
import unittest
from collections.abc import Callable
from unittest import mock

from headwater import (
    NO_RETRY,
    AssetTracker,
    BackgroundRecorder,
    DAGAssetMapper,
    HeadwaterError,
    LineageClient,
    NoAnswerError,
    NotHeadwaterError,
    Recording,
    RetryPolicy,
)
from headwater.retry import retry_after_seconds

from .support import ServerTest
from .unreliable_server import Handler, Mishap, UnreliableServer

QUICK = RetryPolicy(attempts=3, first_pause=0.001, longest_pause=0.01)

OTHER_SHAPES: dict[str, tuple[int, bytes]] = {
    "data is null": (200, b'{"data": null}'),
    "data is empty": (200, b'{"data": {}}'),
    "data is a list": (200, b'{"data": [1]}'),
    "data is a text": (200, b'{"data": "x"}'),
    "data is NaN": (200, b'{"data": NaN}'),
    "fields are no objects": (200, b'{"data": {"recordMaterializations": 5, "upstreamAssets": [5], "asset": [1]}}'),
    "fields are endless numbers": (
        200,
        b'{"data": {"recordMaterializations": {"materializations": 1e999}, "upstreamAssets": 1e999, "asset": 1e999}}',
    ),
    "no errors": (200, b'{"errors": []}'),
    "errors are texts": (200, b'{"errors": ["boom"]}'),
    "errors are null": (400, b'{"errors": [null]}'),
    "errors are an object beside data": (200, b'{"data": {"x": 1}, "errors": {"a": 1}}'),
    "errors are a text beside data": (200, b'{"data": null, "errors": "boom"}'),
    "extensions are a text": (400, b'{"errors": [{"message": "m", "extensions": "x"}]}'),
    "extensions are a list": (400, b'{"errors": [{"message": "m", "extensions": [1]}]}'),
    "a code is a list": (400, b'{"errors": [{"message": "m", "extensions": {"code": ["x"], "field": 5}}]}'),
    "away, and errors are texts": (503, b'{"errors": ["boom"]}'),
    "away, and errors are a text": (503, b'{"data": null, "errors": "boom"}'),
    "away, and very deep": (503, b"[" * 200_000),
    "very deep": (200, b"[" * 200_000),
    "UTF-16": (200, '{"data":1}'.encode("utf-16")),
}

ASKS: list[Callable[[LineageClient], object]] = [
    lambda client: client.record(Recording("job", [{"asset_key": "a"}])),
    lambda client: client.record_batch([Recording("job", [{"asset_key": "a"}])]),
    lambda client: client.asset("a"),
    lambda client: client.latest_materialization("a"),
    lambda client: list(client.materializations("a")),
    lambda client: client.lineage("a"),
    lambda client: client.staleness("a"),
    lambda client: client.dag_status("dag"),
    lambda client: client.node_status("dag", "node"),
    lambda client: client.asset_health(),
]


def answers(status: int, body: bytes) -> Mishap:
    def answer(handler: Handler) -> None:
        # In one piece: head and body by themselves would wait for each other's acknowledgement, 40 ms a time.
        handler.wfile.write(b"HTTP/1.1 %d X\r\ncontent-length: %d\r\n\r\n" % (status, len(body)) + body)

    return answer


class AnswerTest(ServerTest):
    def server(self, *mishaps: Mishap, afterwards: Mishap | None = None) -> UnreliableServer:
        server = UnreliableServer(mishaps) if afterwards is None else UnreliableServer(mishaps, afterwards)
        self.addCleanup(server.__exit__)
        return server

    def client_of(self, server: UnreliableServer, retry: RetryPolicy = QUICK, **rest: object) -> LineageClient:
        client = LineageClient(server.url, namespace=self.namespace, retry=retry, **rest)  # type: ignore[arg-type]
        self.addCleanup(client.close)
        return client

    def test_whatever_answers_methods_raise_errors_of_this_package_and_what_logs_answers_with_nothing(self) -> None:
        for name, (status, body) in OTHER_SHAPES.items():
            with self.subTest(name):
                client = self.client_of(self.server(afterwards=answers(status, body)), NO_RETRY)
                for ask in ASKS:
                    with self.assertRaises(HeadwaterError):
                        ask(client)
                with self.assertLogs("headwater", "ERROR"):
                    self.assertEqual(DAGAssetMapper(client=client).get_upstream_assets_for_node("dag", "node"), [])
                with self.assertRaises(HeadwaterError):
                    DAGAssetMapper(client=client, on_error="raise").get_upstream_assets_for_node("dag", "node")

    def test_a_batch_that_is_answered_for_in_part_is_not_taken_for_recorded(self) -> None:
        server = self.server(afterwards=answers(200, b'{"data": {"recordMaterializationBatch": []}}'))
        with self.assertRaisesRegex(NotHeadwaterError, "expected 1 items, got 0"):
            self.client_of(server).record_batch([Recording("job", [{"asset_key": "a"}])])

    def test_a_gateway_with_errors_of_its_own_is_asked_again_and_the_queue_keeps_what_it_refuses(self) -> None:
        bodies = (b'{"errors": ["no healthy upstream"]}', b'{"errors": [{"message": "no healthy upstream"}]}', b'"x"')
        for body in bodies:
            with self.subTest(body):
                client = self.client_of(self.server(answers(503, body)))
                tracker = AssetTracker(client=client)
                self.addCleanup(tracker.cleanup)
                self.assertEqual(len(tracker.record_materializations(None, [{"asset_key": "a"}], "job").result()), 1)
                server = self.server(answers(503, body))
                recorder = BackgroundRecorder(client=self.client_of(server, NO_RETRY))
                self.addCleanup(recorder.close, 0)
                with self.assertLogs("headwater", "WARNING"):
                    recorder.record(Recording("job", [{"asset_key": "a"}]))
                    self.assertTrue(recorder.flush(30))
                self.assertEqual((recorder.statistics.recorded, recorder.statistics.lost), (1, 0))

    def test_a_retry_after_of_any_kind_is_read_or_ignored(self) -> None:
        for header in (
            "Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
            "Mon, 99 Jan 0001 00:00:00 +2359",
            "Mon, 01 Jan 2026 99:99:99 GMT",
            "-" * 400,
            "\u00b2",
            "NaN",
        ):
            with self.subTest(header):
                self.assertEqual(retry_after_seconds(header), 0.0)
        for header in ("9" * 400, "Fri, 31 Dec 9999 23:59:59 -2359"):
            with self.subTest(header):
                # Endless pauses are longer than any clock can measure.
                self.assertEqual(retry_after_seconds(header), 86_400.0)

    def test_an_answer_without_end_is_read_up_to_a_bound(self) -> None:
        def endless(handler: Handler) -> None:
            handler.send_response(200)
            handler.end_headers()
            while True:
                handler.wfile.write(b"x" * 65_536)

        def announced(handler: Handler) -> None:
            handler.send_response(200)
            handler.send_header("content-length", str(10**12))
            handler.end_headers()
            handler.close_connection = True

        with mock.patch("headwater._timed_response.LARGEST_ANSWER_BYTES", 1_000_000):
            for mishap in (endless, announced):
                with self.subTest(mishap.__name__), self.assertRaisesRegex(NotHeadwaterError, "at most 1000000 bytes"):
                    self.client_of(self.server(afterwards=mishap)).asset("a")

    def test_a_server_that_sends_a_byte_now_and_then_does_not_keep_a_caller(self) -> None:
        over = threading.Event()
        self.addCleanup(over.set)

        def drip(head: bytes) -> Mishap:
            def answer(handler: Handler) -> None:
                handler.wfile.write(head)
                while not over.wait(0.02):
                    handler.wfile.write(b"a")
                    handler.wfile.flush()

            return answer

        for head in (b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n"):
            with self.subTest(head):
                server = self.server(afterwards=drip(head))
                client = self.client_of(server, NO_RETRY, read_timeout=0.3, request_timeout=0.6)
                began = time.monotonic()
                with self.assertRaisesRegex(NoAnswerError, "timed out"):
                    client.asset("a")
                self.assertLess(time.monotonic() - began, 5)

    def test_a_body_that_ends_early_is_no_answer(self) -> None:
        def short(handler: Handler) -> None:
            handler.send_response(200)
            handler.send_header("content-length", "1000")
            handler.end_headers()
            handler.wfile.write(b'{"data": {}}')
            handler.close_connection = True

        with self.assertRaisesRegex(NoAnswerError, "IncompleteRead"):
            self.client_of(self.server(afterwards=short), NO_RETRY).asset("a")

    def test_what_a_proxy_says_of_a_body_it_does_not_read_is_heard(self) -> None:
        listener = socket.socket()
        self.addCleanup(listener.close)
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def refuse() -> None:
            connection, _ = listener.accept()
            connection.recv(1_000)
            connection.sendall(b"HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n")
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(1_000_000):
                pass
            connection.close()

        threading.Thread(target=refuse, daemon=True).start()
        client = LineageClient(f"http://127.0.0.1:{listener.getsockname()[1]}", retry=NO_RETRY)
        self.addCleanup(client.close)
        large = Recording("job", [{"asset_key": "a", "metadata": {"text": "x" * 5_000_000}}])
        with self.assertRaisesRegex(NotHeadwaterError, "413: less is let through") as caught:
            client.record(large)
        self.assertEqual(caught.exception.status, 413)


class EnvironmentTest(unittest.TestCase):
    def test_on_the_class_an_environment_that_names_no_server_is_logged(self) -> None:
        for url in ("localhost:4000", "http://a..b:4000", "http://[::1", "http://h:99999", "http://h/\u00fc"):
            with (
                self.subTest(url),
                mock.patch.dict(os.environ, {"HEADWATER_URL": url}),
                self.assertLogs("headwater", "ERROR"),
            ):
                self.assertEqual(DAGAssetMapper.get_upstream_assets_for_node("dag", "node"), [])

    def test_a_url_that_could_never_be_asked_is_refused_when_it_is_given(self) -> None:
        for url in ("http://a..b:4000", "http://h/\u00fc", "http://h/a b"):
            with self.subTest(url), self.assertRaisesRegex(ValueError, "^url: expected"):
                LineageClient(url)
