from __future__ import annotations

import json
import unittest
from pathlib import Path

from headwater import AssetTracker, compute_asset_version, compute_version

VECTORS = Path(__file__).resolve().parents[3] / "test" / "vectors" / "asset-versions.json"


class VersionTest(unittest.TestCase):
    """The vectors were computed by sha256sum, see test/vectors/make-asset-versions.sh."""

    def setUp(self) -> None:
        self.vectors = json.loads(VECTORS.read_text("utf-8"))

    def test_asset_versions_are_those_of_sha256sum_by_both_schemes(self) -> None:
        self.assertGreater(len(self.vectors["assetVersions"]), 15)
        for vector in self.vectors["assetVersions"]:
            payload = None if vector["payloadHex"] is None else bytes.fromhex(vector["payloadHex"])
            parts = (payload, vector["code"], vector["prompt"], vector["upstream"])
            with self.subTest(vector["name"]):
                self.assertEqual(AssetTracker.compute_asset_version(*parts), vector["v"])
                self.assertEqual(compute_asset_version(*parts, scheme="v:"), vector["v"])
                self.assertEqual(compute_asset_version(*parts, scheme="v2:"), vector["v2"])
                self.assertEqual(compute_asset_version(*parts, scheme="v"), vector["v"])
                self.assertEqual(compute_asset_version(*parts, scheme="v2"), vector["v2"])

    def test_versions_of_parts_are_those_of_sha256sum(self) -> None:
        self.assertGreater(len(self.vectors["partVersions"]), 3)
        for vector in self.vectors["partVersions"]:
            parts = [bytes.fromhex(each) for each in vector["partsHex"]]
            with self.subTest(vector["name"]):
                self.assertEqual(compute_version(*parts), vector["v"])
                self.assertEqual(AssetTracker.compute_version(*parts), vector["v"])

    def test_the_second_scheme_tells_apart_what_the_first_cannot(self) -> None:
        def by(scheme: str) -> tuple[set[str], set[str]]:
            cuts = {compute_asset_version(b"ab", "c", scheme=scheme), compute_asset_version(b"a", "bc", scheme=scheme)}
            empties = {
                compute_asset_version(b"", "c", scheme=scheme),
                compute_asset_version(None, "c", scheme=scheme),
                compute_asset_version(None, "c", "", scheme=scheme),
                compute_asset_version(None, "c", None, [], scheme=scheme),
            }
            return cuts, empties

        self.assertEqual([len(each) for each in by("v:")], [1, 1])
        self.assertEqual([len(each) for each in by("v2:")], [2, 4])

    def test_an_unknown_scheme_is_refused(self) -> None:
        with self.assertRaisesRegex(ValueError, r"scheme: expected 'v:' or 'v2:', got 'v3:'"):
            compute_asset_version(b"", "c", scheme="v3:")
