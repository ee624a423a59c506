"""One deadline for a whole request: the time-outs of httpx are per read, and a byte a second never meets them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from syncline.seams import Clock


@dataclass(frozen=True)
class Deadline:
    """An instant of a monotonic clock."""

    at: float
    clock: Clock

    def remaining(self) -> float:
        """Seconds left, negative once it has passed."""
        return self.at - self.clock.monotonic()


_current: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


@contextmanager
def within(seconds: float, clock: Clock) -> Iterator[Deadline]:
    """Give all network operations of this thread together at most ``seconds``."""
    deadline = Deadline(clock.monotonic() + seconds, clock)
    token = _current.set(deadline)
    try:
        yield deadline
    finally:
        _current.reset(token)


def remaining(timeout: float | None) -> float | None:
    """``timeout`` in seconds, cut to what the current deadline leaves; may be negative."""
    deadline = _current.get()
    if deadline is None:
        return timeout
    left = deadline.remaining()
    return left if timeout is None else min(timeout, left)
