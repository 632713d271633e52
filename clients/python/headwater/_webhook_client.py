"""Who is told of what happens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from . import _documents as documents
from . import _read as read
from ._base_client import BaseClient, key_filter
from ._values import without_none
from .errors import BadUserInputError
from .specs import plain_text
from .webhooks import CreatedWebhook, Webhook, WebhookDelivery


class WebhookClient(BaseClient):
    """The webhooks of LineageClient. They take a token with ADMIN in all namespaces of a webhook."""

    def create_webhook(
        self,
        url: str,
        events: str | Sequence[str],
        *,
        namespaces: Sequence[str] | None = None,
        keys: Sequence[str] | None = None,
        key_prefix: str | None = None,
        kinds: Sequence[str] | None = None,
        search: str | None = None,
        incomplete_after_minutes: int | None = None,
        secret: str | None = None,
    ) -> CreatedWebhook:
        """Makes a webhook, which is told of what is recorded from then on; its secret is in this answer alone.

        ``events``: CHECK_FAILED, NEW_CONSUMER, ASSET_STALE, DAG_RUN_INCOMPLETE; one, or several.
        Of the namespaces, by default the client's; of all, where it has none. Sent once: another attempt would
        make another webhook.
        """
        own = None if self.namespace is None else [self.namespace]
        webhook = {
            "url": url,
            "events": _events(events),
            "namespaces": own if namespaces is None else list(namespaces),
            "assets": key_filter(keys, key_prefix, kinds, search) or None,
            "incompleteAfterMinutes": incomplete_after_minutes,
            "secret": secret,
        }
        variables = {"input": without_none(webhook)}
        return self._session.ask(
            documents.CREATE_WEBHOOK, variables, "createWebhook", read.created_webhook_of, is_repeatable=False
        )

    def webhook(self, webhook_id: str) -> Webhook | None:
        """The webhook of this id; None where there is none that the token may administer."""
        found_of = read.optional(read.webhook_of)
        return self._session.ask(documents.WEBHOOK, {"id": webhook_id}, "webhook", found_of)

    def webhooks(self, *, limit: int | None = None) -> Iterator[Webhook]:
        """Those that the token may administer, newest first."""
        return self._items(documents.WEBHOOKS, {}, ("webhooks",), read.webhook_of, limit)

    def update_webhook(
        self,
        webhook_id: str,
        *,
        url: str | None = None,
        events: str | Sequence[str] | None = None,
        namespaces: Sequence[str] | None = None,
        assets: Mapping[str, Any] | None = None,
        keys: Sequence[str] | None = None,
        key_prefix: str | None = None,
        kinds: Sequence[str] | None = None,
        search: str | None = None,
        incomplete_after_minutes: int | None = None,
        secret: str | None = None,
        status: str | None = None,
    ) -> Webhook:
        """Changes what is given and leaves the rest. ``status``: ACTIVE or PAUSED.

        ``keys``, ``key_prefix``, ``kinds`` and ``search`` together take the place of the filter that was there; or
        ``assets`` does, an AssetFilter, e.g. ``{"keyPrefix": "ocr/"}``; ``{}`` for all.
        """
        own = key_filter(keys, key_prefix, kinds, search) or None
        if own is not None and assets is not None:
            message = "assets: expected either this, or keys, key_prefix, kinds and search, got both"
            raise BadUserInputError(message, code="BAD_USER_INPUT", field="assets")
        change = {
            "id": webhook_id,
            "url": url,
            "events": None if events is None else _events(events),
            "namespaces": None if namespaces is None else list(namespaces),
            "assets": own if assets is None else dict(assets),
            "incompleteAfterMinutes": incomplete_after_minutes,
            "secret": secret,
            "status": None if status is None else plain_text(status).upper(),
        }
        variables = {"input": without_none(change)}
        return self._session.ask(documents.UPDATE_WEBHOOK, variables, "updateWebhook", read.webhook_of)

    def pause_webhook(self, webhook_id: str) -> Webhook:
        """Tells it nothing of what happens from now on; what is pending waits."""
        return self.update_webhook(webhook_id, status="PAUSED")

    def resume_webhook(self, webhook_id: str) -> Webhook:
        """Tells it again, and sends what has waited."""
        return self.update_webhook(webhook_id, status="ACTIVE")

    def delete_webhook(self, webhook_id: str) -> None:
        """Takes it away, with its log and what is pending. Sent once: the second time it is not there."""
        self._session.ask(documents.DELETE_WEBHOOK, {"id": webhook_id}, "deleteWebhook", bool, is_repeatable=False)

    def test_webhook(self, webhook_id: str) -> WebhookDelivery:
        """Has it told ``webhook.test``, once. What has become of it: ``webhook_delivery(id)``."""
        return self._session.ask(
            documents.TEST_WEBHOOK, {"id": webhook_id}, "testWebhook", read.delivery_of, is_repeatable=False
        )

    def webhook_deliveries(
        self, webhook_id: str, *, status: str | None = None, limit: int | None = None
    ) -> Iterator[WebhookDelivery]:
        """What it is to be told, and has been, newest first. ``status``: PENDING, DELIVERED or DEAD.

        Raises BadUserInputError, once it is read, where there is no webhook of this id that the token may administer.
        """
        wanted = None if status is None else plain_text(status).upper()
        variables = {"id": webhook_id, "status": wanted}
        path = ("webhook", "deliveries")
        message = f"no webhook has the id {webhook_id!r}"
        unknown = BadUserInputError(message, code="BAD_USER_INPUT", field="id")
        return self._items(documents.WEBHOOK_DELIVERIES, variables, path, read.delivery_of, limit, unknown)

    def webhook_delivery(self, delivery_id: str) -> WebhookDelivery | None:
        """By its id, which is the header ``webhook-id``; None where there is none."""
        found_of = read.optional(read.delivery_of)
        return self._session.ask(documents.WEBHOOK_DELIVERY, {"id": delivery_id}, "webhookDelivery", found_of)

    def replay_delivery(self, delivery_id: str) -> WebhookDelivery:
        """Has one that is dead, or was delivered, sent again. Sent once: the second time it is pending."""
        return self._session.ask(
            documents.REPLAY_DELIVERY, {"id": delivery_id}, "replayDelivery", read.delivery_of, is_repeatable=False
        )


def _events(events: str | Sequence[str]) -> list[str]:
    each_of = [events] if isinstance(events, str) else events
    return [plain_text(each).upper().replace("-", "_") for each in each_of]
