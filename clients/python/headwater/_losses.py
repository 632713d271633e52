"""Telling of recordings that are lost, whatever becomes of the telling."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from typing import Callable

from .errors import HeadwaterError
from .recording import Recording

logger = logging.getLogger("headwater")

#: Called, from the queue's thread or from the caller's, with a recording that is lost and why.
OnLost = Callable[[Recording, HeadwaterError], None]


class Losses:
    """Calls ``on_lost``, which may raise, and may queue what it is told of again."""

    def __init__(self, on_lost: OnLost | None) -> None:
        self._on_lost = on_lost or log_lost
        self._here = threading.local()

    def tell(self, recordings: Sequence[Recording], error: HeadwaterError) -> None:
        """Tells of each; what is lost within ``on_lost`` itself is logged, or it might go round for ever."""
        if getattr(self._here, "is_telling", False):
            for recording in recordings:
                log_lost(recording, error)
            return
        self._here.is_telling = True
        try:
            for at, recording in enumerate(recordings):
                try:
                    self._call(recording, error)
                except BaseException:
                    for untold in recordings[at + 1 :]:
                        log_lost(untold, error)
                    raise
        finally:
            self._here.is_telling = False

    def _call(self, recording: Recording, error: HeadwaterError) -> None:
        try:
            self._on_lost(recording, error)
        except BaseException as failure:
            logger.exception("on_lost failed; the recording of job %s is lost: %s", recording.job_id, error)
            # In the main thread it may be a signal that ends the program. The queue's thread nothing may end.
            if not isinstance(failure, Exception) and threading.current_thread() is threading.main_thread():
                raise


def log_lost(recording: Recording, error: HeadwaterError) -> None:
    """What is done where there is no ``on_lost``."""
    logger.error("lost: %s of job %s: %s", ", ".join(recording.asset_keys[:5]), recording.job_id, error)
