"""How long may a step take? As long as it is given: beyond, it is interrupted with TooLong.

By an alarm of the system, so only in the main thread of a process and where alarms exist (not Windows); elsewhere the
step runs to its end, its other limits holding. A run reads in the main thread of its process and of each child.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")
#: The alarm rings again until the step has stopped: what it interrupts may have swallowed the first one.
_AGAIN = 0.25


class TooLong(Exception):
    """The step was interrupted."""


def within(seconds: float, step: Callable[[], T]) -> T:
    """What ``step`` returns. TooLong when it lasts more than ``seconds``."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        return step()
    before = signal.signal(signal.SIGALRM, _ring)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN)
        return step()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _ring(*_: Any) -> None:
    raise TooLong
