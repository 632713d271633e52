"""Webhooks: what they are, and how a receiver verifies what comes."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, Union

from .errors import HeadwaterError, WebhookVerificationError


@dataclass(frozen=True)
class Webhook:
    """Somebody who is told of what happens.

    ``namespaces``: those of which it is told; none for all. ``assets``: which of theirs, as an AssetFilter. ``status``:
    ACTIVE or PAUSED. ``failing_since``: None while the last attempts to deliver succeed.
    """

    id: str
    url: str
    events: list[str]
    namespaces: list[str]
    assets: dict[str, Any]
    incomplete_after_minutes: int
    status: str
    failing_since: datetime | None
    created_at: datetime
    created_by: str


@dataclass(frozen=True)
class CreatedWebhook:
    """A webhook that has just been made, with what it signs by: that is never shown again."""

    webhook: Webhook
    secret: str


@dataclass(frozen=True)
class WebhookDelivery:
    """What a webhook is to be told, or has been.

    ``id`` is the header ``webhook-id``; ``status`` PENDING, DELIVERED or DEAD; ``attempts`` those that have begun.
    """

    id: str
    event: str
    payload: dict[str, Any]
    status: str
    created_at: datetime
    attempts: int
    next_attempt_at: datetime | None
    delivered_at: datetime | None
    last_status: int | None
    last_error: str | None
    last_response: str | None


@dataclass(frozen=True)
class WebhookMessage:
    """What a receiver was told.

    ``id`` is the same at every attempt: drop those that were handled. ``type``: ``check.failed``,
    ``asset.consumer_added``, ``asset.stale``, ``dag_run.incomplete``, ``webhook.test``, or of a newer server another.
    ``timestamp``: when it happened, ISO 8601 in UTC.
    """

    id: str
    type: str
    timestamp: str
    data: dict[str, Any]


class _HasItems(Protocol):
    def items(self) -> Iterable[tuple[str, str]]: ...


#: As http.server, WSGI and ASGI frameworks have them, whatever the case of their names.
WebhookHeaders = Union[Mapping[str, str], _HasItems, Iterable[tuple[Union[str, bytes], Union[str, bytes]]]]


def verify_webhook(
    headers: WebhookHeaders,
    body: bytes | str,
    secret: str | Sequence[str],
    *,
    tolerance: float = 300.0,
    now: float | None = None,
) -> WebhookMessage:
    """What a webhook was told, once it is known that who has the secret has sent it, and just now.

    As Standard Webhooks 1.0 has it. ``body``: the bytes that came, before anything has parsed them. ``secret``:
    ``whsec_…``; several while one takes the place of another. ``tolerance``: how many seconds the time of the attempt
    may be from ``now``, seconds since 1970. Raises WebhookVerificationError.
    """
    keys = [_key_of(each) for each in ([secret] if isinstance(secret, str) else secret)]
    found = _lower(headers)
    identity, sent_at, signatures = (
        _header(found, name) for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
    )
    _check_time(sent_at, tolerance, time.time() if now is None else now)
    content = body.encode() if isinstance(body, str) else bytes(body)
    signed = f"{identity}.{sent_at}.".encode() + content
    expected = [base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()) for key in keys]
    # All are looked at, in time that does not hang on where they differ.
    matches = [hmac.compare_digest(one, given) for one in expected for given in _signatures_in(signatures)]
    if not any(matches):
        raise WebhookVerificationError("webhook-signature: expected one by the secret, got others")
    return _message_in(content, identity)


def _lower(headers: WebhookHeaders) -> dict[str, str]:
    pairs = headers.items() if hasattr(headers, "items") else headers
    return {_text(name).lower(): _text(value) for name, value in pairs}


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _header(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name)
    if not value:
        raise WebhookVerificationError(f"{name}: expected a header, got none")
    return value


def _check_time(text: str, tolerance: float, now: float) -> None:
    if not re.fullmatch(r"[0-9]{1,12}", text):
        raise WebhookVerificationError("webhook-timestamp: expected seconds since 1970, got another text")
    age = now - int(text)
    if age > tolerance:
        raise WebhookVerificationError(f"webhook-timestamp: more than {tolerance:g} s ago")
    if age < -tolerance:
        raise WebhookVerificationError(f"webhook-timestamp: more than {tolerance:g} s in the future")


def _signatures_in(header: str) -> list[bytes]:
    """Those of version 1."""
    parts = (each.partition(",") for each in header.split(" "))
    return [signature.encode("utf-8", "replace") for version, _, signature in parts if version == "v1"]


def _message_in(content: bytes, identity: str) -> WebhookMessage:
    try:
        message = json.loads(content)
    except (ValueError, RecursionError):
        message = None
    if not isinstance(message, dict):
        raise WebhookVerificationError("body: expected a JSON object, signed as it is, got something else")
    return WebhookMessage(
        identity, str(message.get("type", "")), str(message.get("timestamp", "")), message.get("data", {})
    )


def _key_of(secret: str) -> bytes:
    text = secret[len("whsec_") :] if secret.startswith("whsec_") else secret
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not key:
        # Not repeated: it is a secret all the same.
        message = "secret: expected whsec_ and base64, got another text"
        raise HeadwaterError(message, code="BAD_USER_INPUT", field="secret")
    return key
