from __future__ import annotations

import unittest
import uuid
from datetime import datetime, timedelta, timezone

from headwater import AssetKind, AssetTechnologyKind, InvalidRecordingError, Recording


class RecordingTest(unittest.TestCase):
    def test_an_asset_dict_becomes_the_input_of_the_api(self) -> None:
        recording = Recording(
            "job",
            [
                {
                    "asset_key": "ocr/text",
                    "version": "v1",
                    "kind": AssetKind.TEXT,
                    "kinds": [AssetTechnologyKind.S3, "mine"],
                    "size_bytes": 7,
                    "checksum": "c",
                    "uri": "s3://b/k",
                    "code_version": "git:1",
                    "description": "d",
                    "partition_key": "p",
                    "metadata": {"kind": AssetKind.JSON, "pages": (1, 2)},
                    "upstream": ["own/image"],
                }
            ],
            dag_id="dag",
            node_task_id="node",
            partition_key="q",
            upstream=[("src/page", "v0", "p0"), ("src/form", None, None), {"asset_key": "x", "namespace": "other"}],
            storage_event_id=2**53,
            materialized_at=datetime(2026, 3, 1, 13, 0, 0, 123456, tzinfo=timezone(timedelta(hours=1))),
            idempotency_key="k",
            namespace="mine",
        )
        self.assertEqual(
            recording.to_input(),
            {
                "jobId": "job",
                "dagId": "dag",
                "nodeTaskId": "node",
                "partitionKey": "q",
                "storageEventId": "9007199254740992",
                "idempotencyKey": "k",
                "materializedAt": "2026-03-01T12:00:00.123+00:00",
                "assets": [
                    {
                        "key": "ocr/text",
                        "namespace": "mine",
                        "version": "v1",
                        "kind": "text",
                        "kinds": ["s3", "mine"],
                        "sizeBytes": 7,
                        "checksum": "c",
                        "uri": "s3://b/k",
                        "codeVersion": "git:1",
                        "description": "d",
                        "partitionKey": "p",
                        "metadata": {"kind": "json", "pages": [1, 2]},
                        "upstream": [{"key": "own/image", "namespace": "mine"}],
                    }
                ],
                "upstream": [
                    {"key": "src/page", "namespace": "mine", "version": "v0", "partitionKey": "p0"},
                    {"key": "src/form", "namespace": "mine"},
                    {"key": "x", "namespace": "other"},
                ],
            },
        )

    def test_what_is_not_given_is_not_sent_but_for_a_key_of_its_own(self) -> None:
        one, other = Recording("job", [{"asset_key": "a"}]), Recording("job", [{"asset_key": "a"}])
        self.assertEqual(set(one.to_input()), {"jobId", "assets", "idempotencyKey"})
        self.assertNotEqual(one.idempotency_key, other.idempotency_key)

    def test_ids_may_be_anything_that_has_a_text(self) -> None:
        dag = uuid.uuid4()
        made = Recording(7, [{"asset_key": "a"}], dag_id=dag).to_input()  # type: ignore[arg-type]
        self.assertEqual((made["jobId"], made["dagId"]), ("7", str(dag)))

    def test_later_changes_of_the_dicts_change_nothing(self) -> None:
        metadata = {"pages": [1]}
        recording = Recording("job", [{"asset_key": "a", "metadata": metadata}])
        metadata["pages"].append(2)
        self.assertEqual(recording.to_input()["assets"][0]["metadata"], {"pages": [1]})

    def test_a_namespace_of_the_client_is_filled_in_without_looking_at_the_dicts_again(self) -> None:
        asset = {"asset_key": "a", "version": "v1", "upstream": ["b", {"asset_key": "c", "namespace": "other"}]}
        recording = Recording("job", [asset], upstream=["d"])
        asset["version"] = "v2"
        made = recording.to_input("mine")
        self.assertEqual(
            (made["assets"], made["upstream"]),
            (
                [
                    {
                        "key": "a",
                        "version": "v1",
                        "namespace": "mine",
                        "upstream": [{"key": "b", "namespace": "mine"}, {"key": "c", "namespace": "other"}],
                    }
                ],
                [{"key": "d", "namespace": "mine"}],
            ),
        )
        self.assertNotIn("namespace", recording.to_input()["assets"][0])
        own = Recording("job", [{"asset_key": "a"}], namespace="own")
        self.assertEqual(own.to_input("mine")["assets"][0]["namespace"], "own")

    def test_values_that_cannot_be_sent_are_named(self) -> None:
        for message, given in [
            (r"^assets\[0\]\.asset_key: expected a text, got bytes$", {"assets": [{"asset_key": b"a"}]}),
            (r"^upstream\[0\]\.version: expected a text, got list$", {"upstream": [("u", ["v"])]}),
            (r"^materialized_at: expected a datetime, got str '2026-01-01'$", {"materialized_at": "2026-01-01"}),
            (r"^dag_id: expected a text, got dict$", {"dag_id": {}}),
        ]:
            with self.subTest(message), self.assertRaisesRegex(InvalidRecordingError, message):
                Recording(**{"job_id": "job", "assets": [{"asset_key": "a"}], **given})

    def test_unknown_members_of_an_asset_are_told_of(self) -> None:
        with self.assertLogs("headwater", "WARNING") as logs:
            Recording("job", [{"asset_key": "a", "verison": "v1"}])
        self.assertEqual([each.getMessage() for each in logs.records], ["assets[0]: verison of 'a' is not recorded"])

    def test_mistakes_of_the_program_raise_and_name_where(self) -> None:
        for error, message, assets, upstream in [
            (TypeError, r"assets: expected a list, got dict", {"asset_key": "a"}, ()),
            (TypeError, r"assets\[0\]: expected a mapping with asset_key, got str", ["a"], ()),
            (ValueError, r"assets\[1\]: expected an asset_key, got none", [{"asset_key": "a"}, {"key": "b"}], ()),
            (TypeError, r"upstream: expected a list, got str", [{"asset_key": "a"}], "ocr/text"),
            (ValueError, r"upstream\[0\]: expected \(asset_key, .*got 4 members", [{"asset_key": "a"}], [(1, 2, 3, 4)]),
            (TypeError, r"upstream\[0\]: expected \(asset_key, .*got int", [{"asset_key": "a"}], [1]),
            (ValueError, r"upstream\[0\]: expected an asset_key, got none", [{"asset_key": "a"}], [(None, "v", None)]),
            (TypeError, r"assets\[0\].upstream: expected a list", [{"asset_key": "a", "upstream": "b"}], ()),
        ]:
            with self.subTest(message), self.assertRaisesRegex(error, message):
                Recording("job", assets, upstream=upstream)  # type: ignore[arg-type]
