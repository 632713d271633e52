"""What the tests share."""

from __future__ import annotations

import os
import unittest
import uuid

from headwater import NO_RETRY, LineageClient, Recording

if "HEADWATER_URL" not in os.environ:
    raise RuntimeError("HEADWATER_URL: expected the URL of a running server to test against, got none")

URL = os.environ["HEADWATER_URL"]


def unique(prefix: str) -> str:
    """A name that no other test has."""
    return f"{prefix}-{uuid.uuid4()}"


class ServerTest(unittest.TestCase):
    """A test in a namespace of its own, so that no test sees another's assets."""

    def setUp(self) -> None:
        self.namespace = unique("test")
        self.client = LineageClient(URL, namespace=self.namespace, retry=NO_RETRY)
        self.addCleanup(self.client.close)

    def made(self, key: str, version: str | None = None, *upstream: object, **rest: object) -> str:
        """Records one asset; answers with the id of its materialization."""
        asset = {"asset_key": key, "version": version}
        recorded = self.client.record(Recording(unique("job"), [asset], upstream=upstream, **rest))  # type: ignore[arg-type]
        return recorded.materializations[0][0]

    def history(self, key: str) -> list[str | None]:
        """The versions of an asset, newest first."""
        return [each.asset_version for each in self.client.materializations(key)]
