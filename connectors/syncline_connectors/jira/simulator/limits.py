"""Rate limits as the vendor counts them: a bucket for each endpoint and method, and a quota of points an hour.

Numbers and headers: Atlassian, "Rate limiting" (2026-10-09).
"""

from __future__ import annotations

import math
import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from syncline.seams import Clock
from syncline.sim import SimResponse

BURSTS = {"GET": 100.0, "POST": 100.0, "PUT": 50.0, "DELETE": 50.0}
PER_ISSUE = ((20, 2.0), (100, 30.0))
"""How many writes to one issue in how many seconds."""
OVERRIDES = {
    ("GET", "issue/{id}"): 150.0,
    ("GET", "issue/{id}/changelog"): 200.0,
    ("POST", "search/approximate-count"): 150.0,
}


@dataclass
class _Bucket:
    permits: float
    at: float


@dataclass
class Limits:
    """``refused`` counts every 429 by reason: a well-behaved client leaves it empty.

    ``rates`` replaces the permits a second of one (method, endpoint); ``quota`` is points an hour for the tenant, None
    for API tokens, which the vendor exempts.
    """

    clock: Clock
    rates: dict[tuple[str, str], float] = field(default_factory=lambda: dict(OVERRIDES))
    quota: int | None = None
    with_retry_after: bool = True
    refused: Counter[str] = field(default_factory=Counter)
    spent: int = 0
    enabled: bool = True

    def __post_init__(self) -> None:
        self._buckets: dict[tuple[str, str], _Bucket] = {}
        self._writes: dict[int, list[float]] = {}
        self._hour: datetime | None = None
        self._lock = threading.Lock()

    def rate(self, method: str, endpoint: str) -> float:
        return self.rates.get((method, endpoint), BURSTS.get(method, 50.0))

    def take(self, method: str, endpoint: str) -> SimResponse | None:
        """Use one permit; the refusal when there is none."""
        if not self.enabled:
            return None
        with self._lock:
            return self._over_quota() or self._burst(method, endpoint)

    def take_write(self, issue: int) -> SimResponse | None:
        """Count a write to an issue; the refusal when there were too many of late."""
        if not self.enabled:
            return None
        with self._lock:
            now = self.clock.monotonic()
            recent = [at for at in self._writes.get(issue, ()) if now - at < PER_ISSUE[-1][1]]
            for most, seconds in PER_ISSUE:
                within = [at for at in recent if now - at < seconds]
                if len(within) >= most:
                    wait = max(1, math.ceil(within[-most] + seconds - now))
                    return self._refuse("jira-per-issue-on-write", most, wait)
            self._writes[issue] = [*recent, now]
            return None

    def charge(self, points: int) -> None:
        """Points for what was read: one for each issue, two for each person."""
        with self._lock:
            self.spent += points

    def headers(self, method: str, endpoint: str) -> list[tuple[str, str]]:
        """What the vendor tells with every answer."""
        with self._lock:
            bucket = self._buckets.get((method, endpoint))
        rate = self.rate(method, endpoint)
        left = math.floor(bucket.permits) if bucket else int(rate)
        reset = int(self.clock.now().timestamp()) + 1
        told = [("X-RateLimit-Limit", f"{rate:g}"), ("X-RateLimit-Remaining", str(max(0, left)))]
        told.append(("X-RateLimit-Reset", str(reset)))
        return [*told, ("X-RateLimit-NearLimit", "true")] if left < rate * 0.2 else told

    def _burst(self, method: str, endpoint: str) -> SimResponse | None:
        rate, now = self.rate(method, endpoint), self.clock.monotonic()
        bucket = self._buckets.setdefault((method, endpoint), _Bucket(rate, now))
        bucket.permits = min(rate, bucket.permits + (now - bucket.at) * rate)
        bucket.at = now
        if bucket.permits < 1:
            wait = max(1, math.ceil((1 - bucket.permits) / rate))
            return self._refuse("jira-burst-based", rate, wait)
        bucket.permits -= 1
        return None

    def _over_quota(self) -> SimResponse | None:
        if self.quota is None:
            return None
        now = self.clock.now()
        hour = now.replace(minute=0, second=0, microsecond=0)
        if hour != self._hour:
            self._hour, self.spent = hour, 0
        self.spent += 1
        if self.spent <= self.quota:
            return None
        wait = math.ceil((hour + timedelta(hours=1) - now).total_seconds())
        return self._refuse("jira-quota-tenant-based", self.quota, wait)

    def _refuse(self, reason: str, limit: float, wait: int) -> SimResponse:
        self.refused[reason] += 1
        reset = self.clock.now() + timedelta(seconds=wait)
        headers = [
            ("RateLimit-Reason", reason),
            ("X-RateLimit-Limit", f"{limit:g}"),
            ("X-RateLimit-Remaining", "0"),
            # The vendor leaves the seconds out here; rounded up so that the moment is never too early.
            ("X-RateLimit-Reset", f"{reset + timedelta(seconds=59):%Y-%m-%dT%H:%MZ}"),
        ]
        if self.with_retry_after:
            headers.append(("Retry-After", str(wait)))
        return SimResponse(429, headers)
