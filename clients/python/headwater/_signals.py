"""SIGTERM, which by default ends Python at once."""

from __future__ import annotations

import signal
import sys
import threading


def exit_on_sigterm() -> bool:
    """Has SIGTERM end the program as ``sys.exit`` does, so that what is queued is sent; False where it does not.

    Its default action ends Python at once, without its exit handlers. Only that is replaced: where a handler has
    been installed, or the signal is ignored, nothing changes, nor outside the main thread, which alone may install
    one. Processes of multiprocessing that are forked later have the handler as well.
    """
    if threading.current_thread() is not threading.main_thread():
        return False
    if signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        return False
    signal.signal(signal.SIGTERM, _exit)
    return True


def _exit(number: int, frame: object) -> None:
    # What a shell says of a program that a signal has ended.
    sys.exit(128 + number)
