from __future__ import annotations

import asyncio
import os
import pickle
import unittest
from datetime import datetime
from types import SimpleNamespace
from typing import Any, ClassVar
from unittest import mock

import headwater
from headwater import (
    PREDEFINED_ASSET_SPECS,
    AssetKind,
    AssetRef,
    AssetRepository,
    AssetSpec,
    AssetTracker,
    AssetTrackingMixin,
    DAGAssetMapper,
    NoAnswerError,
    NodeAssetSpec,
    NodeMaterializationStatus,
    infer_kind,
    models,
    specs_from_config,
)

from .support import URL, ServerTest, unique


class MapperTest(ServerTest):
    def setUp(self) -> None:
        super().setUp()
        self.dag, self.first, self.second = unique("dag"), unique("ocr"), unique("extract")
        self.client.register_asset_config(
            [
                NodeAssetSpec(self.first, [AssetSpec("text", "text")]),
                NodeAssetSpec(self.second, [AssetSpec("claims", "json")], upstream_nodes=[self.first]),
            ],
            dag_id=self.dag,
        )
        self.made("text", "v1", dag_id=self.dag, node_task_id=self.first, partition_key="p")
        self.expected = [
            {"asset_key": "text", "latest_version": "v1", "partition_key": "p", "namespace": self.namespace}
        ]

    def test_a_mapper_asks_its_own_server(self) -> None:
        mapper = DAGAssetMapper(url=URL)
        self.addCleanup(mapper.client.close)
        self.assertEqual(mapper.get_upstream_assets_for_node(self.dag, self.second), self.expected)

    def test_on_the_class_with_the_arguments_of_the_reference_it_asks_the_server_of_the_environment(self) -> None:
        def not_called() -> None:
            raise AssertionError("there is no connection to get")

        self.assertEqual(os.environ["HEADWATER_URL"], URL)
        upstream = DAGAssetMapper.get_upstream_assets_for_node(
            dag_id=self.dag,
            node_task_id=self.second,
            get_connection_fn=not_called,
            close_connection_fn=not_called,
        )
        self.assertEqual(upstream, self.expected)

    def test_a_server_that_is_away_fails_a_job_only_on_request(self) -> None:
        with (
            mock.patch.dict(os.environ, {"HEADWATER_URL": "http://127.0.0.1:9"}),
            self.assertLogs("headwater", "ERROR"),
        ):
            self.assertEqual(DAGAssetMapper.get_upstream_assets_for_node(self.dag, self.second), [])
        strict = DAGAssetMapper("http://127.0.0.1:9", on_error="raise")
        self.addCleanup(strict.client.close)
        with self.assertRaises(NoAnswerError):
            strict.get_upstream_assets_for_node(self.dag, self.second)

    def test_an_upstream_of_another_namespace_is_the_one_that_is_used(self) -> None:
        elsewhere = unique("elsewhere")
        tracker = AssetTracker(URL, namespace=elsewhere, on_error="raise")
        self.addCleanup(tracker.cleanup)

        class Executor(AssetTrackingMixin):
            asset_tracker = tracker

        executor = Executor()
        [upstream] = executor._get_upstream_asset_tuples(self.dag, self.second)
        self.assertEqual(upstream, ("text", "v1", "p"))
        self.assertEqual(len(upstream), 3)
        self.assertEqual(pickle.loads(pickle.dumps(upstream)).namespace, self.namespace)
        dicts = DAGAssetMapper(client=self.client).get_upstream_assets_for_node(self.dag, self.second)
        infos = self.client.upstream_assets(self.dag, self.second)
        for upstream_assets in ([upstream], dicts, infos):
            [(identity, _)] = tracker.record_materializations(
                None,
                [{"asset_key": "claims"}],
                "job",
                upstream_assets=upstream_assets,  # type: ignore[arg-type]
            ).result()
            made = self.client.materialization(identity)
            assert made is not None and made.inputs is not None
            self.assertEqual(
                [(each.namespace, each.asset_key, each.version, each.partition_key) for each in made.inputs],
                [(self.namespace, "text", "v1", "p")],
            )
        lineage = asyncio.run(AssetRepository(client=self.client).get_lineage("text"))
        self.assertEqual(lineage.downstream, ["claims"])
        self.assertEqual(lineage.downstream_assets, [AssetRef("claims", elsewhere)])


class SpecsTest(unittest.TestCase):
    CONFIG: ClassVar[dict[str, Any]] = {
        "ocr_extractor": ["ocr/text", "ocr/bboxes"],
        "doc_classifier": {
            "upstream_nodes": ["ocr_extractor"],
            "assets": [
                {"key": "classify/document_type", "kind": "classification", "is_primary": True, "is_required": True},
                {"key": "classify/scores", "kind": "metadata", "is_required": False, "description": "how sure"},
            ],
        },
    }

    def test_the_short_form_has_a_primary_first_key_and_infers_kinds(self) -> None:
        short, _ = specs_from_config(self.CONFIG)
        self.assertEqual(short.node_task_id, "ocr_extractor")
        self.assertEqual(
            [(each.key, each.kind, each.is_primary, each.is_required) for each in short.assets],
            [("ocr/text", AssetKind.TEXT, True, True), ("ocr/bboxes", AssetKind.BBOX, False, True)],
        )

    def test_the_long_form_says_all(self) -> None:
        _, long = specs_from_config(self.CONFIG)
        self.assertEqual(long.upstream_nodes, ["ocr_extractor"])
        self.assertEqual(
            [(each.key, each.kind, each.is_primary, each.is_required, each.description) for each in long.assets],
            [
                ("classify/document_type", "classification", True, True, None),
                ("classify/scores", "metadata", False, False, "how sure"),
            ],
        )
        assert long.primary_asset is not None
        self.assertEqual(long.primary_asset.key, "classify/document_type")
        self.assertEqual([each.key for each in long.required_assets], ["classify/document_type"])

    def test_what_is_wrong_is_named(self) -> None:
        cases: list[tuple[dict[str, Any], str]] = [
            ({"n": "ocr/text"}, r"^n: expected a list of keys, or a mapping with assets, got 'ocr/text'"),
            ({"n": ["a", 1]}, r"^n\[1\]: expected a key, got 1"),
            ({"n": {"assets": [{"kind": "text"}]}}, r"^n\.assets\[0\]: expected a mapping with a key"),
            ({"n": {"assets": [{"key": "a", "is_requierd": True}]}}, r"^n\.assets\[0\]: .* got is_requierd$"),
        ]
        for config, message in cases:
            with self.subTest(message), self.assertRaisesRegex(ValueError, message):
                specs_from_config(config)

    def test_a_node_has_the_specs_of_the_config_else_those_usual_for_its_name(self) -> None:
        mapper = DAGAssetMapper("http://127.0.0.1:9", asset_config={"my_ocr": ["a/text"]})
        keys = [
            [each.key for each in mapper.node_to_asset_specs("dag", node)]
            for node in ("my_ocr", SimpleNamespace(task_id="OCR-2"), {"name": "locate_forms"}, "publish")
        ]
        self.assertEqual(
            keys, [["a/text"], ["ocr/text", "ocr/bboxes", "ocr/confidence"], ["locate/tables", "locate/forms"], []]
        )
        [spec] = mapper.node_to_asset_specs("dag", "my_ocr", namespace="mine")
        self.assertEqual((spec.namespace, spec.metadata), ("mine", {"dagName": "dag"}))
        self.assertEqual(PREDEFINED_ASSET_SPECS["ocr"].assets[0].metadata, {})
        own = DAGAssetMapper("http://127.0.0.1:9", namespace="own")
        self.assertEqual({each.namespace for each in own.node_to_asset_specs("dag", "ocr")}, {"own"})
        with self.assertRaisesRegex(ValueError, "^node: expected a name"):
            mapper.node_to_asset_specs("dag", object())

    def test_the_words_of_a_name_count_and_not_what_is_within_them(self) -> None:
        mapper = DAGAssetMapper("http://127.0.0.1:9")
        self.assertEqual(len(mapper.node_to_asset_specs("dag", "ocr_extractor")), 3)
        self.assertEqual(len(mapper.node_to_asset_specs("dag", "pages.extract-v2")), 4)
        for name in ("allocate_gpu", "mediocre", "democracy", "relocate"):
            with self.subTest(name):
                self.assertEqual(mapper.node_to_asset_specs("dag", name), [])

    def test_the_module_of_models_has_what_that_of_the_reference_has(self) -> None:
        for name in ("AssetKind", "AssetTechnologyKind", "AssetSpec", "NodeAssetSpec", "OCR_NODE_ASSETS"):
            self.assertIs(getattr(models, name), getattr(headwater, name))
        self.assertIs(models.PREDEFINED_ASSET_SPECS, PREDEFINED_ASSET_SPECS)
        self.assertEqual(models.AssetVersion("a", "v1", datetime.now()).version, "v1")

    def test_predefined_specs_are_those_of_the_reference(self) -> None:
        found = {
            name: [(each.key, AssetKind(each.kind).value, each.is_primary, each.is_required) for each in spec.assets]
            for name, spec in PREDEFINED_ASSET_SPECS.items()
        }
        self.assertEqual(
            found,
            {
                "ocr": [
                    ("ocr/text", "text", True, True),
                    ("ocr/bboxes", "bbox", False, True),
                    ("ocr/confidence", "metadata", False, False),
                ],
                "extract": [
                    ("extract/claims", "json", True, True),
                    ("extract/headers", "json", False, True),
                    ("extract/service_lines", "table", False, True),
                    ("extract/metadata", "metadata", False, False),
                ],
                "classify": [
                    ("classify/document_type", "classification", True, True),
                    ("classify/confidence_scores", "metadata", False, False),
                ],
                "locate": [("locate/tables", "bbox", True, True), ("locate/forms", "bbox", False, True)],
            },
        )

    def test_kinds_are_inferred_by_the_first_rule_that_holds(self) -> None:
        for key, kind in [
            ("ocr/text", "text"),
            ("index/context", "text"),
            ("ocr/bboxes", "bbox"),
            ("a/boxes", "bbox"),
            ("classify/table", "classification"),
            ("index/a", "vector"),
            ("my_embeddings", "vector"),
            ("extract/tables", "table"),
            ("extract/claims", "json"),
        ]:
            with self.subTest(key):
                self.assertEqual(infer_kind(key).value, kind)

    def test_kinds_of_a_spec_and_its_dict(self) -> None:
        spec = AssetSpec("a", AssetKind.TEXT).add_kind("torch").add_kind("torch")
        self.assertEqual(spec.get_all_kinds(), ["text", "torch"])
        self.assertEqual([spec.has_kind(kind) for kind in ("text", "torch", "dbt")], [True, True, False])
        self.assertEqual(
            NodeAssetSpec("n", [spec]).to_dict(),
            {
                "node_task_id": "n",
                "assets": [
                    {
                        "key": "a",
                        "kind": "text",
                        "is_primary": True,
                        "is_required": True,
                        "description": None,
                        "kinds": ["torch"],
                        "metadata": {},
                    }
                ],
            },
        )

    def test_where_nothing_is_required_a_node_is_complete(self) -> None:
        status = NodeMaterializationStatus("d", None, "n", 2, 0, 0, 0, True)
        self.assertEqual((status.is_complete, status.completion_percentage), (True, 100.0))
