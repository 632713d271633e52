"""The seven things that users of asset tracking do, written as a user of the reference writes them.

Only the import and the arguments of constructors differ from code for the reference.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import unittest
from types import SimpleNamespace
from typing import Any, ClassVar

from headwater import NO_RETRY, AssetRepository, AssetTracker, AssetTrackingMixin, LineageClient

from .support import URL, ServerTest, unique


def document(**tags: Any) -> SimpleNamespace:
    """A document as executors pass it on: what they find out about it is in its tags."""
    return SimpleNamespace(tags=dict(tags))


class TrackedExecutor(AssetTrackingMixin):
    """What the executors of the examples have in common."""

    code_version = "git:abcd1234"
    model_version = "model-v2"

    def __init__(self, namespace: str) -> None:
        self.asset_tracker = AssetTracker(url=URL, token=None, on_error="raise", namespace=namespace)

    def version_of(self, payload: bytes, upstream: list[str], model: str | None = None) -> str:
        return AssetTracker.compute_asset_version(
            payload_bytes=payload,
            code_fingerprint=self.code_version,
            prompt_fingerprint=model,
            upstream_versions=upstream,
        )

    def asset(self, key: str, kind: str, content: Any, upstream: list[str], **rest: Any) -> dict[str, Any]:
        payload = content if isinstance(content, bytes) else json.dumps(content).encode("utf-8")
        return {
            "asset_key": key,
            "version": self.version_of(payload, upstream, rest.pop("model", None)),
            "kind": kind,
            "size_bytes": len(payload),
            "checksum": hashlib.sha256(payload).hexdigest(),
            **rest,
        }

    async def record(self, assets: list[dict[str, Any]], job_id: str, dag_id: str, node_task_id: str) -> None:
        await self.asset_tracker.record_materializations(
            storage_event_id=None,
            assets=assets,
            job_id=job_id,
            dag_id=dag_id,
            node_task_id=node_task_id,
            upstream_assets=self._get_upstream_asset_tuples(dag_id, node_task_id),
        )


class TextExtractionExecutor(TrackedExecutor):
    """Example 1: text, boxes, and confidence where there is any."""

    async def persist(self, docs: list[SimpleNamespace], job_id: str, dag_id: str, node_task_id: str) -> None:
        assets = []
        for doc in docs:
            upstream = self._get_upstream_versions(dag_id, node_task_id)
            text, boxes, confidence = doc.tags["text"], doc.tags["bboxes"], doc.tags.get("confidence", {})
            assets.append(
                self.asset(
                    "ocr/text",
                    "text",
                    text.encode("utf-8"),
                    upstream,
                    model=self.model_version,
                    uri=f"s3://docs/{job_id}/text.txt",
                    metadata={"language": "de", "word_count": len(text.split())},
                )
            )
            assets.append(self.asset("ocr/bboxes", "bbox", boxes, upstream, metadata={"bbox_count": len(boxes)}))
            if confidence:
                mean = sum(confidence.values()) / len(confidence)
                assets.append(self.asset("ocr/confidence", "metadata", confidence, upstream, metadata={"mean": mean}))
        await self.record(assets, job_id, dag_id, node_task_id)


class DocumentClassificationExecutor(TrackedExecutor):
    """Example 2: what is recorded depends on how sure the classification is."""

    CONFIDENCE_THRESHOLD = 0.80

    async def persist(self, docs: list[SimpleNamespace], job_id: str, dag_id: str, node_task_id: str) -> None:
        assets = []
        for doc in docs:
            upstream = self._get_upstream_versions(dag_id, node_task_id)
            result = {"document_type": doc.tags["document_type"], "confidence": doc.tags["confidence"]}
            assets.append(
                self.asset(
                    "classify/document_type",
                    "classification",
                    result,
                    upstream,
                    model=self.model_version,
                    metadata=result,
                )
            )
            if doc.tags["confidence"] >= self.CONFIDENCE_THRESHOLD:
                scores = {"confidence": doc.tags["confidence"]}
                assets.append(self.asset("classify/confidence_scores", "metadata", scores, upstream))
            if len(doc.tags["alternatives"]) > 1:
                assets.append(self.asset("classify/alternatives", "json", doc.tags["alternatives"], upstream))
        await self.record(assets, job_id, dag_id, node_task_id)


class ClaimExtractionExecutor(TrackedExecutor):
    """Example 3: several outputs, made from what the nodes before have produced."""

    async def persist(self, docs: list[SimpleNamespace], job_id: str, dag_id: str, node_task_id: str) -> None:
        assets = []
        for doc in docs:
            upstream = self._get_upstream_versions(dag_id, node_task_id)
            claims, errors = doc.tags["claims"], doc.tags["errors"]
            assets.append(
                self.asset(
                    "extract/claims",
                    "json",
                    claims,
                    upstream,
                    model=self.model_version,
                    uri=f"s3://claims/{job_id}/claims.json",
                    metadata={"claim_count": len(claims), "total": sum(each["amount"] for each in claims)},
                )
            )
            assets.append(self.asset("extract/headers", "json", doc.tags["headers"], upstream))
            assets.append(self.asset("extract/service_lines", "table", doc.tags["lines"], upstream))
            if errors:
                severity = "warning" if len(errors) < 5 else "error"
                assets.append(
                    self.asset(
                        "extract/validation_errors", "metadata", errors, upstream, metadata={"severity": severity}
                    )
                )
        await self.record(assets, job_id, dag_id, node_task_id)


class ExampleTest(ServerTest):
    def setUp(self) -> None:
        super().setUp()
        self.dag = unique("dag")
        self.repo = AssetRepository(url=URL, token=None, namespace=self.namespace)
        self.addCleanup(self.repo.cleanup)

    def executor(self, kind: type[Any]) -> Any:
        executor = kind(self.namespace)
        self.addCleanup(executor.asset_tracker.cleanup)
        return executor

    def configure(self, asset_config: dict[str, Any]) -> None:
        """What `headwater config apply` does with the `asset_config` of a YAML file, for this run alone."""
        self.client.register_asset_config(asset_config, dag_id=self.dag)

    def inputs_of(self, key: str) -> list[tuple[str, str | None, str | None]]:
        made = self.client.latest_materialization(key)
        assert made is not None and made.inputs is not None
        return sorted((each.asset_key, each.version, each.resolution) for each in made.inputs)

    def persist(self, kind: type[Any], docs: list[SimpleNamespace], node: str, job: str = "job-1") -> None:
        asyncio.run(self.executor(kind).persist(docs, job_id=job, dag_id=self.dag, node_task_id=node))

    def status(self, node: str) -> Any:
        return asyncio.run(self.repo.get_node_status(self.dag, node))


class OcrPipeline(ExampleTest):
    def test_example_1_text_boxes_and_confidence_of_one_run(self) -> None:
        self.configure(
            {
                "scan": ["src/page"],
                "ocr_extractor": {
                    "upstream_nodes": ["scan"],
                    "assets": [
                        {"key": "ocr/text", "is_primary": True},
                        {"key": "ocr/bboxes"},
                        {"key": "ocr/confidence"},
                    ],
                },
            }
        )
        self.made("src/page", "scan-7", dag_id=self.dag, node_task_id="scan")
        doc = document(text="Rechnung über 7 €", bboxes=[[0, 0, 9, 9]], confidence={"Rechnung": 0.5, "über": 1.0})
        self.persist(TextExtractionExecutor, [doc], "ocr_extractor")

        text = self.client.latest_materialization("ocr/text")
        assert text is not None
        content = "Rechnung über 7 €".encode()
        # What the reference hashes: payload, code, model and upstream versions, one after the other.
        expected = hashlib.sha256(content + b"git:abcd1234" + b"model-v2" + b"scan-7").hexdigest()
        self.assertEqual(text.asset_version, f"v:sha256:{expected}")
        self.assertEqual((text.size_bytes, text.checksum), (len(content), hashlib.sha256(content).hexdigest()))
        self.assertEqual((text.uri, text.metadata), ("s3://docs/job-1/text.txt", {"language": "de", "word_count": 4}))
        confidence = self.client.latest_materialization("ocr/confidence")
        assert confidence is not None
        self.assertEqual(confidence.metadata, {"mean": 0.75})
        for key, kind in [("ocr/text", "text"), ("ocr/bboxes", "bbox"), ("ocr/confidence", "metadata")]:
            info = self.client.asset(key)
            assert info is not None
            self.assertEqual(info.kind, kind)
            self.assertEqual(self.inputs_of(key), [("src/page", "scan-7", "REPORTED")])
        status = self.status("ocr_extractor")
        self.assertEqual((status.is_complete, status.expected_assets, status.materialized_assets), (True, 3, 3))

    def test_example_1_many_documents_in_one_call(self) -> None:
        docs = [document(text=f"page {at}", bboxes=[]) for at in range(3)]
        self.persist(TextExtractionExecutor, docs, "ocr_extractor")
        history = asyncio.run(self.repo.get_materialization_history("ocr/text"))
        self.assertEqual([each.metadata["word_count"] for each in history], [2, 2, 2])
        self.assertEqual(len({each.asset_version for each in history}), 3)
        self.assertIsNone(self.client.asset("ocr/confidence"))


class Classification(ExampleTest):
    CONFIG: ClassVar[dict[str, Any]] = {
        "doc_classifier": {
            "assets": [
                {"key": "classify/document_type", "kind": "classification", "is_primary": True, "is_required": True},
                {"key": "classify/confidence_scores", "kind": "metadata", "is_required": False},
                {"key": "classify/alternatives", "kind": "json", "is_required": False},
            ]
        }
    }

    def test_example_2_only_what_is_sure_enough_is_recorded(self) -> None:
        self.configure(self.CONFIG)
        unsure = document(document_type="invoice", confidence=0.4, alternatives=["invoice", "letter"])
        self.persist(DocumentClassificationExecutor, [unsure], "doc_classifier")
        self.assertEqual(
            (self.history("classify/confidence_scores"), len(self.history("classify/alternatives"))), ([], 1)
        )
        status = self.status("doc_classifier")
        # What is optional may be missing.
        self.assertEqual((status.is_complete, status.completion_percentage), (True, 100.0))
        self.assertEqual((status.expected_assets, status.materialized_assets, status.required_assets), (3, 2, 1))

        sure = document(document_type="letter", confidence=0.8, alternatives=["letter"])
        self.persist(DocumentClassificationExecutor, [sure], "doc_classifier")
        self.assertEqual(len(self.history("classify/confidence_scores")), 1)
        self.assertEqual(len(self.history("classify/alternatives")), 1)
        types = asyncio.run(self.repo.get_materialization_history("classify/document_type"))
        self.assertEqual([each.metadata["document_type"] for each in types], ["letter", "invoice"])


class Claims(ExampleTest):
    CONFIG: ClassVar[dict[str, Any]] = {
        "ocr_extractor": ["ocr/text", "ocr/bboxes"],
        "claims_extractor": {
            "upstream_nodes": ["ocr_extractor"],
            "assets": [
                {"key": "extract/claims", "kind": "json", "is_primary": True},
                {"key": "extract/headers", "kind": "json"},
                {"key": "extract/service_lines", "kind": "table"},
                {"key": "extract/validation_errors", "kind": "metadata", "is_required": False},
            ],
        },
    }

    def test_example_3_outputs_are_made_from_what_this_run_produced(self) -> None:
        self.configure(self.CONFIG)
        self.made("ocr/text", "text-1", dag_id=self.dag, node_task_id="ocr_extractor")
        self.made("ocr/bboxes", "boxes-1", dag_id=self.dag, node_task_id="ocr_extractor")
        # Another run is ahead: what it makes is newer, and none of this run's business.
        self.made("ocr/text", "text-2", dag_id=unique("other"), node_task_id="ocr_extractor")
        claims = [{"amount": 10}, {"amount": 32}]
        doc = document(claims=claims, headers={"payer": "x"}, lines=[1, 2, 3], errors=["no date"])
        self.persist(ClaimExtractionExecutor, [doc], "claims_extractor")

        used = [("ocr/bboxes", "boxes-1", "REPORTED"), ("ocr/text", "text-1", "REPORTED")]
        for key in ("extract/claims", "extract/headers", "extract/service_lines", "extract/validation_errors"):
            self.assertEqual(self.inputs_of(key), used)
        made = self.client.latest_materialization("extract/claims")
        assert made is not None
        self.assertEqual(made.metadata, {"claim_count": 2, "total": 42})
        expected = AssetTracker.compute_asset_version(
            json.dumps(claims).encode(), "git:abcd1234", "model-v2", ["text-1", "boxes-1"]
        )
        self.assertEqual(made.asset_version, expected)
        lines = self.client.asset("extract/service_lines")
        assert lines is not None
        self.assertEqual(lines.kind, "table")
        self.assertTrue(self.status("claims_extractor").is_complete)


class PipelineMonitor:
    """Example 4."""

    def __init__(self, repo: AssetRepository) -> None:
        self.repo = repo
        self.alerts: list[dict[str, Any]] = []

    async def check_dag_health(self, dag_id: str) -> dict[str, Any]:
        incomplete = [
            {
                "node": node.node_task_id,
                "completion": node.completion_percentage,
                "missing": node.missing_required_assets,
            }
            for node in await self.repo.get_dag_status(dag_id)
            if not node.is_complete
        ]
        if incomplete:
            self.alerts.append({"dag_id": dag_id, "incomplete_count": len(incomplete), "nodes": incomplete})
        return {"complete": not incomplete, "incomplete_nodes": incomplete}


class Completeness(ExampleTest):
    def test_example_4_an_incomplete_run_raises_an_alert_and_a_complete_one_does_not(self) -> None:
        self.configure(Claims.CONFIG)
        self.made("ocr/text", "v1", dag_id=self.dag, node_task_id="ocr_extractor")
        self.made("ocr/bboxes", "v1", dag_id=self.dag, node_task_id="ocr_extractor")
        self.made("extract/claims", "v1", dag_id=self.dag, node_task_id="claims_extractor")
        monitor = PipelineMonitor(self.repo)

        health = asyncio.run(monitor.check_dag_health(self.dag))
        self.assertFalse(health["complete"])
        [node] = health["incomplete_nodes"]
        self.assertEqual(node["node"], "claims_extractor")
        self.assertAlmostEqual(node["completion"], 100 / 3)
        self.assertEqual(sorted(node["missing"]), ["extract/headers", "extract/service_lines"])
        self.assertEqual([each["incomplete_count"] for each in monitor.alerts], [1])

        self.made("extract/headers", "v1", dag_id=self.dag, node_task_id="claims_extractor")
        self.made("extract/service_lines", "v1", dag_id=self.dag, node_task_id="claims_extractor")
        self.assertEqual(asyncio.run(monitor.check_dag_health(self.dag)), {"complete": True, "incomplete_nodes": []})
        self.assertEqual(len(monitor.alerts), 1)
        nodes = asyncio.run(self.repo.get_dag_status(self.dag))
        self.assertEqual(sorted(each.node_task_id for each in nodes), ["claims_extractor", "ocr_extractor"])

    def test_example_4_the_summary_counts_runs_and_materializations(self) -> None:
        for _ in range(2):
            self.made("ocr/text", "v1", dag_id=self.dag, node_task_id="ocr")
        self.made("ocr/text", "v1", dag_id=unique("dag"), node_task_id="ocr")
        self.made("extract/claims", "v1", dag_id=self.dag, node_task_id="extract")
        summary = asyncio.run(self.repo.get_asset_health_summary(hours=24))
        rows = [row for row in summary if row["namespace"] == self.namespace]
        self.assertEqual(
            [(row["asset_key"], row["kind"], row["dag_count"], row["materialization_count"]) for row in rows],
            [("ocr/text", "text", 2, 3), ("extract/claims", "json", 1, 1)],
        )
        latest = self.client.latest_materialization("ocr/text")
        assert latest is not None
        self.assertEqual(rows[0]["last_materialized"], latest.created_at)


async def analyze_impact(asset_key: str, repo: AssetRepository) -> dict[str, Any]:
    """Example 5: answers with what the reference's example prints."""
    lineage = await repo.get_lineage(asset_key)
    history = await repo.get_materialization_history(asset_key, limit=100)
    return {
        "upstream": [up.asset_key for up in lineage.upstream],
        "downstream": lineage.downstream,
        "jobs_affected": len({m.job_id for m in history}),
        "dags_affected": len({m.dag_id for m in history if m.dag_id}),
        "warning": len(lineage.downstream) > 10,
    }


class ImpactAnalysis(ExampleTest):
    def consumers(self, count: int) -> list[str]:
        keys = [f"extract/field_{at:02}" for at in range(count)]
        for key in keys:
            self.made(key, "v1", ("ocr/text", "v1", None), dag_id=self.dag)
        return keys

    def test_example_5_eleven_direct_consumers_are_a_warning(self) -> None:
        self.made("ocr/text", "v1", ("src/page", "p1", None), dag_id=self.dag)
        self.made("ocr/text", "v2", ("src/page", "p2", None))
        keys = self.consumers(11)
        self.made("report", "v1", ("extract/field_00", "v1", None))
        self.assertEqual(
            asyncio.run(analyze_impact("ocr/text", self.repo)),
            {"upstream": ["src/page"], "downstream": keys, "jobs_affected": 2, "dags_affected": 1, "warning": True},
        )
        impact = asyncio.run(self.repo.get_impact("ocr/text"))
        assert impact is not None
        self.assertEqual((impact.direct_consumers, impact.transitive_consumers), (11, 12))
        self.assertEqual((impact.by_distance, impact.advice), ({1: 11, 2: 1}, "MANY_CONSUMERS"))
        self.assertEqual((impact.recent_jobs, impact.recent_dags), (2, 1))

    def test_example_5_ten_direct_consumers_are_none(self) -> None:
        self.made("ocr/text", "v1")
        self.consumers(10)
        self.assertFalse(asyncio.run(analyze_impact("ocr/text", self.repo))["warning"])
        impact = asyncio.run(self.repo.get_impact("ocr/text"))
        assert impact is not None
        self.assertEqual(impact.advice, "SAFE_TO_MODIFY")


async def debug_bad_asset(asset_key: str, asset_version: str, repo: AssetRepository) -> dict[str, Any] | None:
    """Example 6: answers with what the reference's example prints."""
    history = await repo.get_materialization_history(asset_key, limit=100)
    mat = next((m for m in history if m.asset_version == asset_version), None)
    if mat is None:
        return None
    lineage = await repo.get_lineage(asset_key)
    found: dict[str, Any] = {"job": mat.job_id, "dag": mat.dag_id, "node": mat.node_task_id, "upstream": {}}
    for up in lineage.upstream:
        info = await repo.get_asset_info(up.asset_key)
        latest = await repo.get_latest_version(up.asset_key)
        assert info is not None
        found["upstream"][up.asset_key] = {
            "kind": info.kind,
            "namespace": info.namespace,
            "used": up.version,
            "latest": latest.version if latest else None,
        }
    return found


class Debugging(ExampleTest):
    def setUp(self) -> None:
        super().setUp()
        self.made("src/page", "page-1", dag_id=self.dag, node_task_id="scan")
        self.made("ocr/text", "text-1", ("src/page", "page-1", None), dag_id=self.dag, node_task_id="ocr")
        self.made("extract/claims", "claims-1", ("ocr/text", "text-1", None), dag_id=self.dag, node_task_id="extract")
        self.made("report", "report-1", ("extract/claims", "claims-1", None), dag_id=self.dag, node_task_id="report")

    def test_example_6_a_direct_upstream_that_has_changed_is_seen(self) -> None:
        self.made("ocr/text", "text-2", ("src/page", "page-1", None))
        found = asyncio.run(debug_bad_asset("extract/claims", "claims-1", self.repo))
        assert found is not None
        self.assertEqual((found["dag"], found["node"]), (self.dag, "extract"))
        self.assertEqual(
            found["upstream"],
            {"ocr/text": {"kind": "text", "namespace": self.namespace, "used": "text-1", "latest": "text-2"}},
        )
        self.assertIsNone(asyncio.run(debug_bad_asset("extract/claims", "unknown", self.repo)))

    def test_example_6_a_change_three_hops_up_is_named_as_the_root_cause(self) -> None:
        fresh = asyncio.run(self.repo.get_staleness("report"))
        assert fresh is not None
        self.assertEqual((fresh.status, fresh.root_causes), ("FRESH", []))
        self.made("src/page", "page-2")
        stale = asyncio.run(self.repo.get_staleness("report"))
        assert stale is not None
        self.assertEqual(stale.status, "STALE")
        self.assertEqual(
            [(each.reason, each.upstream.key) for each in stale.causes], [("UPSTREAM_STALE", "extract/claims")]
        )
        self.assertEqual(
            [(each.reason, each.upstream.key, each.used_version, each.latest_version) for each in stale.root_causes],
            [("UPSTREAM_CHANGED", "src/page", "page-1", "page-2")],
        )

    def test_example_6_the_same_version_again_is_no_change(self) -> None:
        self.made("src/page", "page-1")
        fresh = asyncio.run(self.repo.get_staleness("report"))
        assert fresh is not None
        self.assertEqual(fresh.status, "FRESH")


class CachedExtractor(TrackedExecutor):
    """Example 7."""

    def __init__(self, namespace: str, repo: AssetRepository) -> None:
        super().__init__(namespace)
        self.repo = repo
        self.extractions = 0

    def expected_version(self, content: bytes, dag_id: str, node_task_id: str) -> str:
        upstream = self._get_upstream_versions(dag_id, node_task_id)
        return self.version_of(content, upstream, self.model_version)

    async def extract(self, content: bytes, dag_id: str, node_task_id: str) -> str | None:
        """By scanning the history, as code for the reference does."""
        expected = self.expected_version(content, dag_id, node_task_id)
        for mat in await self.repo.get_materialization_history("extract/claims", limit=1000):
            if mat.asset_version == expected:
                return mat.uri
        return await self.run(expected, dag_id, node_task_id)

    async def extract_by_version(self, content: bytes, dag_id: str, node_task_id: str) -> str | None:
        """By one look-up."""
        expected = self.expected_version(content, dag_id, node_task_id)
        mat = await self.repo.get_materialization_by_version("extract/claims", expected)
        return mat.uri if mat else await self.run(expected, dag_id, node_task_id)

    async def run(self, version: str, dag_id: str, node_task_id: str) -> str:
        self.extractions += 1
        uri = f"s3://claims/{self.extractions}.json"
        await self.record(
            [{"asset_key": "extract/claims", "version": version, "kind": "json", "uri": uri}],
            "job",
            dag_id,
            node_task_id,
        )
        return uri


class Caching(ExampleTest):
    def test_example_7_the_same_work_is_not_done_twice(self) -> None:
        self.configure(Claims.CONFIG)
        self.made("ocr/text", "text-1", dag_id=self.dag, node_task_id="ocr_extractor")
        extractor = CachedExtractor(self.namespace, self.repo)
        self.addCleanup(extractor.asset_tracker.cleanup)

        async def work() -> None:
            for ask in (extractor.extract, extractor.extract_by_version):
                at = extractor.extractions
                with self.subTest(ask.__name__):
                    content = ask.__name__.encode()
                    missed = await ask(content, self.dag, "claims_extractor")
                    self.assertEqual((missed, extractor.extractions), (f"s3://claims/{at + 1}.json", at + 1))
                    hit = await ask(content, self.dag, "claims_extractor")
                    self.assertEqual((hit, extractor.extractions), (missed, at + 1))
                    other = await ask(content + b" changed", self.dag, "claims_extractor")
                    self.assertEqual((other, extractor.extractions), (f"s3://claims/{at + 2}.json", at + 2))

        asyncio.run(work())

    def test_example_7_a_new_version_upstream_or_of_the_code_is_a_miss(self) -> None:
        self.configure(Claims.CONFIG)
        self.made("ocr/text", "text-1", dag_id=self.dag, node_task_id="ocr_extractor")
        extractor = CachedExtractor(self.namespace, self.repo)
        self.addCleanup(extractor.asset_tracker.cleanup)
        ask = extractor.extract_by_version

        async def work() -> list[int]:
            counts = []
            for _ in range(2):
                await ask(b"page", self.dag, "claims_extractor")
                counts.append(extractor.extractions)
            self.made("ocr/text", "text-2", dag_id=self.dag, node_task_id="ocr_extractor")
            await ask(b"page", self.dag, "claims_extractor")
            counts.append(extractor.extractions)
            extractor.code_version = "git:ffff0000"
            await ask(b"page", self.dag, "claims_extractor")
            counts.append(extractor.extractions)
            return counts

        self.assertEqual(asyncio.run(work()), [1, 1, 2, 3])


class Outage(ExampleTest):
    def test_no_example_fails_its_job_while_the_server_is_away(self) -> None:
        executor = TextExtractionExecutor(self.namespace)
        self.addCleanup(executor.asset_tracker.cleanup)
        client = LineageClient("http://127.0.0.1:9", retry=NO_RETRY)
        executor.asset_tracker = AssetTracker(client=client)
        self.addCleanup(executor.asset_tracker.cleanup)
        doc = document(text="t", bboxes=[])
        with self.assertLogs("headwater", "ERROR") as logs:
            asyncio.run(executor.persist([doc], job_id="job-1", dag_id=self.dag, node_task_id="ocr"))
        self.assertIn("not recorded: ocr/text, ocr/bboxes of job job-1", logs.records[-1].getMessage())


if __name__ == "__main__":
    unittest.main()
