"""Rate limits as the vendor counts them: two leaky buckets for each user, one of requests and one of points.

Numbers: the vendor's "Rate limiting" page. All keys of a person share that person's buckets; of an application each
user has their own. What has leaked back can be used at once, so over an hour more than the limit goes through.
"""

from __future__ import annotations

import math
import threading
from collections import Counter
from dataclasses import dataclass, field, replace

from syncline.seams import Clock
from syncline.sim import SimResponse
from syncline_connectors.linear.simulator.access import Key
from syncline_connectors.linear.simulator.errors import rate_limited, refused

HOUR = 3600.0
MOST_COMPLEX = 10_000


@dataclass(frozen=True)
class Allowance:
    """Requests and points of complexity an hour."""

    requests: int
    complexity: int


FOR_KEYS = Allowance(2_500, 3_000_000)
FOR_APPS = Allowance(5_000, 2_000_000)
FOR_NOBODY = Allowance(600, 100_000)


@dataclass
class _Bucket:
    """``level`` leaks away evenly, all of ``size`` in an hour."""

    size: int
    at: float
    level: float = 0.0

    def leak(self, now: float) -> None:
        self.level = max(0.0, self.level - (now - self.at) * self.size / HOUR)
        self.at = now

    @property
    def left(self) -> int:
        return max(0, math.floor(self.size - self.level))


@dataclass
class Limits:
    """``refused`` counts refusals by the kind of bucket. ``keys`` and ``apps`` may be set smaller by a test."""

    clock: Clock
    keys: Allowance = FOR_KEYS
    apps: Allowance = FOR_APPS
    nobody: Allowance = FOR_NOBODY
    with_retry_after: bool = False
    enabled: bool = True
    refused: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._buckets: dict[tuple[str, str], _Bucket] = {}
        self._lock = threading.Lock()

    def allowance(self, key: Key | None) -> Allowance:
        return self.nobody if key is None else self.apps if key.oauth else self.keys

    def shrink(self, *, requests: int | None = None, points: int | None = None) -> None:
        """Allow less from now on, with empty buckets."""
        for name in ("keys", "apps"):
            now: Allowance = getattr(self, name)
            less = replace(now, requests=requests or now.requests, complexity=points or now.complexity)
            setattr(self, name, less)
        self._buckets.clear()

    def take(self, key: Key | None, kind: str, amount: int) -> SimResponse | None:
        """Use up ``amount`` of ``requests`` or ``complexity``; the refusal when there is not so much left."""
        if not self.enabled:
            return None
        with self._lock:
            bucket = self._bucket(key, kind)
            if bucket.level + amount <= bucket.size:
                bucket.level += amount
                return None
            self.refused[kind] += 1
            wait = (bucket.level + amount - bucket.size) * HOUR / bucket.size
        headers = self.headers(key)
        if self.with_retry_after:
            headers.append(("Retry-After", str(max(1, math.ceil(wait)))))
        return refused(400, rate_limited(_message(kind, bucket)), headers=headers)

    def headers(self, key: Key | None, points: int | None = None) -> list[tuple[str, str]]:
        """What the vendor tells with every answer; times of reset are epoch milliseconds."""
        told = [] if points is None else [("X-Complexity", str(points))]
        reset = str(int((self.clock.now().timestamp() + HOUR) * 1000))
        for kind, name in (("complexity", "Complexity"), ("requests", "Requests")):
            bucket = self._bucket(key, kind)
            told.append((f"X-RateLimit-{name}-Limit", str(bucket.size)))
            told.append((f"X-RateLimit-{name}-Remaining", str(bucket.left)))
            told.append((f"X-RateLimit-{name}-Reset", reset))
        return told

    def status(self, key: Key) -> dict[str, object]:
        """The answer to ``rateLimitStatus``."""
        reset = (self.clock.now().timestamp() + HOUR) * 1000
        limits = [
            {
                "type": kind,
                "allowedAmount": float(bucket.size),
                "remainingAmount": float(bucket.left),
                "requestedAmount": 1.0 if kind == "requests" else 0.0,
                "period": HOUR * 1000,
                "reset": float(int(reset)),
            }
            for kind in ("requests", "complexity")
            for bucket in [self._bucket(key, kind)]
        ]
        return {"identifier": key.user.id, "kind": "oauthApp" if key.oauth else "apiKey", "limits": limits}

    def _bucket(self, key: Key | None, kind: str) -> _Bucket:
        allowance = self.allowance(key)
        size = allowance.requests if kind == "requests" else allowance.complexity
        holder = f"{key.user.id}/{key.client or ''}" if key else ""
        bucket = self._buckets.setdefault((holder, kind), _Bucket(size, self.clock.monotonic()))
        bucket.leak(self.clock.monotonic())
        return bucket


def _message(kind: str, bucket: _Bucket) -> str:
    things = "requests" if kind == "requests" else "complexity points"
    made = math.floor(bucket.level)
    return (
        f"Rate limit exceeded. Only {bucket.size} {things} are allowed per 1 hour "
        f"and you have made {made} {things} in the last hour."
    )
