"""Connections, page by page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Callable, TypeVar

from . import _read as read
from ._graphql import GraphQLSession

T = TypeVar("T")


def items_of_asset(
    session: GraphQLSession,
    document: str,
    variables: Mapping[str, Any],
    field: str,
    convert: Callable[[Any], T],
    limit: int | None,
    page_size: int,
) -> Iterator[T]:
    """The items of a connection of an asset, as they are read; none where the asset is unknown."""
    after: str | None = None
    left = limit
    page_of = read.optional(read.field(field, read.page_of(convert)))
    while left is None or left > 0:
        first = page_size if left is None else min(left, page_size)
        page = session.ask(document, {**variables, "first": first, "after": after}, "asset", page_of)
        if page is None:
            return
        yield from page.items
        if page.next_cursor is None:
            return
        after = page.next_cursor
        left = None if left is None else left - len(page.items)
