"""Subscriptions through a real server, with a network in between that fails."""

from __future__ import annotations

import gc
import json
import queue
import threading
import unittest
from collections.abc import Iterator
from typing import Any

from headwater import (
    BadUserInputError,
    ClosedError,
    HeadwaterError,
    LineageClient,
    MaterializationEvent,
    NoAnswerError,
    Recording,
    RetryPolicy,
    ServiceUnavailableError,
    Subscription,
    SubscriptionCut,
    SubscriptionEndedError,
)
from headwater._event_stream import Event, EventStreamParser

from .cutting_proxy import CuttingProxy
from .support import ServerTest, unique
from .unreliable_server import Handler, Mishap, UnreliableServer, away

QUICK = RetryPolicy(first_pause=0.005, longest_pause=0.05)


class SubscriptionTest(ServerTest):
    def through_a_proxy(self) -> LineageClient:
        self.proxy = CuttingProxy()
        self.addCleanup(self.proxy.close)
        return self.client_of(self.proxy.url)

    def through(self, *mishaps: Mishap) -> LineageClient:
        self.server = UnreliableServer(mishaps[:-1], afterwards=mishaps[-1])
        self.addCleanup(self.server.__exit__)
        return self.client_of(self.server.url)

    def client_of(self, url: str) -> LineageClient:
        client = LineageClient(url, namespace=self.namespace, retry=QUICK)
        self.addCleanup(client.close)
        return client

    def recorded(self, *keys: str) -> str:
        """Records one after the other, and answers with the watermark before them."""
        before = self.client.record(Recording("job", [{"asset_key": "before"}])).watermark
        for key in keys:
            self.made(key)
        assert before is not None
        return before

    def test_what_is_recorded_comes_in_order_as_conditions_say(self) -> None:
        before = self.recorded("a", "b", "c")
        with self.client.materialization_recorded(after=before) as events:
            self.assertEqual(keys_of(events, 3), ["a", "b", "c"])
        self.assertEqual(list(events), [])
        with self.client.materialization_recorded(after=before, keys=["b", "d"]) as events:
            event = next(events)
            made = self.made("d", "v1")
            self.assertEqual(next(events).materialization.id, made)
        self.assertEqual((event.materialization.asset_key, event.materialization.namespace), ("b", self.namespace))

    def test_it_goes_on_after_cuts_with_nothing_missing_and_nothing_twice(self) -> None:
        client = self.through_a_proxy()
        before = self.recorded("a", "b", "c")
        cuts: list[SubscriptionCut] = []
        events = client.materialization_recorded(after=before, on_reconnect=cuts.append)
        seen = []
        for key in ("d", "e", "f"):
            seen += keys_of(events, 1)
            self.proxy.cut()
            self.made(key)
        seen += keys_of(events, 3)
        events.close()
        self.assertEqual(seen, ["a", "b", "c", "d", "e", "f"])
        self.assertEqual({cut.failures for cut in cuts}, {1})
        self.assertIsInstance(cuts[0].error, NoAnswerError)

    def test_it_goes_on_where_the_server_is_away_for_a_while(self) -> None:
        client = self.through_a_proxy()
        before = self.recorded("a")
        cuts: queue.Queue[SubscriptionCut] = queue.Queue()
        events = client.materialization_recorded(after=before, on_reconnect=cuts.put)
        seen = keys_of(events, 1)
        reader = Reader(events, 2)
        self.proxy.take_away()
        for failures in (1, 2, 3):
            self.assertEqual(cuts.get(timeout=20).failures, failures)
        self.made("b")
        self.made("c")
        self.proxy.restore()
        seen += [event.materialization.asset_key for event in reader.result()]
        events.close()
        self.assertEqual(seen, ["a", "b", "c"])

    def test_it_goes_on_where_nothing_comes_any_more_and_nothing_says_so(self) -> None:
        client = self.through_a_proxy()
        before = self.recorded("a")
        cuts: queue.Queue[SubscriptionCut] = queue.Queue()
        events = client.materialization_recorded(after=before, silence=0.3, on_reconnect=cuts.put)
        seen = keys_of(events, 1)
        reader = Reader(events, 1)
        self.proxy.freeze()
        self.assertIn("timed out", str(cuts.get(timeout=20).error))
        self.made("b")
        self.proxy.restore()
        seen += [event.materialization.asset_key for event in reader.result()]
        events.close()
        self.assertEqual(seen, ["a", "b"])

    def test_from_now_on_is_from_now_on_even_if_the_first_connection_breaks(self) -> None:
        is_open = threading.Event()

        def stall(handler: Handler) -> None:
            begin_stream(handler)
            is_open.set()
            handler.rfile.read(1)

        client = self.through(ask_the_server, stall, stream_on)
        events = client.materialization_recorded(silence=1, on_reconnect=lambda cut: None)
        reader = Reader(events, 2)
        self.assertTrue(is_open.wait(20))
        self.made("a")
        self.made("b")
        self.assertEqual([event.materialization.asset_key for event in reader.result()], ["a", "b"])
        events.close()

    def test_503_and_a_stream_that_only_begins_are_tried_again(self) -> None:
        client = self.through(away(503, "0"), begin_stream, away(502), stream_on)
        before = self.recorded("a")
        cuts: list[SubscriptionCut] = []
        with client.materialization_recorded(after=before, on_reconnect=cuts.append) as events:
            self.assertEqual(keys_of(events, 1), ["a"])
        self.assertEqual([(cut.failures, cut.error.status) for cut in cuts], [(1, 503), (2, None), (3, 502)])
        self.assertEqual({cut.watermark for cut in cuts}, {before})

    def test_retry_after_is_waited_for_unless_it_is_too_long(self) -> None:
        client = self.through(away(503, "3600"))
        events = client.dag_status_changed("run")
        with self.assertRaises(SubscriptionEndedError) as raised:
            next(events)
        self.assertEqual((raised.exception.status, self.server.requests), (503, 1))

    def test_what_the_server_cannot_read_for_the_moment_is_asked_for_again(self) -> None:
        def answers(answer: dict[str, Any]) -> Mishap:
            return lambda handler: send_events(handler, f"event: next\ndata: {json.dumps(answer)}\n\n{COMPLETE}")

        passing = {"errors": [{"message": "shortly", "extensions": {"code": "SERVICE_UNAVAILABLE"}}]}
        client = self.through(answers(passing), answers({"data": {"dagStatusChanged": []}}))
        cuts: list[SubscriptionCut] = []
        self.assertEqual(list(client.dag_status_changed("run", on_reconnect=cuts.append)), [[]])
        self.assertIsInstance(cuts[0].error, ServiceUnavailableError)

    def test_a_watermark_that_is_none_is_said_at_once(self) -> None:
        with self.assertRaises(SubscriptionEndedError) as raised:
            next(self.client.materialization_recorded(after="nonsense"))
        error = raised.exception
        self.assertEqual((error.code, error.watermark), ("BAD_USER_INPUT", "nonsense"))
        self.assertIsInstance(error.__cause__, BadUserInputError)

    def test_what_may_not_be_asked_or_is_no_headwater_is_said_at_once(self) -> None:
        for status, body, code in [
            (401, {"errors": [{"message": "who?", "extensions": {"code": "UNAUTHENTICATED"}}]}, "UNAUTHENTICATED"),
            (403, {"errors": [{"message": "no", "extensions": {"code": "FORBIDDEN"}}]}, "FORBIDDEN"),
            (200, {"data": {}}, "UNEXPECTED_ANSWER"),
        ]:
            client = self.through(answer_json(status, body))
            with self.subTest(status), self.assertRaises(SubscriptionEndedError) as raised:
                next(client.staleness_changed())
            self.assertEqual((raised.exception.code, self.server.requests), (code, 1))

    def test_after_long_enough_the_error_holds_the_watermark_to_go_on_from(self) -> None:
        client = self.through_a_proxy()
        before = self.recorded("a", "b")
        events = client.materialization_recorded(after=before, give_up_after=0.15, on_reconnect=lambda cut: None)
        seen = keys_of(events, 1)
        last = next(events)
        self.proxy.take_away()
        with self.assertRaises(SubscriptionEndedError) as raised:
            next(events)
        self.assertEqual(raised.exception.watermark, last.watermark)
        self.assertEqual(events.watermark, last.watermark)
        self.assertEqual(raised.exception.code, "CONNECTION_FAILED")
        self.assertRegex(raised.exception.message, r"^given up after 0.15 s: no answer from http://\S+: ")
        self.made("c")
        with self.client.materialization_recorded(after=raised.exception.watermark) as more:
            seen += [last.materialization.asset_key, *keys_of(more, 1)]
        self.assertEqual(seen, ["a", "b", "c"])

    def test_a_server_that_breaks_every_stream_off_is_given_up(self) -> None:
        client = self.through(begin_stream)
        with self.assertRaises(SubscriptionEndedError):
            next(client.dag_status_changed("run", give_up_after=0.1, on_reconnect=lambda cut: None))
        self.assertGreater(self.server.requests, 2)

    def test_close_from_another_thread_ends_the_loop(self) -> None:
        client = self.through_a_proxy()
        events = client.dag_status_changed("run")
        self.assertEqual(next(events), [])
        reader = Reader(events, None)
        events.close()
        self.assertEqual(reader.result(), [])
        self.assertTrue(self.proxy.wait_until_unused())

    def test_close_ends_a_pause(self) -> None:
        client = self.through(away(503, "60"))
        cuts: queue.Queue[SubscriptionCut] = queue.Queue()
        events = client.dag_status_changed("run", on_reconnect=cuts.put)
        reader = Reader(events, None)
        cuts.get(timeout=20)
        events.close()
        self.assertEqual(reader.result(), [])

    def test_a_client_that_is_closed_ends_its_subscriptions(self) -> None:
        client = self.through_a_proxy()
        events = client.dag_status_changed("run")
        next(events)
        reader = Reader(events, None)
        client.close()
        with self.assertRaises(ClosedError):
            reader.result()
        with self.assertRaises(ClosedError):
            next(client.dag_status_changed("run"))

    def test_what_nobody_has_any_more_is_closed(self) -> None:
        client = self.through_a_proxy()
        for _ in client.dag_status_changed("run"):
            break
        gc.collect()
        self.assertTrue(self.proxy.wait_until_unused())

    def test_the_status_of_a_run_is_said_at_once_at_a_change_and_after_a_cut(self) -> None:
        client = self.through_a_proxy()
        run = unique("run")
        with client.dag_status_changed(run, on_reconnect=lambda cut: None) as events:
            self.assertEqual(next(events), [])
            self.made("a", dag_id=run, node_task_id="ocr")
            changed = next(events)
            self.assertEqual([(each.node_task_id, each.materialized_assets) for each in changed], [("ocr", 1)])
            self.proxy.cut()
            self.assertEqual(next(events), changed)

    def test_what_has_become_stale_is_said_with_why(self) -> None:
        self.made("raw", "v1")
        self.made("made", "v1", ("raw", "v1", None))
        self.made("raw", "v2")
        with self.client.staleness_changed(keys=["made"]) as events:
            stale = next(events)
            self.assertEqual((stale.asset.key, stale.status, stale.previous_status), ("made", "STALE", None))
            self.assertEqual([cause.latest_version for cause in stale.staleness.root_causes], ["v2"])
            self.made("made", "v2", ("raw", "v2", None))
            fresh = next(events)
            self.assertEqual((fresh.status, fresh.previous_status), ("FRESH", "STALE"))

    def test_one_of_ones_own_goes_on_from_its_watermark(self) -> None:
        client = self.through_a_proxy()
        before = self.recorded("a", "b")
        document = """subscription ($after: String, $assets: AssetFilter) {
          materializationRecorded(after: $after, assets: $assets) { materialization { asset { key } } watermark }
        }"""
        events = client.subscribe(
            document,
            {"after": before, "assets": {"namespace": self.namespace}},
            watermark_of=lambda data: str(data["materializationRecorded"]["watermark"]),
            on_reconnect=lambda cut: None,
        )
        seen = []
        for _ in range(2):
            seen.append(next(events)["materializationRecorded"]["materialization"]["asset"]["key"])
            self.proxy.cut()
        events.close()
        self.assertEqual(seen, ["a", "b"])

    def test_bounds_that_are_none_are_refused(self) -> None:
        for bounds in ({"silence": 0}, {"give_up_after": -1}, {"give_up_after": float("nan")}):
            with self.subTest(bounds), self.assertRaises(ValueError):
                self.client.dag_status_changed("run", **bounds)  # type: ignore[arg-type]


class EventStreamParserTest(unittest.TestCase):
    def test_events_come_together_from_whatever_pieces_they_are_sent_in(self) -> None:
        text = (
            "\r\n: ping\r\n\r\nevent:next\r\ndata:Größe\r\ndata: €\r\nid: 7\r\nretry\r\n\r\nevent: complete\ndata:\n\n"
        )
        expected = [None, Event("next", "Größe\n€".encode()), Event("complete", b"")]
        whole = text.encode()
        for size in (1, 2, 3, 7, len(whole)):
            parser = EventStreamParser()
            sent = [one for at in range(0, len(whole), size) for one in parser.push(whole[at : at + size])]
            self.assertEqual(sent, expected)


class Reader:
    """Reads so many items in a thread of its own; all there are, for None."""

    def __init__(self, items: Iterator[Any], count: int | None) -> None:
        self._items: list[Any] = []
        self._error: HeadwaterError | None = None
        self._thread = threading.Thread(target=self._read, args=(items, count), daemon=True)
        self._thread.start()

    def _read(self, items: Iterator[Any], count: int | None) -> None:
        try:
            while count is None or len(self._items) < count:
                self._items.append(next(items))
        except StopIteration:
            pass
        except HeadwaterError as error:
            self._error = error

    def result(self) -> list[Any]:
        self._thread.join(timeout=20)
        if self._thread.is_alive():
            raise AssertionError("the reader has not ended")
        if self._error is not None:
            raise self._error
        return self._items


def keys_of(events: Subscription[MaterializationEvent], count: int) -> list[str]:
    return [next(events).materialization.asset_key for _ in range(count)]


COMPLETE = "event: complete\ndata:\n\n"


def begin_stream(handler: Handler) -> None:
    """A stream that begins; nothing more."""
    send_events(handler, ":\n\n")


def send_events(handler: Handler, text: str) -> None:
    handler.close_connection = True
    handler.send_response(200)
    handler.send_header("content-type", "text/event-stream")
    handler.send_header("connection", "close")
    handler.end_headers()
    handler.wfile.write(text.encode())
    handler.wfile.flush()


def answer_json(status: int, body: dict[str, Any]) -> Mishap:
    return lambda handler: handler.answer(status, {"content-type": "application/json"}, json.dumps(body).encode())


def ask_the_server(handler: Handler) -> None:
    status, body = handler.forward()
    handler.answer(status, {"content-type": "application/json"}, body)


def stream_on(handler: Handler) -> None:
    """Passes a subscription on, and what comes of it back, until somebody goes."""
    with handler.ask(handler.headers["accept"]) as response:
        send_events(handler, "")
        while True:
            piece = response.read1(65_536)
            if not piece:
                return
            handler.wfile.write(piece)
            handler.wfile.flush()
