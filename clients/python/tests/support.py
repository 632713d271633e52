"""What the tests share."""

from __future__ import annotations

import os
import subprocess
import sys
import unittest
import uuid
from pathlib import Path

from headwater import NO_RETRY, LineageClient, Recording

if "HEADWATER_URL" not in os.environ:
    raise RuntimeError("HEADWATER_URL: expected the URL of a running server to test against, got none")

URL = os.environ["HEADWATER_URL"]

ROOT = Path(__file__).resolve().parents[1]


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


class ProgramTest(ServerTest):
    """A test of what a program does as a whole, to its end."""

    def run_program(self, text: str, url: str = URL) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "HEADWATER_URL": url, "NAMESPACE": self.namespace, "PYTHONPATH": str(ROOT)}
        prelude = "import os, asyncio, headwater\nnamespace = os.environ['NAMESPACE']\n"
        # Python 3.12 and later warn of every fork of a program with threads; that is what is tested here.
        return subprocess.run(
            [sys.executable, "-W", "ignore::DeprecationWarning", "-c", prelude + text],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
