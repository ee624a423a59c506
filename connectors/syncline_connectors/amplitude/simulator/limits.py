"""What a project may ask for: cost in five minutes and in an hour, and requests at one time.

Numbers and formula: Amplitude, "Dashboard REST API", rate limits and endpoint costs (2026-01-20).
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from syncline.seams import Clock
from syncline_connectors.amplitude.simulator.errors import Refusal

FIVE_MINUTES, HOUR = (300.0, 1_000), (3600.0, 108_000)
"""Seconds, and the cost that may fall into them."""
AT_ONCE = 5
GROUP_BY = 4
"""What a group-by counts: as so many segments, and on an event so much more for each."""


@dataclass
class Limits:
    """``refused`` counts every 429 by its reason: a well-behaved client leaves it empty. ``peak`` is the highest cost
    that ever fell into five minutes."""

    clock: Clock
    enabled: bool = True
    refused: Counter[str] = field(default_factory=Counter)
    spent: int = 0
    peak: int = 0
    busiest: int = 0

    def __post_init__(self) -> None:
        self._ledger: list[tuple[float, int]] = []
        self._now = 0
        self._lock = threading.Lock()

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Raises Refusal for a request beyond `AT_ONCE`."""
        with self._lock:
            if self.enabled and self._now >= AT_ONCE:
                raise self._refusal("concurrent", f"Exceeded concurrent limit of {AT_ONCE} requests")
            self._now += 1
            self.busiest = max(self.busiest, self._now)
        try:
            yield
        finally:
            with self._lock:
                self._now -= 1

    def charge(self, cost: int) -> None:
        """Count a query; raises Refusal where it is too much. A refused query costs nothing."""
        with self._lock:
            now = self.clock.monotonic()
            self._ledger = [entry for entry in self._ledger if now - entry[0] < HOUR[0]]
            for seconds, most in (FIVE_MINUTES, HOUR):
                recent = sum(spent for at, spent in self._ledger if now - at < seconds)
                if self.enabled and recent + cost > most:
                    told = f"Exceeded rate limit with query of cost {cost}: {recent} of {most} used in {seconds:.0f} s"
                    raise self._refusal(f"cost in {seconds:.0f} s", told)
                if seconds == FIVE_MINUTES[0]:
                    self.peak = max(self.peak, recent + cost)
            self._ledger.append((now, cost))
            self.spent += cost

    def _refusal(self, reason: str, details: str) -> Refusal:
        self.refused[reason] += 1
        return Refusal(429, "Too Many Requests", details=details)
