"""GraphQL over the transport: retries, and errors as exceptions."""

from __future__ import annotations

import json
import os
import ssl
import threading
import time
from collections.abc import Mapping
from typing import Any

from ._transport import Response, Transport
from .errors import (
    ClosedError,
    HeadwaterError,
    InvalidRecordingError,
    NoAnswerError,
    NotHeadwaterError,
    server_error,
)
from .retry import RetryPolicy, retry_after_seconds

#: Where a server listens unless it is told otherwise.
DEFAULT_URL = "http://127.0.0.1:4000"
#: The server, or what stands before it, is away for the moment.
_TRANSIENT_STATUS = frozenset({502, 503, 504})


class GraphQLSession:
    """Asks one server, from any number of threads. Whatever it is asked must be safe to ask again."""

    def __init__(
        self,
        url: str | None,
        token: str | None,
        connect_timeout: float,
        read_timeout: float,
        retry: RetryPolicy,
        ssl_context: ssl.SSLContext | None,
        user_agent: str,
    ) -> None:
        headers = {
            "content-type": "application/json",
            "accept": "application/json",
            "user-agent": user_agent,
        }
        bearer = token or os.environ.get("HEADWATER_TOKEN")
        if bearer:
            headers["authorization"] = f"Bearer {_checked_token(bearer)}"
        self._transport = Transport(
            url or os.environ.get("HEADWATER_URL") or DEFAULT_URL,
            headers,
            connect_timeout,
            read_timeout,
            ssl_context,
        )
        self._retry = retry
        self._closed = threading.Event()

    @property
    def url(self) -> str:
        """The URL that is asked."""
        return self._transport.url

    def close(self) -> None:
        """Ends pauses between attempts, and closes connections that are not in use."""
        self._closed.set()
        self._transport.close()

    def execute(self, document: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The data of the answer, after as many attempts as the policy allows. Raises HeadwaterError."""
        body = _encoded(document, variables)
        began = time.monotonic()
        failures = 0
        while True:
            if self._closed.is_set():
                raise ClosedError(f"the client of {self.url} has been closed")
            retry_after = 0.0
            try:
                response = self._transport.post(body)
                error = self._failure(response)
                if error is None:
                    return self._data(response)
                retry_after = retry_after_seconds(response.headers.get("retry-after"))
            except NoAnswerError as no_answer:
                error = no_answer
                if isinstance(no_answer.__cause__, ssl.SSLCertVerificationError):
                    raise
            failures += 1
            pause = self._retry.pause(failures, retry_after)
            if not self._retry.allows(failures, time.monotonic() - began + pause):
                raise error
            self._closed.wait(pause)

    def _failure(self, response: Response) -> HeadwaterError | None:
        """The error of an answer that another attempt may better."""
        if response.status not in _TRANSIENT_STATUS:
            return None
        answer = _decoded(response)
        if answer is not None and answer.get("errors"):
            return server_error(answer["errors"], response.status, answer.get("data"))
        return NotHeadwaterError(
            f"{self.url} answers HTTP {response.status}: what stands before the server is there, the server is not",
            status=response.status,
        )

    def _data(self, response: Response) -> dict[str, Any]:
        answer = _decoded(response)
        if answer is None:
            target = response.headers.get("location")
            what = f"redirects to {target}" if target else f"answers HTTP {response.status}"
            raise NotHeadwaterError(f"{self.url} {what}, not as Headwater does", status=response.status)
        if answer.get("errors"):
            raise server_error(answer["errors"], response.status, answer.get("data"))
        data: dict[str, Any] = answer["data"]
        return data


def _checked_token(token: str) -> str:
    # http.client would say so as well, and show the token.
    if not token.isascii() or not token.isprintable() or " " in token:
        raise ValueError("token: expected printable ASCII without spaces")
    return token


def _encoded(document: str, variables: Mapping[str, Any]) -> bytes:
    try:
        return json.dumps({"query": document, "variables": variables}, allow_nan=False).encode("ascii")
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidRecordingError(f"variables: expected what JSON can hold; {error}") from error


def _decoded(response: Response) -> dict[str, Any] | None:
    """An answer in the form of GraphQL's; None for any other."""
    try:
        answer = json.loads(response.body)
    except ValueError:
        return None
    if isinstance(answer, dict) and ("data" in answer or isinstance(answer.get("errors"), list)):
        return answer
    return None
