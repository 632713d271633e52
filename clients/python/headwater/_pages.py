"""Connections, page by page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Callable, TypeVar

from . import _read as read
from ._graphql import GraphQLSession
from .errors import HeadwaterError

T = TypeVar("T")


def items_at(
    session: GraphQLSession,
    document: str,
    variables: Mapping[str, Any],
    path: Sequence[str],
    convert: Callable[[Any], T],
    limit: int | None,
    page_size: int,
    unknown: HeadwaterError | None = None,
) -> Iterator[T]:
    """The items of the connection at a path, as they are read.

    Where what it is of is not there: raises ``unknown``, or has none.
    """
    after: str | None = None
    left = limit
    root, *fields = path
    page_of: Callable[[Any], read.Page[T] | None] = read.page_of(convert)
    for name in reversed(fields):
        page_of = read.optional(read.field(name, page_of))
    while left is None or left > 0:
        first = page_size if left is None else min(left, page_size)
        page = session.ask(document, {**variables, "first": first, "after": after}, root, page_of)
        if page is None:
            if unknown is not None:
                raise unknown
            return
        yield from page.items
        if page.next_cursor is None:
            return
        after = page.next_cursor
        left = None if left is None else left - len(page.items)
