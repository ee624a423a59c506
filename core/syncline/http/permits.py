"""Permission to send: every request takes a permit from a bucket that all processes share."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from math import inf
from typing import Protocol

from syncline.seams import Clock


class Permits(Protocol):
    """Buckets by name. Rates are in permits a second; waits in seconds. May be called from any thread.

    However many callers there are, no stretch of time ``w`` ever holds more than ``rate * w + burst`` permits.
    """

    def reserve(self, name: str, rate: float, burst: int, cost: float, patience: float = inf) -> float:
        """Take ``cost`` permits and say how long to wait before using them; none where that is beyond ``patience``."""
        ...

    def block(self, name: str, seconds: float) -> None:
        """Let nobody send from now on for so long: the vendor asked for it."""
        ...

    def slow(self, name: str, rate: float) -> None:
        """Hand out at most ``rate`` permits a second from now on; a high rate lifts an earlier one."""
        ...


@dataclass
class _Bucket:
    next_free: float = 0.0
    blocked_until: float = 0.0
    rate: float = float("inf")


class LocalPermits:
    """Buckets of one process, in memory, by the generic cell rate algorithm."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: dict[str, _Bucket] = {}

    def reserve(self, name: str, rate: float, burst: int, cost: float, patience: float = inf) -> float:
        with self._lock:
            bucket = self._buckets.setdefault(name, _Bucket())
            now = self._clock.monotonic()
            effective = min(rate, bucket.rate)
            # after a block the bucket is empty, so that waiting callers do not all start at once
            floor = bucket.blocked_until + burst / effective if bucket.blocked_until > now else now
            free = max(bucket.next_free, floor) + cost / effective
            wait = max(0.0, free - burst / effective - now)
            if wait <= patience:
                bucket.next_free = free
            return wait

    def block(self, name: str, seconds: float) -> None:
        with self._lock:
            bucket = self._buckets.setdefault(name, _Bucket())
            bucket.blocked_until = max(bucket.blocked_until, self._clock.monotonic() + seconds)

    def slow(self, name: str, rate: float) -> None:
        with self._lock:
            self._buckets.setdefault(name, _Bucket()).rate = rate


@dataclass
class _Stock:
    """Permits taken in advance, usable from ``ready`` until ``expires`` (monotonic seconds)."""

    size: float = 1.0
    left: float = 0.0
    ready: float = 0.0
    expires: float = 0.0
    rate: float = float("inf")


class BlockPermits:
    """Takes permits from ``source`` in blocks of at most a second's worth, so that a database is not asked each time.

    A block may be used late, but no later than the time that the largest one stands for, and the source is asked for a
    burst smaller by the largest: together this keeps the promise of `Permits`. The block grows while it is used up and
    shrinks when it is not, so that callers waste little, however slow and however many processes they are.
    """

    def __init__(self, source: Permits, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._lock = threading.Lock()
        self._stocks: dict[str, _Stock] = {}

    def reserve(self, name: str, rate: float, burst: int, cost: float, patience: float = inf) -> float:
        with self._lock:
            stock = self._stocks.setdefault(name, _Stock())
            now = self._clock.monotonic()
            if not (stock.left >= cost and now <= stock.expires):
                return self._refill(stock, name, rate, burst, cost, patience, now)
            stock.left -= cost
            return max(0.0, stock.ready - now)

    def _refill(
        self, stock: _Stock, name: str, rate: float, burst: int, cost: float, patience: float, now: float
    ) -> float:
        effective = min(rate, stock.rate)
        largest = float(int(min(effective, burst / 2)))
        stock.size = min(_next_size(stock, now), largest)
        block = max(cost, stock.size)
        wait = self._source.reserve(name, rate, burst - int(largest), block, patience)
        if wait > patience:
            return wait
        stock.left = block - cost
        stock.ready = now + wait
        stock.expires = stock.ready + largest / effective
        return wait

    def block(self, name: str, seconds: float) -> None:
        self._source.block(name, seconds)
        self._empty(name)

    def slow(self, name: str, rate: float) -> None:
        self._source.slow(name, rate)
        self._empty(name).rate = rate

    def _empty(self, name: str) -> _Stock:
        with self._lock:
            stock = self._stocks.setdefault(name, _Stock())
            stock.left, stock.size = 0.0, 1.0
            return stock


def _next_size(stock: _Stock, now: float) -> float:
    """Twice the last block if it was used up in its time, what was used of it if not."""
    if stock.left >= 1:
        return max(1.0, stock.size - stock.left)
    return max(1.0, stock.size * 2 if now <= stock.expires else stock.size)
