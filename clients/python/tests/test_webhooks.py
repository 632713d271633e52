from __future__ import annotations

import json
import threading
import unittest
from email.message import Message
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from queue import Queue
from typing import Any

from headwater import (
    BadUserInputError,
    Check,
    HeadwaterError,
    LineageClient,
    NoAnswerError,
    RetryPolicy,
    WebhookMessage,
    WebhookVerificationError,
    verify_webhook,
)

from .support import ServerTest
from .unreliable_server import UnreliableServer, lose_the_answer, pass_on

#: Those of the TypeScript client too.
VECTORS = Path(__file__).resolve().parents[3] / "test" / "vectors" / "webhooks.json"


class VerificationTest(unittest.TestCase):
    def test_what_is_signed_is_verified_and_nothing_else(self) -> None:
        cases = json.loads(VECTORS.read_text("utf-8"))["cases"]
        self.assertGreater(len(cases), 20)
        for case in cases:
            message = Message()
            for name, value in case["headers"].items():
                message[name] = value
            pairs = [(name.encode(), value.encode()) for name, value in case["headers"].items()]
            for headers in (case["headers"], message, pairs):
                for body in (case["body"], case["body"].encode()):
                    with self.subTest(case["name"], headers=type(headers)):
                        if case["isVerified"]:
                            told = verify_webhook(headers, body, case["secrets"], now=case["now"])
                            self.assertEqual(told.id, "msg_p5jXN8AQM9LWM0D4loKWxJek")
                        else:
                            with self.assertRaises(WebhookVerificationError) as raised:
                                verify_webhook(headers, body, case["secrets"], now=case["now"])
                            self.assertEqual(raised.exception.code, "WEBHOOK_NOT_VERIFIED")

    def test_a_secret_that_is_none_is_refused_and_not_repeated(self) -> None:
        with self.assertRaises(HeadwaterError) as raised:
            verify_webhook({}, b"{}", "whsec_?!")
        self.assertEqual((raised.exception.code, raised.exception.field), ("BAD_USER_INPUT", "secret"))
        self.assertNotIn("?!", raised.exception.message)


class Receiver(HTTPServer):
    """Takes what comes, on this machine."""

    def __init__(self, status: int = 204) -> None:
        self.status = status
        self.received: Queue[tuple[Any, bytes]] = Queue()
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}/hook"
        self._thread = threading.Thread(target=self.serve_forever)
        self._thread.start()

    def stop(self) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.send_response(self.server.status)
        self.end_headers()
        self.server.received.put((self.headers, body))

    def log_message(self, *_: object) -> None:
        pass


class WebhookTest(ServerTest):
    def test_made_listed_changed_paused_resumed_and_deleted(self) -> None:
        made = self.client.create_webhook("https://hooks.example/x", ["asset-stale"], key_prefix="a/")
        webhook = made.webhook
        self.assertTrue(made.secret.startswith("whsec_"))
        self.assertEqual((webhook.events, webhook.namespaces), (["ASSET_STALE"], [self.namespace]))
        self.assertEqual(webhook.assets, {"keyPrefix": "a/"})
        self.assertEqual(self.client.webhook(webhook.id), webhook)
        self.assertIn(webhook, list(self.client.webhooks()))
        self.assertIsNone(self.client.webhook("none"))
        self.assertIsNone(webhook.failing_since)
        changed = self.client.update_webhook(webhook.id, events=["NEW_CONSUMER"], assets={})
        self.assertEqual((changed.events, changed.assets), (["NEW_CONSUMER"], {}))
        narrowed = self.client.update_webhook(webhook.id, events="check-failed", key_prefix="b/", kinds=["json"])
        self.assertEqual((narrowed.events, narrowed.assets), (["CHECK_FAILED"], {"keyPrefix": "b/", "kinds": ["json"]}))
        with self.assertRaises(BadUserInputError) as both:
            self.client.update_webhook(webhook.id, assets={}, key_prefix="b/")
        self.assertEqual(both.exception.field, "assets")
        self.assertEqual(self.client.pause_webhook(webhook.id).status, "PAUSED")
        self.assertEqual(self.client.resume_webhook(webhook.id).status, "ACTIVE")
        self.client.delete_webhook(webhook.id)
        with self.assertRaises(BadUserInputError) as raised:
            self.client.delete_webhook(webhook.id)
        self.assertEqual(raised.exception.field, "id")
        with self.assertRaises(BadUserInputError) as unknown:
            list(self.client.webhook_deliveries(webhook.id))
        self.assertEqual((unknown.exception.code, unknown.exception.field), ("BAD_USER_INPUT", "id"))
        self.assertEqual(unknown.exception.message, f"no webhook has the id '{webhook.id}'")

    def test_one_event_may_be_a_plain_text(self) -> None:
        made = self.client.create_webhook("https://hooks.example/x", "CHECK_FAILED")
        self.addCleanup(self.client.delete_webhook, made.webhook.id)
        self.assertEqual(made.webhook.events, ["CHECK_FAILED"])

    def test_one_that_fails_says_since_when(self) -> None:
        receiver = Receiver(410)
        self.addCleanup(receiver.stop)
        try:
            made = self.client.create_webhook(receiver.url, "CHECK_FAILED")
        except BadUserInputError as error:
            self.skipTest(error.message)
        self.addCleanup(self.client.delete_webhook, made.webhook.id)
        self.client.test_webhook(made.webhook.id)
        failing = self.client.webhook(made.webhook.id)
        while failing and failing.failing_since is None:
            failing = self.client.webhook(made.webhook.id)
        self.assertEqual(failing and failing.status, "PAUSED")

    def test_what_is_told_is_verified_listed_and_replayed(self) -> None:
        receiver = Receiver()
        self.addCleanup(receiver.stop)
        try:
            made = self.client.create_webhook(receiver.url, ["CHECK_FAILED"])
        except BadUserInputError as error:
            self.skipTest(error.message)
        self.addCleanup(self.client.delete_webhook, made.webhook.id)

        def told() -> WebhookMessage:
            headers, body = receiver.received.get(timeout=60)
            with self.assertRaises(WebhookVerificationError):
                verify_webhook(headers, body + b" ", made.secret)
            return verify_webhook(headers, body, made.secret)

        tried = self.client.test_webhook(made.webhook.id)
        self.assertEqual((tried.event, tried.status, tried.attempts), ("TEST", "PENDING", 0))
        test = told()
        self.assertEqual((test.id, test.type, test.data["test"]), (tried.id, "webhook.test", True))
        self.client.record_check_results(self.made("a"), [Check("in range", "failed")])
        failed = told()
        self.assertEqual((failed.type, failed.data["check"]["name"]), ("check.failed", "in range"))

        while list(self.client.webhook_deliveries(made.webhook.id, status="pending")):
            pass
        log = [each.id for each in self.client.webhook_deliveries(made.webhook.id, status="DELIVERED", limit=5)]
        self.assertEqual(log, [failed.id, test.id])
        delivery = self.client.webhook_delivery(test.id)
        self.assertEqual(delivery and (delivery.status, delivery.last_status), ("DELIVERED", 204))
        self.assertIsNone(self.client.webhook_delivery("none"))
        self.assertEqual(self.client.replay_delivery(test.id).status, "PENDING")
        self.assertEqual(told().id, test.id)


class OnceTest(ServerTest):
    def test_what_must_not_be_done_twice_is_sent_once(self) -> None:
        with UnreliableServer([pass_on, lose_the_answer]) as server:
            client = LineageClient(server.url, namespace=self.namespace, retry=RetryPolicy(first_pause=0.01))
            self.addCleanup(client.close)
            self.assertIsNone(client.webhook("none"))
            with self.assertRaises(NoAnswerError) as raised:
                client.create_webhook("https://hooks.example/x", ["CHECK_FAILED"])
            self.assertEqual((raised.exception.code, server.requests), ("CONNECTION_FAILED", 2))
        made = [each for each in self.client.webhooks() if each.namespaces == [self.namespace]]
        self.assertEqual(len(made), 1)
        self.client.delete_webhook(made[0].id)
