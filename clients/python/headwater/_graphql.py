"""GraphQL over the transport: retries, and errors as exceptions."""

from __future__ import annotations

import json
import os
import ssl
import threading
import time
from collections.abc import Generator, Mapping
from typing import Any, Callable, TypeVar

from ._ending import Ending, Endings
from ._event_stream import EventStreamParser
from ._timed_response import AnswerTooLargeError
from ._transport import Response, Stream, Transport
from .errors import (
    ClosedError,
    HeadwaterError,
    InvalidRecordingError,
    NoAnswerError,
    NotHeadwaterError,
    ServiceUnavailableError,
    server_error,
)
from .retry import TRANSIENT_STATUS, RetryPolicy, retry_after_seconds
from .subscription import RefusedError

#: Where a server listens unless it is told otherwise.
DEFAULT_URL = "http://127.0.0.1:4000"

#: With these a Headwater says in GraphQL's form that the path is wrong: that is nothing against what was sent.
_WRONG_PATH_STATUS = frozenset({404, 405})

T = TypeVar("T")


class GraphQLSession:
    """Asks one server, from any number of threads. What is repeatable must be safe to ask again."""

    def __init__(
        self,
        url: str | None,
        token: str | None,
        connect_timeout: float,
        read_timeout: float,
        request_timeout: float,
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
            request_timeout,
            ssl_context,
        )
        self.retry = retry
        self.endings = Endings()
        self._closed = threading.Event()

    @property
    def url(self) -> str:
        """The URL that is asked."""
        return self._transport.url

    def close(self) -> None:
        """Ends pauses between attempts and subscriptions, and closes connections that are not in use."""
        self._closed.set()
        self._transport.close()
        self.endings.end(ClosedError(f"the client of {self.url} has been closed"))

    def execute(self, document: str, variables: Mapping[str, Any], *, is_repeatable: bool = True) -> dict[str, Any]:
        """The data of the answer, after as many attempts as the policy allows, or one. Raises HeadwaterError."""
        body = _encoded(document, variables)
        began = time.monotonic()
        failures = 0
        while True:
            if self._closed.is_set():
                raise ClosedError(f"the client of {self.url} has been closed")
            retry_after = 0.0
            try:
                response = self._transport.post(body, is_repeatable=is_repeatable)
                error = self._failure(response)
                if error is None:
                    return self._data(response)
                retry_after = retry_after_seconds(response.headers.get("retry-after"))
            except NoAnswerError as no_answer:
                error = no_answer
                if isinstance(no_answer.__cause__, ssl.SSLCertVerificationError):
                    raise
            failures += 1
            pause = self.retry.pause(failures, retry_after)
            if not is_repeatable or not self.retry.allows(failures, time.monotonic() - began + pause):
                raise error
            self._closed.wait(pause)

    def ask(
        self,
        document: str,
        variables: Mapping[str, Any],
        field: str,
        convert: Callable[[Any], T],
        *,
        is_repeatable: bool = True,
    ) -> T:
        """A field of the data, converted. Raises HeadwaterError, also where the field has not the schema's form."""
        data = self.execute(document, variables, is_repeatable=is_repeatable)
        return self._converted(data, lambda whole: convert(whole[field]), field)

    def ask_once(self, document: str, field: str, convert: Callable[[Any], T]) -> T:
        """The same, of what takes no variables, in one attempt. Raises RefusedError."""
        retry_after = 0.0
        try:
            response = self._transport.post(_encoded(document, {}))
            retry_after = retry_after_seconds(response.headers.get("retry-after"))
            return self._converted(self._data(response), lambda data: convert(data[field]), field)
        except HeadwaterError as error:
            raise _refused(error, retry_after) from error

    def stream(
        self,
        document: str,
        variables: Mapping[str, Any],
        convert: Callable[[dict[str, Any]], T],
        silence: float,
        ending: Ending,
    ) -> Generator[list[T], None, None]:
        """What a subscription answers over one connection, converted: a list of one, or none as a sign of life.

        Raises RefusedError where there is no connection, or it is lost.
        """
        retry_after = 0.0
        try:
            body = _encoded(document, variables)
            stream = self._transport.open(body, "text/event-stream", silence, ending.hold)
            try:
                if not _is_event_stream(stream):
                    response = stream.whole()
                    retry_after = retry_after_seconds(response.headers.get("retry-after"))
                    self._data(response)
                    raise NotHeadwaterError(f"{self.url} answers with no stream of events", status=response.status)
                yield from self._answers(stream, convert)
            finally:
                ending.hold(None)
                stream.close()
        except HeadwaterError as error:
            raise _refused(error, retry_after) from error

    def _answers(self, stream: Stream, convert: Callable[[dict[str, Any]], T]) -> Generator[list[T], None, None]:
        parser = EventStreamParser()
        while True:
            piece = stream.read()
            if not piece:
                raise NoAnswerError(f"no answer from {self.url}: the stream has ended without being complete")
            try:
                sent = parser.push(piece)
            except AnswerTooLargeError as error:
                raise NotHeadwaterError(f"{self.url} answers not as Headwater does: {error}") from error
            for event in sent:
                if event is None:
                    yield []
                elif event.type == "complete":
                    return
                else:
                    data = self._data(Response(stream.status, stream.headers, event.data))
                    yield [self._converted(data, convert, "an event")]

    def _converted(self, data: dict[str, Any], convert: Callable[[dict[str, Any]], T], what: str) -> T:
        try:
            return convert(data)
        except Exception as error:
            raise NotHeadwaterError(f"{self.url} answers not as Headwater does: {what}: {error!r}") from error

    def _failure(self, response: Response) -> HeadwaterError | None:
        """The error of an answer that another attempt may better."""
        if response.status not in TRANSIENT_STATUS:
            return None
        answer = _decoded(response)
        if answer is not None and answer.get("errors"):
            if _is_lasting(answer["errors"]):
                return None
            return server_error(answer["errors"], response.status, answer.get("data"))
        return NotHeadwaterError(
            f"{self.url} answers HTTP {response.status}: what stands before the server is there, the server is not",
            status=response.status,
        )

    def _data(self, response: Response) -> dict[str, Any]:
        answer = _decoded(response)
        if answer is None:
            raise NotHeadwaterError(f"{self.url} {_what_it_does(response)}", status=response.status)
        if answer.get("errors"):
            raise server_error(answer["errors"], response.status, answer.get("data"))
        data: dict[str, Any] = answer["data"]
        return data


def _is_event_stream(stream: Stream) -> bool:
    kind = str(stream.headers.get("content-type", "")).partition(";")[0].strip().lower()
    return stream.status == 200 and kind == "text/event-stream"


def _refused(error: HeadwaterError, retry_after: float) -> RefusedError:
    return RefusedError(error, is_passing=_is_passing(error), retry_after=retry_after)


def _is_passing(error: HeadwaterError) -> bool:
    """Whether another attempt may succeed."""
    if isinstance(error, NoAnswerError):
        return not isinstance(error.__cause__, ssl.SSLCertVerificationError)
    if isinstance(error, ServiceUnavailableError):
        return not _is_lasting(error.errors)
    return error.status in TRANSIENT_STATUS


def _what_it_does(response: Response) -> str:
    if response.status == 413:
        return "answers HTTP 413: less is let through to it than was sent"
    target = response.headers.get("location")
    return f"{f'redirects to {target}' if target else f'answers HTTP {response.status}'}, not as Headwater does"


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
    """An answer in the form of GraphQL's, with data or errors; None for any other."""
    try:
        answer = json.loads(response.body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(answer, dict):
        return None
    data, errors = answer.get("data"), answer.get("errors")
    if not isinstance(data, (dict, type(None))) or not isinstance(errors, (list, type(None))):
        return None
    # Gateways have errors of their own, which are no objects.
    if errors and not all(isinstance(each, dict) for each in errors):
        return None
    if errors and response.status in _WRONG_PATH_STATUS and not _is_of_something_unknown(errors[0]):
        return None
    return answer if errors or data is not None else None


def _is_lasting(errors: list[dict[str, Any]]) -> bool:
    """Whether the server says that the same request would fare no better: a query that takes longer than it may."""
    extensions = errors[0].get("extensions")
    return isinstance(extensions, dict) and extensions.get("retryable") is False


def _is_of_something_unknown(error: dict[str, Any]) -> bool:
    extensions = error.get("extensions")
    return isinstance(extensions, dict) and str(extensions.get("code")).endswith("_NOT_FOUND")
