from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from datetime import datetime, timedelta, timezone
from typing import Any, Callable, TypeVar
from unittest import mock

from headwater import AssetNotFoundError, AssetRepository, AssetSpec, NoAnswerError, NodeAssetSpec, Recording

from .support import URL, ServerTest, unique
from .unreliable_server import UnreliableServer, pass_on

T = TypeVar("T")
NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


class RepositoryTest(ServerTest):
    def ask(self, question: Callable[[AssetRepository], Coroutine[Any, Any, T]], url: str = URL) -> T:
        repository = AssetRepository(url=url, namespace=self.namespace)
        try:
            return asyncio.run(question(repository))
        finally:
            repository.cleanup()

    def test_what_is_unknown_is_none_or_nothing(self) -> None:
        async def question(repository: AssetRepository) -> list[object]:
            return [
                await repository.get_asset_info("a"),
                await repository.get_latest_version("a"),
                await repository.get_materialization_history("a"),
                await repository.get_materialization_by_version("a", "v"),
                await repository.get_node_status(unique("dag"), "n"),
                await repository.get_dag_status(unique("dag")),
                await repository.get_impact("a"),
                await repository.get_staleness("a"),
            ]

        self.assertEqual(self.ask(question), [None, None, [], None, None, [], None, None])

    def test_lineage_of_an_unknown_asset_is_an_error_and_no_empty_answer(self) -> None:
        with self.assertRaises(AssetNotFoundError):
            self.ask(lambda repository: repository.get_lineage("unknown"))

    def test_lineage_has_the_versions_used_by_the_latest_and_all_consumers(self) -> None:
        self.made("claims", "c1", ("text", "t1", None), ("old", "o1", None), materialized_at=NOON)
        self.made("claims", "c2", ("text", "t2", "p"), materialized_at=NOON + timedelta(hours=1))
        self.made("claims", "c3", ("text", "t3", None), partition_key="q", materialized_at=NOON - timedelta(hours=1))
        self.made("report", "r1", "claims")
        self.made("audit", "a1", "claims")

        async def question(repository: AssetRepository) -> list[Any]:
            latest = await repository.get_lineage("claims")
            by_version = await repository.get_lineage("claims", version="c1")
            by_partition = await repository.get_lineage("claims", partition_key="q")
            source = await repository.get_lineage("text")
            return [latest, by_version, by_partition, source]

        latest, by_version, by_partition, source = self.ask(question)
        self.assertEqual(
            [(up.asset_key, up.version, up.partition_key) for up in latest.upstream], [("text", "t2", "p")]
        )
        self.assertEqual(latest.downstream, ["audit", "report"])
        self.assertEqual([(up.asset_key, up.version) for up in by_version.upstream], [("text", "t1"), ("old", "o1")])
        self.assertEqual([(up.asset_key, up.version) for up in by_partition.upstream], [("text", "t3")])
        self.assertEqual((source.upstream, source.downstream), ([], ["claims"]))

    def test_more_consumers_than_fit_on_a_page_are_all_there(self) -> None:
        keys = [f"c{at}" for at in range(8)]
        self.client.record(Recording("job", [{"asset_key": key} for key in keys], upstream=["a"]))
        with mock.patch("headwater._base_client.MAX_PAGE", 3):
            lineage = self.ask(lambda repository: repository.get_lineage("a"))
        self.assertEqual(lineage.downstream, keys)

    def test_the_latest_is_of_the_asset_or_of_a_partition(self) -> None:
        self.made("a", "v1", partition_key="p", materialized_at=NOON)
        self.made("a", "v2", partition_key="q", materialized_at=NOON + timedelta(hours=1))
        self.made("a", "late", partition_key="q", materialized_at=NOON - timedelta(hours=1))

        async def question(repository: AssetRepository) -> list[Any]:
            return [
                await repository.get_latest_version("a"),
                await repository.get_latest_version("a", partition_key="p"),
            ]

        whole, part = self.ask(question)
        self.assertEqual(
            (whole.asset_key, whole.version, whole.latest_at, whole.partition_key),
            ("a", "v2", NOON + timedelta(hours=1), "q"),
        )
        self.assertEqual((part.version, part.partition_key), ("v1", "p"))

    def test_a_history_of_any_length_comes_whole(self) -> None:
        batch = [
            Recording("job", [{"asset_key": "a", "version": f"v{at}"}], materialized_at=NOON + timedelta(minutes=at))
            for at in range(1_005)
        ]
        self.client.record_batch(batch)

        async def question(repository: AssetRepository) -> list[Any]:
            return [
                await repository.get_materialization_history("a"),
                await repository.get_materialization_history("a", limit=5_000),
            ]

        some, all_of_it = self.ask(question)
        self.assertEqual([each.asset_version for each in some], [f"v{at}" for at in range(1_004, 994, -1)])
        self.assertEqual(len(all_of_it), 1_005)

    def test_status_counts_what_is_required_and_names_what_is_missing(self) -> None:
        dag, other, name = unique("dag"), unique("dag"), unique("node")
        self.client.register_asset_config(
            [
                NodeAssetSpec(
                    name, [AssetSpec("a", "json"), AssetSpec("b", "json"), AssetSpec("c", "json", is_required=False)]
                )
            ],
            dag_id=dag,
        )
        self.made("a", "v1", dag_id=dag, node_task_id=name)
        self.made("b", "v1", dag_id=other, node_task_id=name)
        status = self.ask(lambda repository: repository.get_node_status(dag, name))
        assert status is not None
        self.assertEqual(
            (status.expected_assets, status.materialized_assets, status.required_assets, status.materialized_required),
            (3, 1, 2, 1),
        )
        self.assertEqual((status.is_complete, status.completion_percentage), (False, 50.0))
        self.assertEqual(status.missing_required_assets, ["b"])
        self.assertIsNotNone(status.last_materialized_at)
        self.made("b", "v1", dag_id=dag, node_task_id=name)
        [complete] = self.ask(lambda repository: repository.get_dag_status(dag))
        self.assertEqual((complete.is_complete, complete.completion_percentage), (True, 100.0))

    def test_upstream_assets_are_those_of_the_same_run(self) -> None:
        dag, other, first, second = unique("dag"), unique("dag"), unique("ocr"), unique("extract")
        self.client.register_asset_config(
            [
                NodeAssetSpec(first, [AssetSpec("text", "text")]),
                NodeAssetSpec(second, [AssetSpec("claims", "json")], upstream_nodes=[first]),
            ],
            dag_id=dag,
        )
        self.made("text", "mine", dag_id=dag, node_task_id=first)
        self.made("text", "newer", dag_id=other, node_task_id=first)
        upstream = self.ask(lambda repository: repository.get_upstream_assets(dag, second))
        self.assertEqual([(each.asset_key, each.version) for each in upstream], [("text", "mine")])

    def test_health_counts_materializations_and_runs(self) -> None:
        for dag in ("d1", "d1", "d2"):
            self.made("a/text", "v", dag_id=dag)
        self.made("b", "v", materialized_at=datetime.now(timezone.utc) - timedelta(hours=30))

        async def question(repository: AssetRepository) -> list[Any]:
            return [await repository.get_asset_health_summary(), await repository.get_asset_health_summary(hours=48)]

        day, two_days = [[row for row in rows if row["namespace"] == self.namespace] for rows in self.ask(question)]
        [row] = day
        self.assertEqual(
            (row["asset_key"], row["kind"], row["dag_count"], row["materialization_count"]), ("a/text", "text", 2, 3)
        )
        self.assertLess(abs(row["last_materialized"] - datetime.now(timezone.utc)), timedelta(minutes=5))
        self.assertEqual([each["asset_key"] for each in two_days], ["a/text", "b"])

    def test_health_is_of_the_namespace_of_the_repository_else_of_all(self) -> None:
        self.made("a/text")
        other = unique("other")
        self.client.record(Recording("job", [{"asset_key": "b/text"}], namespace=other))

        async def question(namespace: str | None) -> set[str]:
            repository = AssetRepository(URL, namespace=namespace)
            rows = await repository.get_asset_health_summary()
            repository.cleanup()
            return {row["namespace"] for row in rows}

        self.assertEqual(asyncio.run(question(other)), {other})
        self.assertLessEqual({other, self.namespace}, asyncio.run(question(None)))

    def test_reading_raises_where_the_server_is_away(self) -> None:
        with self.assertRaises(NoAnswerError):
            self.ask(lambda repository: repository.get_asset_info("a"), "http://127.0.0.1:9")

    def test_the_event_loop_goes_on_while_the_server_takes_its_time(self) -> None:
        release = threading.Event()

        def slow(handler: object) -> None:
            release.wait(30)
            pass_on(handler)  # type: ignore[arg-type]

        with UnreliableServer([slow]) as server:

            async def question(repository: AssetRepository) -> object:
                answer = asyncio.ensure_future(repository.get_asset_info("a"))
                await asyncio.sleep(0)
                # Only the loop can release the server: it must be running while the question is under way.
                release.set()
                return await asyncio.wait_for(answer, 20)

            self.assertIsNone(self.ask(question, server.url))
