"""Everything the engine takes from the outside world, in one place, so that a simulation can replace it.

Production code calls the objects below and never ``time``, ``random``, ``threading`` directly.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Protocol, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Clock(Protocol):
    """Time. ``now`` is aware UTC; ``monotonic`` and ``sleep`` are in seconds."""

    def now(self) -> datetime: ...
    def monotonic(self) -> float: ...
    def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class Random(Protocol):
    """Randomness, used for jitter only: no result may depend on it."""

    def random(self) -> float: ...


def system_random() -> Random:
    """A generator seeded by the operating system."""
    return random.SystemRandom()


class Tasks(Protocol):
    """Concurrency. ``submit`` runs a call, perhaps on another thread; ``map`` keeps the order of its input."""

    def submit(self, call: Callable[[], R]) -> Future[R]: ...
    def map(self, call: Callable[[T], R], items: Iterable[T]) -> Iterator[R]: ...


class ThreadTasks:
    """A pool of threads; close it, or use it as a context manager."""

    def __init__(self, workers: int) -> None:
        self._pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="syncline")

    def submit(self, call: Callable[[], R]) -> Future[R]:
        return self._pool.submit(call)

    def map(self, call: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        return self._pool.map(call, items)

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def __enter__(self) -> ThreadTasks:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


_crash_hooks: list[Callable[[str], None]] = []


def crashpoint(name: str) -> None:
    """Mark a place at which the process may die without harm; a simulation kills it here.

    Without a hook this does nothing. Names are listed by ``syncline.sim.crash``.
    """
    for hook in _crash_hooks:
        hook(name)


def on_crashpoint(hook: Callable[[str], None]) -> Callable[[], None]:
    """Call ``hook`` at every crashpoint; returns the function that removes it again."""
    _crash_hooks.append(hook)
    return lambda: _crash_hooks.remove(hook)
