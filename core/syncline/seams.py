"""Everything the engine takes from the outside world, in one place, so that a simulation can replace it.

Production code calls the objects below and never ``time``, ``random``, ``threading`` directly.
"""

from __future__ import annotations

import os
import queue
import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError
from datetime import UTC, datetime
from typing import Protocol, TypeVar

T = TypeVar("T")

LOOK = 0.5
"""Seconds after which a waiting thread looks whether it is still wanted."""


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
    """Concurrency. ``merge`` yields ``(index, item)`` of all feeds as items come, each feed in its own order.

    A feed that raises ends the merge with that exception, after the other feeds have been stopped; feeds that may fail
    alone yield their failures as items.
    """

    def merge(self, feeds: Sequence[Iterable[T]], ahead: int = 2) -> Iterator[tuple[int, T]]: ...


class InlineTasks:
    """No threads: one item of each feed in turn. What simulations use."""

    def merge(self, feeds: Sequence[Iterable[T]], ahead: int = 2) -> Iterator[tuple[int, T]]:
        running = {index: iter(feed) for index, feed in enumerate(feeds)}
        while running:
            for index in list(running):
                try:
                    item = next(running[index])
                except StopIteration:
                    del running[index]
                else:
                    yield index, item


class _Ended:
    """What a feed puts behind its last item: items may be anything, None too."""


class ThreadTasks:
    """One thread a feed, each at most ``ahead`` items before the consumer.

    A merge inside a feed of another merge ends with CancelledError soon after the outer one has ended.
    """

    def __init__(self) -> None:
        self._around = threading.local()

    def merge(self, feeds: Sequence[Iterable[T]], ahead: int = 2) -> Iterator[tuple[int, T]]:
        items: queue.Queue[tuple[int, T | BaseException | _Ended]] = queue.Queue(max(1, ahead * len(feeds)))
        stop = threading.Event()
        threads = [
            threading.Thread(
                target=self._run, args=(index, feed, items, stop), name=f"feed-{index}", daemon=True
            )
            for index, feed in enumerate(feeds)
        ]
        for thread in threads:
            thread.start()
        try:
            yield from _drain(items, len(threads), getattr(self._around, "stop", None))
        finally:
            stop.set()
            for thread in threads:
                thread.join()

    def _run(
        self,
        index: int,
        feed: Iterable[T],
        items: queue.Queue[tuple[int, T | BaseException | _Ended]],
        stop: threading.Event,
    ) -> None:
        self._around.stop = stop
        _feed(index, feed, items, stop)


def _feed(
    index: int,
    feed: Iterable[T],
    items: queue.Queue[tuple[int, T | BaseException | _Ended]],
    stop: threading.Event,
) -> None:
    """Put every item of ``feed`` into the queue, then its exception or that it has ended."""

    def put(item: T | BaseException | _Ended) -> None:
        while not stop.is_set():
            try:
                items.put((index, item), timeout=0.1)
            except queue.Full:
                continue
            return

    end: BaseException | _Ended = _Ended()
    try:
        for item in feed:
            put(item)
            if stop.is_set():
                return
    except BaseException as error:  # handed to the consumer, which raises it
        end = error
    put(end)


def _drain(
    items: queue.Queue[tuple[int, T | BaseException | _Ended]], running: int, around: threading.Event | None
) -> Iterator[tuple[int, T]]:
    while running:
        if around is not None and around.is_set():
            raise CancelledError
        try:
            index, item = items.get(timeout=None if around is None else LOOK)
        except queue.Empty:
            continue
        if isinstance(item, BaseException):
            raise item
        if isinstance(item, _Ended):
            running -= 1
        else:
            yield index, item


class Stop:
    """Whether somebody wants the run to end: then it finishes the page or write that it is at, and begins no other."""

    def __init__(self) -> None:
        self.by = ""
        """Who asked; empty while nobody has."""

    @property
    def asked(self) -> bool:
        return bool(self.by)

    def ask(self, by: str) -> None:
        """From any thread, and from a signal handler."""
        self.by = by


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


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
