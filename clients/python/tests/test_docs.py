"""The examples of the documentation run as they stand there."""

from __future__ import annotations

import contextlib
import io
import logging
import re
import unittest
from pathlib import Path

from .support import URL

ROOT = Path(__file__).resolve().parents[3]


def examples(path: str) -> list[str]:
    """The blocks of Python of a page, in order, for the server under test."""
    text = (ROOT / path).read_text("utf-8")
    return [
        block.replace("http://127.0.0.1:4000", URL) for block in re.findall(r"^```python\n(.*?)^```", text, re.M | re.S)
    ]


class Collector(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


class DocsTest(unittest.TestCase):
    def test_examples_run_each_by_itself_and_nothing_goes_wrong(self) -> None:
        collector = Collector()
        logging.getLogger("headwater").addHandler(collector)
        self.addCleanup(logging.getLogger("headwater").removeHandler, collector)
        pages = [
            ("docs/executors.md", 5),
            ("docs/from-marie.md", 2),
            ("docs/live.md", 1),
            ("clients/python/README.md", 4),
        ]
        for path, least in pages:
            blocks = examples(path)
            self.assertGreaterEqual(len(blocks), least)
            for at, block in enumerate(blocks):
                with self.subTest(path, at=at), contextlib.redirect_stdout(io.StringIO()):
                    exec(compile(block, path, "exec"), {})
        self.assertEqual(collector.messages, [])

    def test_recording_takes_ten_lines(self) -> None:
        recording = examples("docs/executors.md")[0]
        statements = [
            line for line in recording.splitlines() if line.strip() and not line.startswith(("import", "from"))
        ]
        self.assertLessEqual(len(statements), 10)
