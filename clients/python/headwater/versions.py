"""Versions that follow from content: the same bytes, code, prompt and inputs have the same version everywhere."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

#: The reference's scheme: parts are hashed one after the other, without their lengths.
SCHEME_V = "v:"
#: Each part is hashed with its length, so that no two different lists of parts are hashed alike.
SCHEME_V2 = "v2:"


def compute_version(*parts: bytes) -> str:
    """The version of some bytes, ``v:sha256:…``: SHA-256 over the parts, one after the other."""
    digest = hashlib.sha256()
    for part in parts:
        if part:
            digest.update(part)
    return f"v:sha256:{digest.hexdigest()}"


def compute_asset_version(
    payload_bytes: bytes | None,
    code_fingerprint: str,
    prompt_fingerprint: str | None = None,
    upstream_versions: Iterable[str] | None = None,
    *,
    scheme: str = SCHEME_V,
) -> str:
    """The version of an asset, by its content and by what it was made with and from.

    ``code_fingerprint`` is of the code (``git:abcd1234``), ``prompt_fingerprint`` of the model or the prompt;
    the order of ``upstream_versions`` does not matter.

    ``scheme="v:"`` (the default) gives byte for byte what the reference does. It cannot tell ``("ab", "c")``
    from ``("a", "bc")``, nor what is empty from what is absent; ``scheme="v2:"`` can. Raises ValueError for
    another scheme. The colon may be left out.
    """
    upstream = None if upstream_versions is None else list(upstream_versions)
    if scheme in (SCHEME_V, "v"):
        return _plain_version(payload_bytes, code_fingerprint, prompt_fingerprint, upstream)
    if scheme in (SCHEME_V2, "v2"):
        return _framed_version(payload_bytes, code_fingerprint, prompt_fingerprint, upstream)
    raise ValueError(f"scheme: expected {SCHEME_V!r} or {SCHEME_V2!r}, got {scheme!r}")


def _plain_version(payload: bytes | None, code: str, prompt: str | None, upstream: list[str] | None) -> str:
    return compute_version(
        payload or b"",
        code.encode(),
        (prompt or "").encode(),
        "|".join(sorted(upstream or [])).encode(),
    )


def _framed_version(payload: bytes | None, code: str, prompt: str | None, upstream: list[str] | None) -> str:
    digest = hashlib.sha256()
    for part in (
        payload,
        code.encode(),
        None if prompt is None else prompt.encode(),
        None if upstream is None else _framed_list(upstream),
    ):
        digest.update(b"\x00" if part is None else b"\x01" + _with_length(part))
    return f"v2:sha256:{digest.hexdigest()}"


def _framed_list(versions: list[str]) -> bytes:
    # Python sorts texts by code point, which is the order of their UTF-8 bytes.
    return _eight_bytes(len(versions)) + b"".join(_with_length(each.encode()) for each in sorted(versions))


def _with_length(part: bytes) -> bytes:
    return _eight_bytes(len(part)) + part


def _eight_bytes(number: int) -> bytes:
    return number.to_bytes(8, "big")
