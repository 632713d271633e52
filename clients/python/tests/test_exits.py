"""What becomes of recordings that are still to be sent when a process ends, in its various ways."""

from __future__ import annotations

import os
import signal
import socket
import time
import unittest

import headwater

from .support import ProgramTest

MULTIPROCESSING = """
import multiprocessing, sys
from concurrent.futures import ProcessPoolExecutor
queue = headwater.BackgroundRecorder(namespace=namespace)
tracker = headwater.AssetTracker(namespace=namespace)
def inherited(key):
    for at in range(30):
        queue.record_materializations(None, [{'asset_key': f'queue/{key}', 'version': f'v{at}'}], 'job')
        tracker.record_materializations(None, [{'asset_key': f'tracker/{key}', 'version': f'v{at}'}], 'job')
def own(key):
    global queue, tracker
    queue = headwater.BackgroundRecorder(namespace=namespace)
    tracker = headwater.AssetTracker(namespace=namespace)
    inherited(key)
"""


@unittest.skipUnless(hasattr(os, "fork"), "there is no fork here")
class WorkerProcessTest(ProgramTest):
    def check(self, text: str) -> None:
        run = self.run_program(MULTIPROCESSING + text)
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        for key in ("queue/a", "tracker/a"):
            self.assertEqual(len(self.history(key)), 30, key)

    def test_a_forked_process_of_multiprocessing_sends_what_it_has_before_it_ends(self) -> None:
        self.check(
            "process = multiprocessing.get_context('fork').Process(target=own, args=('a',))\n"
            "process.start()\n"
            "process.join()\n"
        )

    def test_and_so_it_does_with_a_recorder_of_its_parent_that_has_been_used_there(self) -> None:
        self.check(
            "inherited('of parent')\n"
            "process = multiprocessing.get_context('fork').Process(target=inherited, args=('a',))\n"
            "process.start()\n"
            "process.join()\n"
        )

    def test_so_does_a_worker_of_a_pool_of_processes(self) -> None:
        self.check(
            "with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context('fork')) as pool:\n"
            "    pool.submit(own, 'a').result()\n"
        )

    def test_so_does_a_child_of_os_fork_that_exits(self) -> None:
        self.check(
            "child = os.fork()\nif child == 0:\n    own('a')\n    sys.exit(0)\nassert os.waitpid(child, 0)[1] == 0\n"
        )


class DeadlineTest(ProgramTest):
    def test_all_trackers_and_queues_of_a_program_wait_side_by_side_and_name_what_is_lost(self) -> None:
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen(50)
            began = time.monotonic()
            run = self.run_program(
                "things = [headwater.AssetTracker(namespace=namespace, close_timeout=1) for _ in range(8)]\n"
                "things += [headwater.BackgroundRecorder(namespace=namespace, close_timeout=1) for _ in range(8)]\n"
                "for at, thing in enumerate(things):\n"
                "    thing.record_materializations(None, [{'asset_key': f'a{at}'}], f'job {at}')\n",
                url=f"http://127.0.0.1:{silent.getsockname()[1]}",
            )
            self.assertLess(time.monotonic() - began, 8)
        self.assertEqual(run.returncode, 0)
        for at in range(16):
            self.assertIn(f": a{at} of job job {at}", run.stderr)


@unittest.skipUnless(hasattr(os, "fork"), "signals are not sent to processes here")
class SigtermTest(ProgramTest):
    def test_on_request_sigterm_ends_a_program_as_exiting_does_and_what_is_queued_is_sent(self) -> None:
        run = self.run_program(
            "import signal, time\n"
            "assert headwater.exit_on_sigterm()\n"
            "queue = headwater.BackgroundRecorder(namespace=namespace)\n"
            "for at in range(300):\n"
            "    queue.record_materializations(None, [{'asset_key': 'a', 'version': f'v{at}'}], 'job')\n"
            "os.kill(os.getpid(), signal.SIGTERM)\n"
            "time.sleep(60)\n"
        )
        self.assertEqual((run.returncode, run.stderr), (128 + signal.SIGTERM, ""))
        self.assertEqual(len(self.history("a")), 300)

    def test_a_handler_of_the_program_stays_and_importing_installs_none(self) -> None:
        run = self.run_program(
            "import signal, threading\n"
            "assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL\n"
            "elsewhere = threading.Thread(target=lambda: print(headwater.exit_on_sigterm()))\n"
            "elsewhere.start(); elsewhere.join()\n"
            "for theirs in (lambda *_: None, signal.SIG_IGN):\n"
            "    signal.signal(signal.SIGTERM, theirs)\n"
            "    print(headwater.exit_on_sigterm(), signal.getsignal(signal.SIGTERM) is theirs)\n"
        )
        self.assertEqual((run.stdout, run.stderr), ("False\nFalse True\nFalse True\n", ""))
        self.assertIn("exit_on_sigterm", headwater.__all__)
