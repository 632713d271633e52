"""What the parts of a client share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Callable, TypeVar

from ._graphql import GraphQLSession
from ._pages import items_at
from ._values import without_none
from .errors import HeadwaterError
from .specs import plain_text

#: The most items that the server puts on one page.
MAX_PAGE = 1_000

T = TypeVar("T")


class BaseClient:
    """A server, and the namespace of what a call names without one."""

    namespace: str | None
    _session: GraphQLSession

    def _ref(self, key: str, namespace: str | None) -> dict[str, Any]:
        return {"key": key, "namespace": namespace or self.namespace}

    def _items(
        self,
        document: str,
        variables: Mapping[str, Any],
        path: Sequence[str],
        convert: Callable[[Any], T],
        limit: int | None,
        unknown: HeadwaterError | None = None,
    ) -> Iterator[T]:
        return items_at(self._session, document, variables, path, convert, limit, MAX_PAGE, unknown)

    def _asset_filter(
        self,
        namespace: str | None,
        keys: Sequence[str] | None,
        key_prefix: str | None,
        kinds: Sequence[str] | None,
        search: str | None,
    ) -> dict[str, Any]:
        return without_none({"namespace": namespace or self.namespace}) | key_filter(keys, key_prefix, kinds, search)


def key_filter(
    keys: Sequence[str] | None,
    key_prefix: str | None,
    kinds: Sequence[str] | None,
    search: str | None,
) -> dict[str, Any]:
    """Which assets, of whatever namespace."""
    return without_none(
        {
            "keys": None if keys is None else list(keys),
            "keyPrefix": key_prefix,
            "kinds": None if kinds is None else [plain_text(each) for each in kinds],
            "search": search,
        }
    )
