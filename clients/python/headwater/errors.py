"""What can go wrong between a program and its lineage server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class HeadwaterError(Exception):
    """The root of every error of this package.

    ``code`` is one of the server's closed table (see docs/api.md), or says what went wrong on this side:
    CONNECTION_FAILED, TIMEOUT, UNEXPECTED_ANSWER (of what is no Headwater), CLOSED, QUEUE_FULL, INVALID_RECORDING,
    WEBHOOK_NOT_VERIFIED. ``field`` is the argument at fault, e.g. ``input.assets[3].key``, and ``status`` the HTTP
    status; None where there is none.
    """

    #: Where a call names none.
    _CODE: str | None = None

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        field: str | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self._CODE
        self.field = field
        self.status = status


class NoAnswerError(HeadwaterError):
    """No server answered: it refused the connection, broke it off, or was too slow. Whether it did the work is
    unknown; a recording is safe to send again, as it carries its idempotency key.
    """

    _CODE = "CONNECTION_FAILED"


class NotHeadwaterError(HeadwaterError):
    """Something answered, but not as Headwater does: a gateway, another server, or a wrong URL."""

    _CODE = "UNEXPECTED_ANSWER"


class ClosedError(HeadwaterError):
    """The client, the tracker or the queue has been closed."""

    _CODE = "CLOSED"


class QueueFullError(HeadwaterError):
    """More calls wait for their turn than were allowed to."""

    _CODE = "QUEUE_FULL"


class SubscriptionEndedError(HeadwaterError):
    """A subscription cannot go on: repeating would not mend it, or it has been tried for long enough.

    Why is its ``__cause__``, of which it has the code. ``watermark`` is that of the last event, or where it was to
    begin: passed as ``after`` it goes on from there. None where there is none.
    """

    def __init__(self, reason: HeadwaterError, watermark: str | None, given_up_after: float | None = None) -> None:
        tried = "" if given_up_after is None else f"given up after {given_up_after:g} s: "
        super().__init__(tried + reason.message, code=reason.code, field=reason.field, status=reason.status)
        self.watermark = watermark


class WebhookVerificationError(HeadwaterError, ValueError):
    """What came to a receiver was not sent by who has the secret, or not now: answer it with 400 or 401."""

    _CODE = "WEBHOOK_NOT_VERIFIED"


class InvalidRecordingError(HeadwaterError, ValueError):
    """A recording with a value that cannot be sent: metadata that hold NaN, an object of a class or themselves, a
    time that is none, a key that is bytes.
    """

    _CODE = "INVALID_RECORDING"


class ServerError(HeadwaterError):
    """The server answered with errors. ``errors`` has all of them as they came, ``data`` what came beside them."""

    errors: list[dict[str, Any]]
    data: Mapping[str, Any] | None

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        field: str | None = None,
        status: int | None = None,
        errors: list[dict[str, Any]] | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message, code=code, field=field, status=status)
        self.errors = errors or []
        self.data = data


class BadUserInputError(ServerError):
    """BAD_USER_INPUT: what was sent does not fit the schema or breaks a bound; ``field`` names where."""


class AssetNotFoundError(ServerError):
    """ASSET_NOT_FOUND: nobody has recorded this asset, nor named it as an upstream."""


class MaterializationNotFoundError(ServerError):
    """MATERIALIZATION_NOT_FOUND: there is no such materialization."""


class IdempotencyKeyReusedError(ServerError):
    """IDEMPOTENCY_KEY_REUSED: the key is known with other content."""


class QueryTooComplexError(ServerError):
    """QUERY_TOO_COMPLEX: too much was asked at once."""


class UnauthenticatedError(ServerError):
    """UNAUTHENTICATED: there was no token, or not a valid one."""


class ForbiddenError(ServerError):
    """FORBIDDEN: this token may not do that."""


class ServiceUnavailableError(ServerError):
    """SERVICE_UNAVAILABLE: the server or its database is away or busy, and stayed so for all attempts; or a query took
    longer than the server allows, which is not tried again.
    """


class InternalServerError(ServerError):
    """INTERNAL_SERVER_ERROR: a defect. The message holds an id, under which the server's log says more."""


_ERROR_OF_CODE: dict[str, type[ServerError]] = {
    "BAD_USER_INPUT": BadUserInputError,
    "ASSET_NOT_FOUND": AssetNotFoundError,
    "MATERIALIZATION_NOT_FOUND": MaterializationNotFoundError,
    "IDEMPOTENCY_KEY_REUSED": IdempotencyKeyReusedError,
    "QUERY_TOO_COMPLEX": QueryTooComplexError,
    "UNAUTHENTICATED": UnauthenticatedError,
    "FORBIDDEN": ForbiddenError,
    "SERVICE_UNAVAILABLE": ServiceUnavailableError,
    "INTERNAL_SERVER_ERROR": InternalServerError,
}


def server_error(errors: list[dict[str, Any]], status: int, data: Mapping[str, Any] | None) -> ServerError:
    """The exception for an answer with errors: of the class of the first one's code."""
    first = errors[0]
    extensions = first.get("extensions")
    named = extensions if isinstance(extensions, dict) else {}
    code, field = named.get("code"), named.get("field")
    return _ERROR_OF_CODE.get(str(code), ServerError)(
        str(first.get("message", "the server answered with an error without a message")),
        code=code if isinstance(code, str) else None,
        field=field if isinstance(field, str) else None,
        status=status,
        errors=errors,
        data=data,
    )
