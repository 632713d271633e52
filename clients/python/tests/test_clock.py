from __future__ import annotations

import unittest
from datetime import datetime, timedelta, timezone

from headwater._clock import Clock


class ClockTest(unittest.TestCase):
    def test_each_time_is_later_in_whole_milliseconds_and_near_the_machine_s(self) -> None:
        clock = Clock()
        told = [clock.now() for _ in range(500)]
        self.assertEqual(told, sorted(set(told)))
        self.assertEqual({each.microsecond % 1000 for each in told}, {0})
        self.assertLessEqual(told[-1], datetime.now(timezone.utc) + timedelta(seconds=1))

    def test_it_runs_ahead_by_no_more_than_a_second(self) -> None:
        clock = Clock()
        for _ in range(5_000):
            last = clock.now()
        self.assertLessEqual(last, datetime.now(timezone.utc) + timedelta(seconds=1))
