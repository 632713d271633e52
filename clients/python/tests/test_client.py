from __future__ import annotations

import unittest
from datetime import datetime, timedelta, timezone

from headwater import (
    AssetKind,
    AssetNotFoundError,
    AssetRef,
    AssetSpec,
    BadUserInputError,
    Check,
    ClosedError,
    IdempotencyKeyReusedError,
    InvalidRecordingError,
    LineageClient,
    MaterializationNotFoundError,
    NodeAssetSpec,
    Recording,
    ServerError,
)

from .support import URL, ServerTest, unique

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


class ClientTest(ServerTest):
    def test_what_is_there_can_be_listed_and_found_again(self) -> None:
        identity = self.made("ocr/text", "v1", "page")
        consumer = self.made("extract/claims", "c1", ("ocr/text", "v1", None))
        self.assertEqual([each.asset_key for each in self.client.assets()], ["extract/claims", "ocr/text", "page"])
        self.assertEqual([each.asset_key for each in self.client.assets(key_prefix="ocr/")], ["ocr/text"])
        self.assertEqual([each.asset_key for each in self.client.assets(kinds=[AssetKind.TEXT])], ["ocr/text"])
        self.assertEqual([each.asset_key for each in self.client.assets(keys=["page"], limit=5)], ["page"])
        self.assertEqual([each.asset_key for each in self.client.assets(search="CLAIM")], ["extract/claims"])
        self.assertEqual(list(self.client.assets(unique("nowhere"))), [])
        made = self.client.materialization(identity)
        assert made is not None and made.inputs is not None
        self.assertEqual((made.asset_key, [each.asset_key for each in made.inputs]), ("ocr/text", ["page"]))
        self.assertEqual([each.id for each in self.client.consumers(identity)], [consumer])
        self.assertEqual(list(self.client.consumers(consumer)), [])
        self.assertEqual(list(self.client.upstream("ocr/text")), [AssetRef("page", self.namespace)])
        self.assertEqual([], list(self.client.upstream("unknown")))

    def test_freshness_goes_by_age(self) -> None:
        self.made("a", None, "b")
        fresh, never = self.client.freshness("a"), self.client.freshness("b")
        assert fresh is not None and never is not None and fresh.latest_at is not None
        self.assertEqual((fresh.status, never.status), ("FRESH", "NEVER_MATERIALIZED"))
        self.assertLess(abs(fresh.latest_at - datetime.now(timezone.utc)), timedelta(minutes=5))
        self.assertIsNone(self.client.freshness("unknown"))

    def test_checks_may_be_in_small_letters_and_are_found_by_their_materialization(self) -> None:
        identity = self.made("a")
        [recorded] = self.client.record_check_results(identity, [Check("sum", "passed", "warn")])
        self.assertEqual((recorded.status, recorded.severity), ("PASSED", "WARN"))
        self.assertEqual(list(self.client.materialization_checks(identity)), [recorded])

    def test_a_recording_comes_back_as_it_was_said(self) -> None:
        self.made("src/page", "v0")
        asset = {
            "asset_key": "ocr/text",
            "version": "v1",
            "kind": AssetKind.TEXT,
            "kinds": ["s3"],
            "description": "what was read",
            "size_bytes": 2**60,
            "checksum": "c",
            "uri": "s3://b/k",
            "code_version": "git:1",
            "metadata": {"pages": [1, 2]},
        }
        recorded = self.client.record(
            Recording("job", [asset], "dag", "node", "p", [("src/page", "v0", None)], 2**60, NOON)
        )
        self.assertFalse(recorded.duplicate)
        self.assertEqual([key for _, key in recorded.materializations], ["ocr/text"])
        made = self.client.latest_materialization("ocr/text")
        assert made is not None and made.inputs is not None and made.recorded_at is not None
        self.assertEqual(
            (made.id, made.storage_event_id, made.asset_key, made.asset_version, made.job_id, made.dag_id),
            (recorded.materializations[0][0], 2**60, "ocr/text", "v1", "job", "dag"),
        )
        self.assertEqual(
            (made.node_task_id, made.partition_key, made.size_bytes, made.checksum, made.uri, made.metadata),
            ("node", "p", 2**60, "c", "s3://b/k", {"pages": [1, 2]}),
        )
        self.assertEqual((made.created_at, made.code_version, made.namespace), (NOON, "git:1", self.namespace))
        self.assertLess(abs(made.recorded_at - datetime.now(timezone.utc)), timedelta(minutes=5))
        self.assertEqual(
            [(each.asset_key, each.version, each.resolution) for each in made.inputs], [("src/page", "v0", "REPORTED")]
        )
        info = self.client.asset("ocr/text")
        assert info is not None
        self.assertEqual(
            (info.asset_key, info.namespace, info.kind, info.kinds, info.description),
            ("ocr/text", self.namespace, "text", ["s3"], "what was read"),
        )

    def test_the_same_recording_again_is_a_duplicate_and_another_under_its_key_is_refused(self) -> None:
        recording = Recording("job", [{"asset_key": "a"}])
        first, second = self.client.record(recording), self.client.record(recording)
        self.assertEqual((first.duplicate, second.duplicate), (False, True))
        self.assertEqual(first.materializations, second.materializations)
        other = Recording("other", [{"asset_key": "a"}], idempotency_key=recording.idempotency_key)
        with self.assertRaises(IdempotencyKeyReusedError) as caught:
            self.client.record(other)
        self.assertEqual((caught.exception.code, caught.exception.status), ("IDEMPOTENCY_KEY_REUSED", 409))

    def test_more_than_a_hundred_recordings_are_sent_by_the_hundred(self) -> None:
        recordings = [Recording("job", [{"asset_key": "a", "version": f"v{at}"}]) for at in range(230)]
        recorded = self.client.record_batch(recordings)
        self.assertEqual(len({each.materializations[0][0] for each in recorded}), 230)
        self.assertEqual(len(list(self.client.materializations("a"))), 230)

    def test_a_broken_bound_is_an_error_that_names_the_field(self) -> None:
        with self.assertRaises(BadUserInputError) as caught:
            self.client.record(Recording("job", [{"asset_key": "a"}, {"asset_key": "b", "version": "v" * 257}]))
        error = caught.exception
        self.assertIsInstance(error, ServerError)
        self.assertEqual((error.code, error.field, error.status), ("BAD_USER_INPUT", "input.assets[1].version", 400))
        self.assertRegex(str(error), "expected 1 to 256 characters, got 257")

    def test_what_json_cannot_hold_is_refused_before_it_is_sent(self) -> None:
        for value in (float("nan"), object(), {1, 2}):
            with self.subTest(value), self.assertRaises(InvalidRecordingError):
                self.client.record(Recording("job", [{"asset_key": "a", "metadata": {"value": value}}]))

    def test_the_history_is_paged_filtered_and_newest_first(self) -> None:
        recordings = [
            Recording(
                f"job {at % 2}", [{"asset_key": "a", "version": f"v{at}"}], materialized_at=NOON + timedelta(minutes=at)
            )
            for at in range(1_203)
        ]
        self.client.record_batch(recordings)
        newest_first = [f"v{at}" for at in reversed(range(1_203))]
        self.assertEqual(self.history("a"), newest_first)
        limited = self.client.materializations("a", limit=1_100)
        self.assertEqual([each.asset_version for each in limited], newest_first[:1_100])
        self.assertEqual(list(self.client.materializations("a", limit=0)), [])
        since = self.client.materializations("a", since=NOON + timedelta(minutes=1_200), job_id="job 0")
        self.assertEqual([each.asset_version for each in since], ["v1202", "v1200"])

    def test_a_version_is_found_and_a_miss_is_none(self) -> None:
        made = self.made("a", "v1", ("b", "v0", None))
        self.made("a", "v2")
        found = self.client.materialization_by_version("a", "v1")
        assert found is not None and found.inputs is not None
        self.assertEqual((found.id, [each.asset_key for each in found.inputs]), (made, ["b"]))
        self.assertIsNone(self.client.materialization_by_version("a", "v3"))
        self.assertIsNone(self.client.materialization_by_version("unknown", "v1"))

    def test_a_walk_in_pages_is_the_walk_in_one(self) -> None:
        for at in range(7):
            self.made(f"chain/{at + 1}", "v", f"chain/{at}")
        one = self.client.lineage("chain/7")
        paged = self.client.walk("chain/7", page=3)
        self.assertEqual([node.asset.key for node in one.nodes], [f"chain/{at}" for at in reversed(range(8))])
        self.assertEqual([node.asset for node in paged.nodes], [node.asset for node in one.nodes])
        ends = [(each.upstream.key, each.downstream.key) for each in one.edges]
        self.assertCountEqual([(each.upstream.key, each.downstream.key) for each in paged.edges], ends)
        self.assertEqual((one.complete, paged.complete, paged.next_cursor), (True, True, None))

    def test_an_answer_that_is_not_the_whole_truth_says_so(self) -> None:
        self.made("b", "v", "a")
        self.made("c", "v", "b")
        graph = self.client.lineage("c", depth=1)
        self.assertEqual((graph.complete, graph.stopped_by), (False, ["DEPTH"]))
        self.assertEqual(
            [(each.asset.key, each.distance, each.hidden_upstream) for each in graph.nodes], [("c", 0, 0), ("b", 1, 1)]
        )
        with self.assertRaises(AssetNotFoundError) as caught:
            self.client.walk("unknown")
        self.assertEqual((caught.exception.code, caught.exception.status), ("ASSET_NOT_FOUND", 404))

    def test_impact_counts_consumers_by_distance(self) -> None:
        self.made("b", "v", "a")
        self.made("c", "v", "b")
        self.made("d", "v", "b")
        impact = self.client.impact("a")
        assert impact is not None
        self.assertEqual(
            (impact.direct_consumers, impact.transitive_consumers, impact.by_distance, impact.advice),
            (1, 3, {1: 1, 2: 2}, "SAFE_TO_MODIFY"),
        )
        self.assertIsNone(self.client.impact("unknown"))
        self.assertEqual([each.key for each in self.client.downstream("b")], ["c", "d"])
        self.assertEqual(list(self.client.downstream("b", limit=1)), [AssetRef("c", self.namespace)])

    def test_staleness_has_causes_and_root_causes(self) -> None:
        self.made("a", "a1")
        self.made("b", "b1", ("a", "a1", None))
        self.made("c", "c1", ("b", "b1", None))
        fresh = self.client.staleness("c")
        assert fresh is not None
        self.assertEqual((fresh.status, fresh.causes), ("FRESH", []))
        self.made("a", "a2")
        stale = self.client.staleness("c")
        assert stale is not None
        self.assertEqual(stale.status, "STALE")
        self.assertEqual([(each.reason, each.upstream.key) for each in stale.causes], [("UPSTREAM_STALE", "b")])
        self.assertEqual(
            [(each.reason, each.upstream.key, each.used_version, each.latest_version) for each in stale.root_causes],
            [("UPSTREAM_CHANGED", "a", "a1", "a2")],
        )
        self.assertIsNone(self.client.staleness("unknown"))

    def test_an_asset_is_updated_in_what_is_given(self) -> None:
        self.made("a", "v")
        self.client.update_asset("a", kinds=["s3"], description="old", tags={"pii": True}, owners=["team"])
        updated = self.client.update_asset("a", kind=AssetKind.IMAGE, description="")
        self.assertEqual(
            (updated.kind, updated.kinds, updated.tags, updated.owners),
            ("image", ["s3"], {"pii": True}, ["team"]),
        )
        self.assertFalse(updated.description)
        with self.assertRaises(AssetNotFoundError):
            self.client.update_asset("unknown", description="d")

    def test_expectations_hold_for_the_run_that_is_named(self) -> None:
        dag, other, name = unique("dag"), unique("dag"), unique("ocr")
        node = NodeAssetSpec(name, [AssetSpec("a", "text"), AssetSpec("b", AssetKind.BBOX, is_required=False)])
        registered = self.client.register_asset_config([node], dag_id=dag, dag_name="scans")
        self.assertEqual((registered.node_count, registered.asset_count), (1, 2))
        status = self.client.node_status(dag, name)
        assert status is not None
        self.assertEqual(
            (status.dag_name, status.expected_assets, status.required_assets, status.missing_required_assets),
            ("scans", 2, 1, ["a"]),
        )
        self.assertEqual((status.is_complete, status.completion_percentage), (False, 0.0))
        self.assertIsNone(self.client.node_status(other, name))
        self.assertEqual(self.client.dag_status(other), [])

    def test_checks_are_kept_newest_first(self) -> None:
        made = self.made("a", "v")
        self.client.record_check_results(made, [Check("rows", "FAILED", "WARN", {"rows": 0})], checked_at=NOON)
        [again] = self.client.record_check_results(
            made, [Check("rows", "PASSED")], checked_at=NOON + timedelta(hours=1)
        )
        self.assertEqual((again.materialization_id, again.severity), (made, "ERROR"))
        self.assertEqual(
            [(each.status, each.severity, each.details, each.checked_at.hour) for each in self.client.checks("a")],
            [("PASSED", "ERROR", None, 13), ("FAILED", "WARN", {"rows": 0}, 12)],
        )

    def test_checks_of_nothing_are_refused(self) -> None:
        other = LineageClient(URL, namespace=unique("other"))
        self.addCleanup(other.close)
        with self.assertRaises((MaterializationNotFoundError, BadUserInputError)):
            other.record_check_results("nonsense", [Check("rows", "PASSED")])

    def test_a_namespace_is_that_of_the_call_the_recording_or_the_client(self) -> None:
        other = unique("other")
        self.client.record(Recording("job", [{"asset_key": "a", "version": "theirs"}], namespace=other))
        self.made("a", "ours", {"asset_key": "b", "namespace": other})
        latest = self.client.latest_materialization("a")
        theirs = self.client.latest_materialization("a", other)
        assert latest is not None and theirs is not None and latest.inputs is not None
        self.assertEqual((latest.asset_version, theirs.asset_version), ("ours", "theirs"))
        self.assertEqual([(each.asset_key, each.namespace) for each in latest.inputs], [("b", other)])

    def test_anything_else_can_be_asked_in_graphql(self) -> None:
        self.made("a", "v")
        document = "query ($key: String!, $namespace: String) { asset(key: $key, namespace: $namespace) { key } }"
        data = self.client.execute(document, {"key": "a", "namespace": self.namespace})
        self.assertEqual(data, {"asset": {"key": "a"}})
        with self.assertRaises(BadUserInputError):
            self.client.execute("{ nonsense }")

    def test_a_closed_client_says_so(self) -> None:
        with LineageClient(URL) as client:
            client.asset("a")
        with self.assertRaises(ClosedError):
            client.asset("a")


class UrlTest(unittest.TestCase):
    def test_the_url_is_that_of_a_server_or_of_its_endpoint(self) -> None:
        for url, expected in [
            ("http://h:4000", "http://h:4000/graphql"),
            ("http://h:4000/", "http://h:4000/graphql"),
            ("https://h/graphql", "https://h/graphql"),
            ("https://h/lineage", "https://h/lineage/graphql"),
        ]:
            with self.subTest(url):
                self.assertEqual(LineageClient(url).url, expected)

    def test_other_urls_and_tokens_are_refused_without_showing_secrets(self) -> None:
        for url in ("h:4000", "ftp://h", "http://", "http://h?x=1"):
            with self.subTest(url), self.assertRaisesRegex(ValueError, "^url: expected"):
                LineageClient(url)
        with self.assertRaisesRegex(ValueError, "pass token instead") as caught:
            LineageClient("http://user:hunter2@h")
        self.assertNotIn("hunter2", str(caught.exception))
        with self.assertRaisesRegex(ValueError, "^token: expected printable ASCII") as caught:
            LineageClient("http://h", "hunter2\r\nx: y")
        self.assertNotIn("hunter2", str(caught.exception))
