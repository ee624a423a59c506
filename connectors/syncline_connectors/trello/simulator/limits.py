"""Rate limits as the vendor counts them: windows of ten seconds for each key and token, of 15 minutes for members.

Numbers, bodies and the block after 200 refusals: Trello, "Rate Limits". Headers as seen in the developers' forum.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field

from syncline.seams import Clock
from syncline_connectors.trello.simulator.access import Caller
from syncline_connectors.trello.simulator.errors import Refusal, told

INTERVAL = 10.0
MEMBERS_INTERVAL = 900.0
EXCEEDED = "Rate limit exceeded"


@dataclass
class _Window:
    number: int = -1
    used: int = 0


@dataclass
class Limits:
    """``refused`` counts every 429 by its error: a well-behaved client leaves it empty."""

    clock: Clock
    per_key: int = 300
    per_token: int = 100
    per_members: int = 100
    block_after: int = 200
    enabled: bool = True
    refused: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._windows: dict[tuple[str, str], _Window] = {}
        self._lock = threading.Lock()

    def take(self, caller: Caller, path: str) -> None:
        """Count a request; raises the Refusal of one too many."""
        if not self.enabled:
            return
        with self._lock:
            strikes = self._window("strikes", caller.key, INTERVAL)
            if strikes.used > self.block_after:
                self._refuse(caller, "API_KEY_LIMIT_EXCEEDED")
            if path.startswith("/1/members/") and not self._use("members", caller, self.per_members):
                self._refuse(caller, "MEMBER_LIMIT_EXCEEDED")
            if caller.token and not self._use("token", caller, self.per_token):
                self._refuse(caller, "API_TOKEN_LIMIT_EXCEEDED")
            if not self._use("key", caller, self.per_key):
                self._refuse(caller, "API_KEY_LIMIT_EXCEEDED")

    def headers(self, caller: Caller) -> list[tuple[str, str]]:
        """What is told with every answer; there is no Retry-After."""
        made: list[tuple[str, str]] = []
        with self._lock:
            for kind, most in (("token", self.per_token), ("key", self.per_key)):
                if kind == "token" and caller.token is None:
                    continue
                left = max(0, most - self._window(kind, _who(kind, caller), INTERVAL).used)
                prefix = f"x-rate-limit-api-{kind}"
                made += [
                    (f"{prefix}-interval-ms", "10000"),
                    (f"{prefix}-max", str(most)),
                    (f"{prefix}-remaining", str(left)),
                ]
        return made

    def _use(self, kind: str, caller: Caller, most: int) -> bool:
        window = self._window(kind, _who(kind, caller), MEMBERS_INTERVAL if kind == "members" else INTERVAL)
        if window.used >= most:
            return False
        window.used += 1
        return True

    def _window(self, kind: str, who: str, seconds: float) -> _Window:
        number = int(self.clock.monotonic() // seconds)
        window = self._windows.setdefault((kind, who), _Window())
        if window.number != number:
            window.number, window.used = number, 0
        return window

    def _refuse(self, caller: Caller, error: str) -> None:
        self.refused[error] += 1
        self._window("strikes", caller.key, INTERVAL).used += 1
        raise _refusal(error)


def _refusal(error: str) -> Refusal:
    return told(429, error, EXCEEDED)


def _who(kind: str, caller: Caller) -> str:
    return caller.token.secret if kind == "token" and caller.token else caller.key
